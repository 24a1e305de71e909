"""The statements of this room: hierarchies, relations, confidential patients.

Layout: migrations/0001_core.sql (resource, key), 0006_access.sql (relation, sealed).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xinglin.cdr import types
from xinglin.cdr.index import KeySpace
from xinglin.cdr.index.keys import PARAM_SHIFT, RID_MASK
from xinglin.fhir import json

from .kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

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


_ROLES_OF: Final = """
select k.k & $3::bigint as person, k.rid
from unnest($1::bigint[]) p(rid) cross join unnest($2::bigint[]) w(k)
cross join lateral (select k, rid from key where key.k = (w.k | p.rid) offset 0) k"""


async def roles_of(
    source: Source, params: Sequence[int], people: Iterable[int]
) -> dict[int, list[int]]:
    """The PractitionerRoles of practitioners."""
    keys = [KeySpace.ref(param, 0) for param in params]
    found: dict[int, list[int]] = {}
    for person, rid in await source.fetch(_ROLES_OF, list(people), keys, RID_MASK):
        found.setdefault(person, []).append(rid)
    return found


_ABOVE: Final = """
with recursive t(rid) as (
  select unnest($1::bigint[])
  union
  select f.x & $3::bigint from t
  cross join lateral (select refs from resource where resource.rid = t.rid offset 0) r
  cross join lateral unnest(r.refs) f(x) where (f.x >> $4::int) = any($2::bigint[])
)
select r.rid, r.type, r.id, case when r.ver > 0 and not r.deleted then r.body end
from t join resource r on r.rid = t.rid"""


async def above(
    source: Source, roots: Iterable[int], params: Sequence[int]
) -> list[tuple[int, str, str, dict[str, Any] | None]]:
    """The roots and all they refer to by the parameters, however far: (rid, type, id, body)."""
    rows = await source.fetch(_ABOVE, list(roots), list(params), RID_MASK, PARAM_SHIFT)
    return [(row[0], types.name(row[1]), row[2], _decoded(row[3])) for row in rows]


def _decoded(body: str | None) -> dict[str, Any] | None:
    return json.decode(body.encode()) if body else None


# -- relation ---------------------------------------------------------------------------------

Row = tuple[int, int, int, int, "datetime | None", "datetime | None"]
"""unit, patient, kind, source, since, until; None: without a beginning, without an end."""
_FORGET: Final = "delete from relation where source = any($1::bigint[]) and kind <> $2"
_RELATE: Final = """
insert into relation (unit, patient, kind, source, since, until)
select unit, patient, kind, source, coalesce(since, '-infinity'), coalesce(until, 'infinity')
from unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::bigint[],
            $5::timestamptz[], $6::timestamptz[]) w(unit, patient, kind, source, since, until)
on conflict (unit, patient, kind, source)
do update set since = excluded.since, until = excluded.until"""


async def relate(connection: Connection, sources_: Collection[int], rows: Collection[Row]) -> None:
    """Replace what these sources say, break-glass excepted."""
    if sources_:
        await connection.execute(_FORGET, list(sources_), int(Kind.BREAK_GLASS))
    if rows:
        # In one order, so that two writers cannot wait for each other.
        columns = zip(*sorted(rows, key=lambda row: row[:4]), strict=True)
        await connection.execute(_RELATE, *(list(column) for column in columns))


_RELATED: Final = """
select unit, patient, kind, source, nullif(since, '-infinity') since,
       nullif(until, 'infinity') until
from relation where source = any($1::bigint[]) and kind <> $2"""


async def related(source: Source, sources_: Collection[int]) -> set[Row]:
    """What is stored of these sources."""
    rows = await source.fetch(_RELATED, list(sources_), int(Kind.BREAK_GLASS))
    return {tuple(row) for row in rows}  # pyright: ignore[reportReturnType]


_MOVED: Final = "update structure_version set version = version + 1"


async def structure_moved(connection: Connection) -> None:
    """Have every process forget, after this commits, what units stand for."""
    await connection.execute(_MOVED)


_VERSION: Final = "select version from structure_version"


async def structure_version(source: Source) -> int:
    """How often the tree of units has changed."""
    return (await source.fetch(_VERSION))[0][0]


_NAMING: Final = """
select distinct source from relation
where unit = any($1::bigint[]) and kind <> $2 order by source"""


async def naming(source: Source, units: Collection[int]) -> list[int]:
    """The sources that name one of these units."""
    rows = await source.fetch(_NAMING, list(units), int(Kind.BREAK_GLASS))
    return [row[0] for row in rows]


_BODIES: Final = """
select rid, body from resource
where rid = any($1::bigint[]) and ver > 0 and not deleted order by rid for share"""


async def bodies(connection: Connection, rids: Collection[int]) -> dict[int, dict[str, Any]]:
    """Live resources by number, which nobody changes until the transaction ends."""
    rows = await connection.fetch(_BODIES, list(rids))
    return {row[0]: json.decode(row[1].encode()) for row in rows}


_PAGE: Final = """
select rid, ver > 0 and not deleted from resource
where type = any($1::smallint[]) and rid > $2 order by rid limit $3"""


async def page(source: Source, numbers: Sequence[int], after: int, limit: int) -> list[int]:
    """The next resources of some types, by number."""
    rows = await source.fetch(_PAGE, list(numbers), after, limit)
    return [row[0] for row in rows]


_COUNT: Final = "select count(*) from resource where type = any($1::smallint[])"


async def count(source: Source, numbers: Sequence[int]) -> int:
    """How many resources of these types there are."""
    return (await source.fetch(_COUNT, list(numbers)))[0][0]


_EXPIRED: Final = """
delete from relation r where until < $1
and not exists (select from relation o where o.source = r.source and o.until >= $1)"""


async def drop_expired(source: Source, now: datetime) -> None:
    """Remove what counts no more: sources of which nothing lasts."""
    await source.execute(_EXPIRED, now)


_REFERRING: Final = """
select distinct k.rid from unnest($1::bigint[]) p(rid) cross join unnest($2::bigint[]) w(k)
cross join lateral (select rid from key where key.k = (w.k | p.rid) offset 0) k order by 1"""


async def referring(source: Source, params: Sequence[int], targets: Collection[int]) -> list[int]:
    """The resources that refer to one of the targets by one of the parameters."""
    keys = [KeySpace.ref(param, 0) for param in params]
    return [row[0] for row in await source.fetch(_REFERRING, list(targets), keys)]


_BODIES_OF: Final = """
select rid, body from resource where rid = any($1::bigint[]) and ver > 0 and not deleted"""


async def bodies_of(source: Source, rids: Collection[int]) -> dict[int, dict[str, Any]]:
    """Live resources by number, as they are now."""
    rows = await source.fetch(_BODIES_OF, list(rids)) if rids else []
    return {row[0]: json.decode(row[1].encode()) for row in rows}


# -- sealed -----------------------------------------------------------------------------------

_HAVING: Final = """
select w.k from unnest($1::bigint[]) w(k)
where exists (select from key where key.k = w.k)"""


async def having(source: Source, keys: Collection[int]) -> set[int]:
    """Those of the keys that any resource has."""
    return {row[0] for row in await source.fetch(_HAVING, list(keys))} if keys else set()


_HOLDERS: Final = "select distinct rid from key where k = any($1::bigint[])"


async def holders(source: Source, keys: Collection[int]) -> set[int]:
    """The resources that have one of the keys."""
    return {row[0] for row in await source.fetch(_HOLDERS, list(keys))} if keys else set()


_UNSEAL: Final = "delete from sealed where patient = any($1::bigint[]) and not patient = any($2)"
_SEAL: Final = """
insert into sealed (patient, reason)
select patient, reason from unnest($1::bigint[], $2::text[]) w(patient, reason)
on conflict (patient) do update set reason = excluded.reason"""


async def seal(connection: Connection, patients: list[int], reasons: dict[int, str]) -> None:
    """Of these patients, those with a reason are confidential."""
    sealed = sorted(reasons)
    await connection.execute(_UNSEAL, patients, sealed)
    if sealed:
        await connection.execute(_SEAL, sealed, [reasons[rid] for rid in sealed])


_SEALED_OF: Final = "select patient, reason from sealed where patient = any($1::bigint[])"


async def sealed_of(source: Source, patients: Collection[int]) -> dict[int, str]:
    """Why those of the patients that are confidential are."""
    return {row[0]: row[1] for row in await source.fetch(_SEALED_OF, list(patients))}


_OPENED: Final = """
select distinct s.patient from sealed s join relation r on r.patient = s.patient
where r.unit = any($1::bigint[]) and r.kind = any($2::smallint[])
and r.since <= now() and r.until > now() order by 1"""


async def opened(source: Source, units: Sequence[int], kinds: Sequence[int]) -> tuple[int, ...]:
    """The confidential patients that relations of these kinds open for the units."""
    return tuple(row[0] for row in await source.fetch(_OPENED, list(units), list(kinds)))


# -- duty and colleagues ------------------------------------------------------------------------

_SLOTS: Final = """
select s.body from unnest($1::bigint[]) p(rid) cross join unnest($2::bigint[]) w(k)
cross join lateral (select rid from key where key.k = (w.k | p.rid) offset 0) k
join dat d on d.rid = k.rid and d.k = any($3::bigint[]) and d.lo between $4 and $5
join resource s on s.rid = k.rid and s.ver > 0 and not s.deleted"""


async def slots(
    source: Source,
    known: SearchParameters,
    schedules: Collection[int],
    begun: tuple[int, int],
) -> list[dict[str, Any]]:
    """The slots of schedules that began between two instants (microseconds since 1970)."""
    of = [KeySpace.ref(param, 0) for param in sources(known, ("Slot", "schedule"))]
    start = [KeySpace.plain(param) for param in sources(known, ("Slot", "start"))]
    rows = await source.fetch(_SLOTS, list(schedules), of, start, *begun)
    return [json.decode(row[0].encode()) for row in rows]


_COLLEAGUES: Final = """
select distinct x from unnest($1::bigint[]) p(rid) cross join unnest($2::bigint[]) w(k)
cross join lateral (select rid from key where key.k = (w.k | p.rid) offset 0) k
cross join lateral (select refs from resource where resource.rid = k.rid offset 0) r
cross join lateral (
  select f.x & $4::bigint as x from unnest(r.refs) f(x) where (f.x >> $5::int) = any($3::bigint[])
  union all select k.rid
) m order by 1"""


async def colleagues(
    source: Source, known: SearchParameters, units: Collection[int]
) -> tuple[int, ...]:
    """The practitioners of departments, and their PractitionerRoles."""
    of = [KeySpace.ref(param, 0) for param in sources(known, ("PractitionerRole", "organization"))]
    who = list(sources(known, ("PractitionerRole", "practitioner")))
    rows = await source.fetch(_COLLEAGUES, list(units), of, who, RID_MASK, PARAM_SHIFT)
    return tuple(row[0] for row in rows)
