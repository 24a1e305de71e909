"""``$propose``, ``$review``, ``$publish``, ``$retire``; the work list, wishes, news, quality.

docs/adr/0015-stewardship.md; https://hl7.org/fhir/R4/operations.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xinglin.cdr import types as numbers
from xinglin.cdr.operations import Reply
from xinglin.group.days import day_of
from xinglin.kernel.errors import Conflict, Forbidden, Invalid, Issue

from . import changes, quality, queries, teams
from .shelf import Shelf, stewards

if TYPE_CHECKING:
    from xinglin.cdr.access import Access
    from xinglin.cdr.operations import Call, Registry
    from xinglin.cdr.repository import Repository
    from xinglin.kernel.clock import Clock

Json = dict[str, Any]
_NEWS: Final = 200


class Stewardship:
    """The operations over one repository."""

    def __init__(self, repository: Repository, clock: Clock) -> None:
        self._shelf = Shelf(repository)
        self._db = repository.context.db
        self._clock = clock
        self._repository = repository

    def register(self, registry: Registry) -> None:
        """Make them callable."""
        kinds = teams.types()
        registry.register("propose", ("type", "instance"), kinds, self.propose, changes=True)
        for name, step in (
            ("review", self.review),
            ("publish", self.publish),
            ("retire", self.retire),
        ):
            registry.register(name, ("instance",), kinds, step, changes=True)
        registry.register("catalogue-work", ("system",), (), self.work)
        registry.register("catalogue-quality", ("type",), kinds, self.quality)
        registry.register("catalogue-news", ("system",), (), self.news)
        registry.register("catalogue-acknowledge", ("system",), (), self.note, changes=True)
        registry.register("wish", ("system", "instance"), (), self.wish, changes=True)

    # -- one entry ---------------------------------------------------------------------------

    async def propose(self, call: Call) -> Reply:
        """A new entry, changed content (``resource``), or the entry as it is, for review."""
        why = _reason(call)
        content = _content(call)
        own = stewards(call.access)
        if call.level == "type":
            return await self._new(call, own, content, why)
        entry = await self._shelf.entry(call.access, call.type, call.id)
        await self._nothing_open(own, call)
        state = changes.state_of(entry)
        if content is None and state != "draft" and entry.get("status") != "draft":
            raise _no_content()
        task = self._task("change", entry, call, why, content)
        await self._shelf.write(own, task, changes.marked(entry, "review"))
        return await self._answer(own, call)

    async def _new(self, call: Call, own: Access, content: Json | None, why: str) -> Reply:
        if content is None:
            raise _no_content()
        fresh = {name: value for name, value in content.items() if name not in ("id", "meta")}
        if "status" in fresh:
            fresh["status"] = "draft" if call.type not in changes.WITHOUT_DRAFT else "active"
        made = await self._shelf.create(own, call.type, changes.marked(fresh, "draft"))
        task = self._task("change", made, call, why, None)
        await self._shelf.write(own, task, changes.marked(made, "review"))
        return Reply(made, status=201, headers=(("Location", f"{call.type}/{made['id']}"),))

    async def review(self, call: Call) -> Reply:
        """Approve, or reject, what another proposed."""
        own = await self._member(call, "review")
        entry = await self._shelf.entry(call.access, call.type, call.id)
        task = await self._shelf.under_way(own, call.type, call.id)
        decision = call.parameters.text("decision") or "approve"
        if decision not in ("approve", "reject"):
            raise Invalid(
                Issue(
                    "value",
                    'decision: "approve" or "reject"',
                    "decision：应为 approve 或 reject",
                    ("decision",),
                )
            )
        approved = decision == "approve"
        after = changes.reviewed(
            task, call.access.actor, _comment(call), self._clock.now(), approved=approved
        )
        written = [after] if approved else [after, changes.unmarked(entry, task)]
        await self._shelf.write(own, *written)
        return Reply(after)

    async def publish(self, call: Call) -> Reply:
        """Put what was reviewed into use, from today or from a day to come."""
        own = await self._member(call, "publish")
        entry = await self._shelf.entry(call.access, call.type, call.id)
        task = await self._shelf.under_way(own, call.type, call.id)
        today = self._clock.now().date()
        day = day_of(call.parameters.text("date"), self._clock.now(), "date")
        noted = changes.noted(task, call.access.actor, _comment(call), self._clock.now())
        if day > today:
            after = changes.scheduled(noted, day)
            await self._shelf.write(own, after)
            return Reply(after)
        await self.put_into_use(own, noted, entry)
        return Reply(await self._shelf.entry(own, call.type, call.id))

    async def put_into_use(self, own: Access, task: Json, entry: Json) -> None:
        """Write entry and Task together; raises Conflict where the entry has moved on since."""
        _, _, version = changes.base_of(task)
        moved = version is not None and entry["meta"]["versionId"] != version
        if moved and task.get("contained"):
            raise Conflict(
                Issue(
                    "conflict",
                    f"The entry was changed after this was proposed (version {version}); reject it"
                    " and propose it anew on what is in use now.",
                    f"提出变更后条目已被修改（原版本 {version}）；请驳回并基于现行版本重新提出。",
                )
            )
        now = self._clock.now()
        done = changes.completed(task, now)
        day = day_of(done["executionPeriod"]["start"], now, "date")
        await self._shelf.write(own, done, changes.published(entry, task, day))

    async def retire(self, call: Call) -> Reply:
        """Propose that an entry be used no more; reviewed and published like any change."""
        why = _reason(call)
        own = stewards(call.access)
        entry = await self._shelf.entry(call.access, call.type, call.id)
        await self._nothing_open(own, call)
        task = self._task("retire", entry, call, why, None)
        await self._shelf.write(own, task, changes.marked(entry, "review"))
        return await self._answer(own, call)

    # -- the work list, wishes, news, quality ------------------------------------------------

    async def work(self, call: Call) -> Reply:
        """Proposals and wishes that are under way, newest first; ``team``, ``status``."""
        codes = ",".join(f"{changes.SYSTEM}|{kind}" for kind in ("change", "retire", "wish"))
        status = call.parameters.text("status") or ",".join(changes.OPEN)
        query = f"code={codes}&status={status}&_sort=-_lastUpdated&_count=100"
        team = call.parameters.text("team")
        if team:
            query += f"&group-identifier={changes.SYSTEM}-team|{team}"
        found = await self._shelf.tasks(stewards(call.access), query)
        readable = [one for one in found if self._may_see(call.access, one)]
        return Reply(_bundle(readable))

    @staticmethod
    def _may_see(access: Access, task: Json) -> bool:
        focus = task.get("focus", {}).get("reference", "")
        type_ = focus.partition("/")[0]
        return not focus or access.allows(type_, "r")

    async def wish(self, call: Call) -> Reply:
        """A wish or a report, from any screen, to a team."""
        text = _reason(call)
        team = call.parameters.text("team")
        focus = f"{call.type}/{call.id}" if call.level == "instance" else None
        if call.type in teams.types():
            team = team or teams.team_of(call.type)[0]
        if not team or team not in teams.teams():
            known = ", ".join(teams.teams())
            raise Invalid(
                Issue("value", f"team: one of {known}", f"team：应为 {known} 之一", ("team",))
            )
        if focus:
            await self._shelf.entry(call.access, call.type, call.id)
        screen = call.parameters.text("screen") or ""
        at = self._clock.now()
        task = changes.wish(changes.Saying(team, call.access.actor, text, at), screen, focus)
        return Reply(await self._shelf.create(stewards(call.access), "Task", task), status=201)

    async def news(self, call: Call) -> Reply:
        """What the caller's campus has not taken note of yet."""
        _at_a_campus(call.access)
        kinds = [numbers.number(one) for one in teams.types() if call.access.allows(one, "r")]
        rows = await queries.news(self._db, call.access, kinds, _NEWS)
        parameter = [
            {
                "name": "entry",
                "part": [
                    {
                        "name": "reference",
                        "valueReference": {"reference": f"{numbers.name(row[1])}/{row[2]}"},
                    },
                    {"name": "version", "valueInteger": row[3]},
                    {"name": "known", "valueInteger": row[5] or 0},
                ],
            }
            for row in rows
        ]
        told: Json = {"resourceType": "Parameters"}
        return Reply(told | {"parameter": parameter} if parameter else told)

    async def note(self, call: Call) -> Reply:
        """The caller's campus works with these entries (``reference``, several) as they are now."""
        _at_a_campus(call.access)
        names: set[tuple[str, str]] = set()
        for text in call.parameters.texts("reference"):
            type_, _, id_ = text.partition("/")
            await self._shelf.entry(call.access, type_, id_)
            names.add((type_, id_))
        found = await self._repository.context.references.resolve(self._db, names)
        await queries.take_note(self._db, call.access, list(found.values()))
        return Reply({"resourceType": "Parameters"})

    async def quality(self, call: Call) -> Reply:
        """The score of each rule, and the entries that fail it."""
        return Reply(await quality.report(self._repository, call.access, call.type))

    # -- shared ------------------------------------------------------------------------------

    def _task(self, kind: Any, entry: Json, call: Call, why: str, content: Json | None) -> Json:
        team, _ = teams.team_of(call.type)
        said = changes.Saying(team, call.access.actor, why, self._clock.now())
        return changes.propose(kind, entry, said, content)

    async def _member(self, call: Call, step: teams.Step) -> Access:
        role = await queries.role(self._db, call.access)
        teams.check(role, call.type, step)
        return stewards(call.access)

    async def _nothing_open(self, own: Access, call: Call) -> None:
        if await self._shelf.open(own, call.type, call.id) is not None:
            raise Conflict(
                Issue(
                    "conflict",
                    "Something is proposed about this entry already; have it reviewed first"
                    " ($catalogue-work lists it).",
                    "该条目已有待处理的变更；请先完成审核（见 $catalogue-work）。",
                )
            )

    async def _answer(self, own: Access, call: Call) -> Reply:
        return Reply(await self._shelf.under_way(own, call.type, call.id), status=201)


def _content(call: Call) -> Json | None:
    content = call.parameters.element("resource") or call.resource
    if content is not None and content.get("resourceType") != call.type:
        raise Invalid(
            Issue(
                "value",
                f"resource: should be a {call.type}",
                f"resource：应为 {call.type}",
                ("resource",),
            )
        )
    return content


def _comment(call: Call) -> str:
    return (call.parameters.text("comment") or "").strip()


def _reason(call: Call) -> str:
    text = _comment(call)
    if not text:
        raise Invalid(
            Issue("required", "comment: say why", "comment：请说明原因", ("comment",)),
        )
    return text[:2000]


def _no_content() -> Invalid:
    return Invalid(
        Issue(
            "required",
            "resource: give the content that is proposed; the entry itself is no draft",
            "resource：请给出拟变更的内容；条目本身不是草案",
            ("resource",),
        )
    )


def _at_a_campus(access: Access) -> None:
    if access.home is None:
        raise Forbidden(
            Issue(
                "forbidden",
                "Campuses take note of catalogues; choose a position at a campus.",
                "目录由各院区确认；请切换到院区岗位。",
            )
        )


def _bundle(resources: list[Json]) -> Json:
    told: Json = {"resourceType": "Bundle", "type": "searchset", "total": len(resources)}
    if resources:
        told["entry"] = [{"resource": one, "search": {"mode": "match"}} for one in resources]
    return told
