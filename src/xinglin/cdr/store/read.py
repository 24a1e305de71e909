"""Reads rows of resources and of their superseded versions.

Layout: migrations/0001_core.sql.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    import asyncpg

    from xinglin.kernel.database import Connection, Database

COLUMNS = (
    "r.rid, r.type, r.id, r.ver, r.updated, r.deleted, r.plan, r.home, r.body, r.node, "
    "r.patient, r.patients"
)
_ONE = f"select {COLUMNS} from resource r where type = $1 and id = $2"
_LOCKED = (
    f"select {COLUMNS} from resource r where r.rid = any(array(select "
    "(select i.rid from resource i where i.type = w.type and i.id = w.id) "
    "from unnest($1::smallint[], $2::text[]) w(type, id))) order by r.rid for no key update"
)
_NAMED = _LOCKED.replace(" for no key update", "")
_BY_RID = f"select {COLUMNS} from resource r where r.rid = any($1::bigint[])"
_VERSION = (
    "select h.rid, $1::smallint as type, $2::text as id, h.ver, h.updated, h.op = 'D' as deleted, "
    "0::smallint as plan, h.home, h.body, "
    "0::smallint as node from history h where h.rid = $3 and h.ver = $4"
)


@dataclass(slots=True, frozen=True)
class Stored:
    """A row as it is; ``ver`` 0 is a number reserved by a reference: nothing is there yet.

    ``node`` other than 0: a copy, which only that node may write. ``patient``: the one in whose
    compartment it is, -1 for ``several``; of a superseded version that of the current one.
    """

    rid: int
    type: int
    id: str
    ver: int
    updated: datetime
    deleted: bool
    plan: int
    home: int | None
    body: str
    node: int = 0
    patient: int | None = None
    several: list[int] | None = None

    @property
    def patients(self) -> tuple[int, ...]:
        """Whose data it is: the patients in whose compartments it is."""
        if self.patient is None:
            return ()
        return tuple(self.several or ()) if self.patient < 0 else (self.patient,)


async def one(source: Connection | Database, type_: int, id_: str) -> Stored | None:
    """The current version, a tombstone or a reserved number."""
    row = await source.fetchrow(_ONE, type_, id_)
    return Stored(*row) if row else None


async def locked(connection: Connection, wanted: Sequence[tuple[int, str]]) -> list[Stored]:
    """Several current versions, locked against writers in the order of their rids."""
    types, ids = [type_ for type_, _ in wanted], [id_ for _, id_ in wanted]
    return _all(await connection.fetch(_LOCKED, types, ids))


async def named(source: Connection | Database, wanted: Sequence[tuple[int, str]]) -> list[Stored]:
    """Several current versions as they are now; nobody is kept from changing them."""
    types, ids = [type_ for type_, _ in wanted], [id_ for _, id_ in wanted]
    return _all(await source.fetch(_NAMED, types, ids))


async def by_rid(source: Connection | Database, rids: Collection[int]) -> list[Stored]:
    """The rows with these numbers."""
    return _all(await source.fetch(_BY_RID, list(rids)))


async def version(source: Connection | Database, current: Stored, ver: int) -> Stored | None:
    """A superseded version of a resource."""
    row = await source.fetchrow(_VERSION, current.type, current.id, current.rid, ver)
    if row is None:
        return None
    return replace(Stored(*row), patient=current.patient, several=current.several)


def _all(rows: list[asyncpg.Record]) -> list[Stored]:
    return [Stored(*row) for row in rows]
