"""One draft on its way: what it will look like, and what it replaces.

https://hl7.org/fhir/R4/http.html#versions
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xinglin.cdr import store, types
from xinglin.cdr.index import COMPARTMENT_PATIENT, HOME, PARAM_SHIFT, KeySpace, Rows
from xinglin.fhir import json

from . import hidden, homes, image
from .draft import Draft, Written
from .result import Result

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from xinglin.cdr.access import Access
    from xinglin.cdr.context import Context, Related

Name = tuple[str, str]
_KEPT = frozenset((COMPARTMENT_PATIENT, HOME))
_STATUS = {"C": 201, "U": 200, "D": 204}


class Work:
    """A draft with its image before and after."""

    __slots__ = (
        "at",
        "before",
        "body",
        "draft",
        "encounter",
        "home",
        "last",
        "op",
        "related",
        "resource",
        "rid",
        "rows",
        "unchanged",
        "version",
    )

    def __init__(self, draft: Draft, at: datetime) -> None:
        old = draft.old
        self.draft = draft
        self.at = at
        self.rid = old.rid if old else draft.rid
        self.version = (old.ver if old else 0) + 1
        self.op = "D" if draft.resource is None else "U" if draft.live else "C"
        self.home = draft.home or (old.home if old else None)
        self.encounter: int | None = None
        self.rows = store.NOTHING
        self.before = store.NOTHING
        self.last: dict[str, Any] | None = None
        self.resource: dict[str, Any] | None = None
        self.body = ""
        self.unchanged = False
        self.related: Related | None = None
        if draft.resource is not None:
            self._stamp(draft.resource)

    def _stamp(self, resource: dict[str, Any]) -> None:
        draft, old = self.draft, self.draft.old
        if old is not None and draft.live:
            # The same content is no new version: the bytes would differ in meta alone.
            self.resource = image.stamp(resource, draft.id, old.ver, old.updated)
            self.body = json.encode(self.resource).decode()
            if self.body == old.body and draft.home in {None, old.home}:
                self.unchanged, self.at, self.version = True, old.updated, old.ver
                return
        self.resource = image.stamp(resource, draft.id, self.version, self.at)
        self.body = json.encode(self.resource).decode()

    @property
    def name(self) -> Name:
        """(type, id)."""
        return self.draft.type, self.draft.id

    def mentions(self, ctx: Context) -> set[Name]:
        """The local references of the new image."""
        found = self.draft.names
        if found is None:
            found = ctx.indexer.local_references(self.resource) if self.resource else set()
        return found

    def names(self, ctx: Context) -> set[Name]:
        """The local references of both images."""
        found = self.mentions(ctx)
        return found | ctx.indexer.local_references(self.last) if self.last else found

    def index(self, ctx: Context, numbers: Mapping[Name, int], access: Access) -> None:
        """Extract the rows of both images."""
        old = self.draft.old
        if self.last is not None and old is not None:
            self.before = ctx.indexer.extract(self.last, numbers.__getitem__, old.plan)
            if old.home is not None:
                self.before.key.add(KeySpace.ref(HOME, old.home))
            if not self.draft.live:
                self.before = kept(self.before)
        if self.resource is None:
            self.rows = kept(self.before)
            return
        self.rows = ctx.indexer.extract(self.resource, numbers.__getitem__)
        if self.op == "C" and self.version == 1:
            self.home, self.encounter = homes.home_of(self.resource, self.rid, numbers, access.home)

    def settle_home(self) -> None:
        """Give the home its key, unless the statement will, from the encounter."""
        if self.home is not None and self.encounter is None:
            self.rows.key.add(KeySpace.ref(HOME, self.home))

    def patients(self) -> tuple[int, ...]:
        """Whose data it is, before and after."""
        if self.unchanged and self.draft.old is not None:
            return self.draft.old.patients
        found: set[int] = set()
        for rows in (self.rows, self.before):
            patient, several = rows.patient(self.rid)
            found.update(several or (() if patient is None else (patient,)))
        return tuple(sorted(found))

    def write(self) -> store.Write:
        """What goes into the database."""
        old = self.draft.old
        return store.Write(
            rid=self.rid,
            type=types.number(self.draft.type),
            id=self.draft.id,
            old=self.version - 1,
            op=self.op,
            body=self.body,
            rows=self.rows,
            before=self.before,
            fresh=old is None,
            home=self.home,
            encounter=self.encounter,
            related=self.related,
        )

    def written(self) -> Written:
        """What hooks are told."""
        draft = self.draft
        return Written(
            draft.type, draft.id, self.rid, self.version, self.op, self.resource, self.last
        )

    def result(self, access: Access, *, readable: bool) -> Result:
        """What the caller is told; what he may not read, he is not shown."""
        draft = self.draft
        body = hidden.conceal_body(self.body, access.hides(draft.type)) if readable else b""
        return Result(
            status=_STATUS[self.op],
            type=draft.type,
            id=draft.id,
            version=self.version,
            modified=self.at,
            body=body,
            location=f"{draft.type}/{draft.id}/_history/{self.version}",
            patients=self.patients(),
        )


def kept(rows: Rows) -> Rows:
    """What a tombstone keeps, so that history can be guarded: compartments and home."""
    return Rows(key={k for k in rows.key if k >= 0 and k >> PARAM_SHIFT in _KEPT})
