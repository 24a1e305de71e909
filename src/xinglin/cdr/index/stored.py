"""Resources as they are stored, and the index rows that they should have.

Tables: migrations/0001_core.sql. A deleted resource keeps its compartment and home keys alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from xinglin.cdr.index.keys import COMPARTMENT_PATIENT, PARAM_SHIFT, KeySpace
from xinglin.cdr.index.rows import Rows
from xinglin.fhir import json
from xinglin.fhir.search import search_parameters

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xinglin.cdr.index.indexer import Indexer
    from xinglin.cdr.index.references import Name
    from xinglin.kernel.database import Connection

_COLUMNS: Final = (
    "r.rid, r.type, r.id, r.ver, r.deleted, r.home, r.plan, r.refs, r.present, "
    "r.patient, r.patients, "
    "case when not r.deleted then r.body else coalesce((select h.body from history h "
    "where h.rid = r.rid and h.op <> 'D' order by h.ver desc limit 1), '') end as body"
)
ALL: Final = (
    f"select {_COLUMNS} from resource r where r.rid < $1 and r.ver > 0 order by r.rid desc limit $2"
)
"""Any type, downwards from a rid. Parameters: rid, limit."""
TYPED: Final = (
    f"select {_COLUMNS} from (select k.rid from unnest($3::bigint[]) t(k) cross join lateral "
    "(select rid from key where key.k = t.k and key.rid < $1 order by rid desc limit $2) k "
    "order by k.rid desc limit $2) n join resource r on r.rid = n.rid where r.ver > 0 "
    "order by r.rid desc"
)
"""Live resources of some types. Parameters: rid, limit, keys of the types."""
SOME: Final = f"select {_COLUMNS} from resource r where r.rid = any($1::bigint[]) and r.ver > 0"
"""These resources. Parameter: rids."""
_NUMBERS: Final = (
    "select w.type, w.id, r.rid from unnest($1::smallint[], $2::text[]) w(type, id) "
    "join resource r on r.type = w.type and r.id = w.id"
)


class Stored(NamedTuple):
    """One resource with what its row says; ``resource`` is None where nothing can be read of it."""

    rid: int
    type: int
    id: str
    ver: int
    deleted: bool
    home: int | None
    plan: int
    refs: list[int]
    present: int
    patient: int | None
    patients: list[int] | None
    resource: dict[str, Any] | None

    @property
    def name(self) -> Name:
        """(type, id)."""
        return search_parameters().type_name(self.type), self.id


async def fetch(connection: Connection, query: str, *args: Any) -> list[Stored]:
    """Resources by one of the queries of this module."""
    found: list[Stored] = []
    for row in await connection.fetch(query, *args):
        *columns, body = row
        found.append(Stored._make((*columns, json.decode(body.encode()) if body else None)))
    return found


def names(indexer: Indexer, stored: Sequence[Stored]) -> set[Name]:
    """Everything they refer to."""
    found: set[Name] = set()
    for one in stored:
        if one.resource is not None:
            found |= indexer.local_references(one.resource)
    return found


async def numbers(connection: Connection, wanted: set[Name]) -> dict[Name, int]:
    """Their rids, without reserving any."""
    params = search_parameters()
    pairs = [(params.type_number(type_), id_) for type_, id_ in wanted]
    columns = [type_ for type_, _ in pairs], [id_ for _, id_ in pairs]
    rows = await connection.fetch(_NUMBERS, *columns)
    return {(params.type_name(row["type"]), row["id"]): row["rid"] for row in rows}


def expected(
    indexer: Indexer, one: Stored, known: Mapping[Name, int], plan: int | None = None
) -> Rows:
    """The rows that a stored resource should have by a plan; ``KeyError`` for an unknown target."""
    if one.resource is None:
        rows = Rows()
    else:
        own = {one.name: one.rid}
        rows = indexer.extract(
            one.resource, lambda name: own.get(name) or known[name], plan or one.plan
        )
    if one.deleted:
        rows = Rows(key={k for k in rows.key if k >> PARAM_SHIFT == COMPARTMENT_PATIENT})
    if one.home is not None:
        rows.key.add(KeySpace.home(one.home))
    return rows
