"""After a crash: what was begun and has no end on record gets one, with what came of it.

docs/adr/0010-audit.md. Nothing is changed without its beginning on record, so nothing can be
missing; what is told here is how it ended, as far as the database knows.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec import structs

from xinglin.cdr import types

from . import chain, queries
from .model import BEGIN, END, Event

if TYPE_CHECKING:
    from datetime import datetime

    from xinglin.kernel.database import Connection, Database

    from .model import Row
    from .writer import Writer

BACK = 3600.0  # seconds before the end of a chain in which a request may have begun
_AFTER = timedelta(seconds=15)
_EARLY = timedelta(seconds=1)  # versions carry the time at which their making began
_MOST = 20

Version = tuple[str, str, str]
"""Type, id, version."""


async def recover(db: Database, writer: Writer, before: int) -> int:
    """Record the ends that are missing, of the own chain up to ``before`` and of orphaned ones."""
    count = 0
    for number in await queries.writers(db):
        one = await queries.ended(db, number)
        if one is None:
            continue
        if number == writer.number:
            one = one._replace(seq=before)
            count += await _chain(db, writer, one)
            continue
        async with db.acquire() as connection:
            count += await _orphan(connection, db, writer, number)
    return count


async def _orphan(connection: Connection, db: Database, writer: Writer, number: int) -> int:
    """A chain of a process that is no more, unless somebody has taken it up."""
    if not await queries.hold(connection, number):
        return 0
    try:
        one = await queries.ended(db, number)
        return await _chain(db, writer, one) if one else 0
    finally:
        await queries.let_go(connection, number)


async def _chain(db: Database, writer: Writer, one: queries.Ended) -> int:
    rows = [chain.read(line) for line in await queries.lately(db, one, BACK)]
    begun = unfinished(rows)
    if begun:
        since = queries.instant(min(row.at for row in begun)) - _EARLY
        made = await queries.changes(db, since, one.at + _AFTER)
        named = {(row.event.type, row.event.id, row.event.version) for row in rows}
        versions = [
            (version, row["rid"], row["at"])
            for row in made
            if (version := (types.name(row["type"]), row["id"], str(row["ver"]))) not in named
        ]
        for row in begun:
            await writer.record(_ended(row, versions))
    await queries.looked_through(db, one)
    return len(begun)


def unfinished(rows: list[Row]) -> list[Row]:
    """Beginnings without an end."""
    ends = {row.event.request for row in rows if row.event.phase == END}
    return [
        row
        for row in rows
        if row.event.phase == BEGIN and not row.event.status and row.event.request not in ends
    ]


def _ended(row: Row, versions: list[tuple[Version, int, datetime]]) -> Event:
    begun = row.event
    since = queries.instant(row.at) - _EARLY
    mine = [
        (version, rid) for version, rid, at in versions if at >= since and _may_be(begun, version)
    ]
    told = ", ".join("/_history/".join(("/".join(v[:2]), v[2])) for v, _ in mine[:_MOST])
    note = f"recovered from chain-{row.writer}-{row.seq}; the process ended before it was answered"
    note += f"; not told of otherwise: {told}" if told else "; nothing came of it"
    patients = {*begun.patients, *(rid for version, rid in mine if version[0] == "Patient")}
    return structs.replace(
        begun, phase=END, status=0, note=note, patients=tuple(sorted(patients)), count=len(mine)
    )


def _may_be(begun: Event, version: Version) -> bool:
    if begun.kind in ("bundle", "operation"):
        return True
    return begun.type == version[0] and begun.id in ("", version[1])
