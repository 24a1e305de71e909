"""What the entries of a transaction turn out to be about, once the database is asked.

https://hl7.org/fhir/R4/http.html#trules
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xinglin.cdr import store, types
from xinglin.cdr.index.references import CLOSED, local
from xinglin.kernel.database import Database
from xinglin.kernel.errors import Issue, Malformed, PreconditionFailed, Refusal

from . import conditional, delete, match, patch, sight
from . import criteria as matching
from .draft import Draft, unseen
from .entries import located
from .transaction_plan import double

if TYPE_CHECKING:
    from xinglin.cdr.access import Access
    from xinglin.cdr.context import Context
    from xinglin.cdr.index import Rows
    from xinglin.cdr.store import Stored
    from xinglin.kernel.database import Connection

    from .criteria import Criteria
    from .result import Result
    from .sight import Seen
    from .transaction_plan import Plan, Target

Name = tuple[str, str]


class Targets:
    """One attempt at a transaction: its own matches, its own rows."""

    def __init__(
        self, ctx: Context, source: Connection | Database, access: Access, plan: Plan
    ) -> None:
        self._ctx = ctx
        self._source = source
        self._access = access
        self._plan = plan
        self._rows: dict[Name, Stored] = {}
        self._seen: dict[int, Seen] = {}
        self._matched: dict[int, Stored] = {}
        self._ids: dict[int, str] = {}
        self.done: dict[int, Result] = {}

    async def find(self) -> None:
        """Lock the criteria, match them, and lock the rows that will be written."""
        conditional_ones = [t for t in self._plan.targets if t.criteria is not None]
        if conditional_ones and not isinstance(self._source, Database):
            await matching.lock(self._source, [t.criteria for t in conditional_ones if t.criteria])
        for target in conditional_ones:
            await self._match(target)
        self._refuse_doubles()
        wanted = [
            (types.number(t.type), self._id(t)) for t in self._plan.targets if t.kind != "create"
        ]
        if wanted and not isinstance(self._source, Database):
            for row in await store.locked(self._source, wanted):
                self._rows[types.name(row.type), row.id] = row
            rids = [row.rid for row in self._rows.values()]
            self._seen = await sight.told(
                self._ctx, self._source, self._access, rids, ("r", "u", "d")
            )

    async def _match(self, target: Target) -> None:
        assert target.criteria is not None  # noqa: S101 - the caller has looked
        deleted = {row.rid for index, row in self._matched.items() if self._is_delete(index)}
        try:
            found = await matching.one(
                self._ctx, self._source, self._access, target.criteria, without=deleted
            )
        except Refusal as refusal:
            raise located(refusal, target.entry) from None
        if found is not None:
            self._matched[target.entry.index] = found

    def _is_delete(self, index: int) -> bool:
        return any(t.entry.index == index and t.kind == "delete" for t in self._plan.targets)

    def _id(self, target: Target) -> str:
        found = self._matched.get(target.entry.index)
        return found.id if found else target.id

    def _refuse_doubles(self) -> None:
        """Criteria may lead to what another entry names."""
        seen: dict[Name, Target] = {}
        for target in self._plan.targets:
            if target.kind == "create" and target.entry.index in self._matched:
                continue
            first = seen.setdefault((target.type, self._id(target)), target)
            if first is not target:
                raise Malformed(double(first, target))

    async def link(self) -> None:
        """Set the links to conditional targets, and the references by criteria."""
        for site, target in self._plan.movable:
            site.holder[site.key] = f"{target.type}/{self._id(target)}"
        if not self._plan.pending:
            return
        found = await self._references()
        for wanted, places in self._plan.pending.items():
            for site, _ in places:
                site.holder[site.key] = f"{wanted.type}/{found[wanted]}"

    async def _references(self) -> dict[Criteria, str]:
        """The id that each criterion leads to: among what is stored, and what is being written."""
        wanted = list(self._plan.pending)
        written = {
            (t.type, self._id(t)): t
            for t in self._plan.targets
            if not (t.kind == "create" and t.entry.index in self._matched)
        }
        rows = {
            self._rows[name].rid
            for name, target in written.items()
            if target.kind != "patch" and name in self._rows
        }
        stored = await matching.several(self._ctx, self._source, self._access, wanted, rows)
        drawn = self._own_rows({one.type for one in wanted}, written)
        ids: dict[Criteria, str] = {}
        issues: list[Issue] = []
        for one in wanted:
            names = {row.id for row in stored[one].rows} | await self._own(one, drawn)
            if len(names) == 1 and not stored[one].unseen:
                ids[one] = names.pop()
            else:
                issues += self._unresolved(one, len(names))
        if issues:
            raise PreconditionFailed(*issues)
        return ids

    async def _own(self, wanted: Criteria, drawn: dict[Name, Rows]) -> set[str]:
        """The ids of what this transaction writes that meets the criteria."""
        images = {id_: rows for (type_, id_), rows in drawn.items() if type_ == wanted.type}
        if not images:
            return set()
        met = await self._ctx.matcher.meets(
            self._source, self._access, wanted, list(images.values())
        )
        return {id_ for id_, holds in zip(images, met, strict=True) if holds}

    def _own_rows(self, wanted: set[str], written: dict[Name, Target]) -> dict[Name, Rows]:
        """Index rows of the images in this transaction, without what they refer to."""
        return {
            name: self._ctx.indexer.extract({**target.entry.body(), "id": name[1]}, lambda _name: 0)
            for name, target in written.items()
            if name[0] in wanted and target.kind in {"create", "update"}
        }

    def _unresolved(self, wanted: Criteria, count: int) -> list[Issue]:
        places = tuple(
            dict.fromkeys(f"{entry.place}.resource" for _, entry in self._plan.pending[wanted])
        )[:20]
        if count:
            return [Issue(i.code, i.en, i.zh, places) for i in matching.ambiguous(wanted).issues]
        return [
            Issue(
                "not-found",
                f"The reference {wanted.type}?{wanted.text} leads to nothing. Send the "
                f"{wanted.type} first, or in the same transaction.",
                f"引用 {wanted.type}?{wanted.text} 没有找到对应资源。请先发送该 {wanted.type}，"
                "或放入同一个 transaction。",
                places,
            )
        ]

    async def drafts(self) -> list[tuple[int, Draft]]:
        """(entry, what it writes); what turns out to write nothing goes to ``done``."""
        made: list[tuple[int, Draft]] = []
        known: dict[str, Name | None] = {}
        for target in self._plan.targets:
            try:
                draft = await self._draft(target)
            except Refusal as refusal:
                raise located(refusal, target.entry) from None
            if draft is None:
                continue
            if target.kind in {"create", "update"} and target.type not in CLOSED:
                draft.names = self._names(target.entry.index, known)
            made.append((target.entry.index, draft))
        return made

    def _names(self, index: int, known: dict[str, Name | None]) -> set[Name]:
        """What an entry refers to, from the places that hold its references."""
        found: set[Name] = set()
        for site in self._plan.references[index]:
            text: str = site.holder[site.key]
            if text not in known:
                known[text] = local(text, self._ctx.indexer.bases)
            name = known[text]
            if name is not None:
                found.add(name)
        return found

    async def _draft(self, target: Target) -> Draft | None:
        entry, index = target.entry, target.entry.index
        found = self._matched.get(index)
        if target.kind == "create":
            if found is not None:
                self.done[index] = conditional.existing(self._access, found)
                return None
            return Draft(target.type, target.id, entry.body())
        id_ = self._id(target)
        old = self._rows.get((target.type, id_))
        if target.kind == "delete":
            return self._delete(target, old)
        if target.kind == "patch":
            if old is None or not old.ver or (target.criteria and found is None):
                raise sight.absent(target.type, entry.id or entry.url)
            hides = self._access.hides(target.type)
            return patch.draft(self._seen[old.rid], entry.patch(), entry.if_match, hides)
        draft = Draft(target.type, id_, entry.body(), old)
        if target.criteria is not None:
            draft = await conditional.target(
                self._source, target.type, {**entry.body()}, old if found else None, id_
            )
        known = draft.old is None or not self._seen[draft.old.rid].letters.isdisjoint("ru")
        match.check(draft if known else unseen(draft), entry.if_match, entry.if_none_match)
        return draft

    def _delete(self, target: Target, old: Stored | None) -> Draft | None:
        entry = target.entry
        draft = Draft(target.type, self._id(target), None, old)
        seen = old is not None and draft.live and self._seen[old.rid].may("d")
        if not seen:
            draft.old = None
        match.check(draft, entry.if_match)
        if seen:
            return draft
        self.done[entry.index] = delete.nothing(target.type, entry.id)
        return None
