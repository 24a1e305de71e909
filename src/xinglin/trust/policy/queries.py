"""The statements of this room: hierarchies, relations, confidential patients.

Layout: migrations/0001_core.sql (resource, key), 0006_access.sql (relation, sealed).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from xinglin.cdr.index import KeySpace

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xinglin.fhir.search import SearchParameters
    from xinglin.kernel.database import Connection, Database

    Source = Connection | Database

_BELOW: Final = """
with recursive t(rid) as (
  select unnest($1::bigint[])
  union
  select k.rid from t cross join unnest($2::bigint[]) p(k)
  cross join lateral (select rid from key where key.k = (p.k | t.rid) offset 0) k
)
select t.rid from t order by 1"""


def sources(known: SearchParameters, *names: tuple[str, str]) -> tuple[int, ...]:
    """The numbers under which search parameters (type, code) have their keys."""
    found = (known.get(type_, code) for type_, code in names)
    return tuple(source for param in found if param is not None for source in param.sources)


async def below(source: Source, roots: Iterable[int], params: Sequence[int]) -> tuple[int, ...]:
    """The roots and everything that refers to them by one of the parameters, however far down."""
    keys = [KeySpace.ref(param, 0) for param in params]
    return tuple(row[0] for row in await source.fetch(_BELOW, list(roots), keys))
