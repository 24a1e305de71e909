"""The statements of break-glass: openings, who treats the patient, whom to look for.

Layout: migrations/0013_break_glass.sql, 0006_access.sql.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from xinglin.cdr import types
from xinglin.fhir import json
from xinglin.trust.policy.kinds import Kind

from .model import About, Opening

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xinglin.kernel.database import Connection, Database
    from xinglin.trust.policy.reading import Name

    from .model import Asked

    Source = Connection | Database

_COLUMNS: Final = Opening.__struct_fields__
_PLACES: Final = ", ".join(f"${place}" for place in range(1, len(_COLUMNS) + 1))
_INSERT: Final = f"insert into break_glass ({', '.join(_COLUMNS)}) values ({_PLACES})"
_RELATE: Final = """
insert into relation (unit, patient, kind, source, since, until) values ($1, $2, $3, $4, $5, $6)"""


async def add(connection: Connection, opening: Opening) -> None:
    """Open the record, and keep why."""
    await connection.execute(_INSERT, *msgspec.structs.astuple(opening))
    await connection.execute(
        _RELATE,
        opening.unit,
        opening.patient,
        int(Kind.BREAK_GLASS),
        opening.task,
        opening.since,
        opening.until,
    )


_LIST: Final = f"""
select {", ".join("b." + name for name in _COLUMNS)}, p.id as patient_id, p.body as patient_body,
       u.id as unit_id, u.body as unit_body
from break_glass b join resource p on p.rid = b.patient join resource u on u.rid = b.unit
where ($1 = 'all' or ($1 = 'open') = (b.reviewed is null))
and ($2::bigint[] is null or b.home = any($2))
and ($3::bigint is null or b.account = $3) and ($4::text is null or b.task_id = $4)
order by b.since desc limit $5"""


async def listed(source: Source, asked: Asked) -> list[About]:
    """Openings, newest first."""
    rows = await source.fetch(
        _LIST, asked.status, asked.homes, asked.account, asked.task_id, asked.limit
    )
    return [
        About(
            Opening(*(row[name] for name in _COLUMNS)),
            row["patient_id"],
            _name(row["patient_body"]),
            row["unit_id"],
            _name(row["unit_body"]),
        )
        for row in rows
    ]


def _name(body: str) -> str:
    names = json.decode(body.encode()).get("name") if body else None
    first: dict[str, Any] = names[0] if isinstance(names, list) and names else {}
    return str(first.get("text") or first.get("family") or "")


_REVIEW: Final = """
update break_glass set reviewed = $2, reviewer = $3, outcome = $4, comment = $5,
       until = least(until, $6)
where task = $1 and reviewed is null returning task"""
_CLOSE: Final = "update relation set until = least(until, $2) where source = $1 and kind = $3"


async def review(connection: Connection, one: Opening) -> bool:
    """Keep what the review said; the record is open until then at the longest. False: too late."""
    said = (one.reviewed, one.reviewer, one.outcome, one.comment, one.until)
    done = await connection.fetch(_REVIEW, one.task, *said)
    if done:
        await connection.execute(_CLOSE, one.task, one.until, int(Kind.BREAK_GLASS))
    return bool(done)


_TEAM: Final = """
select distinct r.type, r.id from relation x join resource r on r.rid = x.unit
where x.patient = $1 and x.kind = any($2::smallint[]) and x.since <= now() and x.until > now()
and r.type = any($3::smallint[]) and r.ver > 0 and not r.deleted order by r.type, r.id"""


async def team(source: Source, patient: int, kinds: Sequence[int]) -> list[Name]:
    """Who treats the patient now: people and departments."""
    numbers = [types.number(name) for name in ("Practitioner", "Organization")]
    rows = await source.fetch(_TEAM, patient, list(kinds), numbers)
    return [(types.name(row[0]), row[1]) for row in rows]


_TREE: Final = "select id from resource where rid = $1"


async def id_of(source: Source, rid: int) -> str:
    """The id of a resource."""
    return (await source.fetch(_TREE, rid))[0][0]
