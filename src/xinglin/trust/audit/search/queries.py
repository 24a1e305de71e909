"""Searches of the trail: the statement of a page, and what numbers are called.

migrations: audit, account, position, sealed, resource; docs/adr/0010-audit.md.
"""

from __future__ import annotations

import time
from itertools import count
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import structs

from xinglin.cdr import types
from xinglin.cdr.index.dates import microseconds
from xinglin.cdr.search.limits import too_costly
from xinglin.trust.audit import chain
from xinglin.trust.audit.queries import instant

from .matching import Matcher, key_groups
from .resource import Names

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    import asyncpg

    from xinglin.kernel.database import Database
    from xinglin.trust.audit.model import Row

    from .asking import Wanted
    from .sight import Sight

SECONDS = 10.0
_CHUNKS = (50, 200, 1000)  # segments fetched at once: few where a page is soon full


class _Segments:
    """Walks the segments that may hold wanted rows, newest or oldest first."""

    def __init__(self, db: Database, wanted: Wanted, sight: Sight) -> None:
        self._db = db
        self._wanted = wanted
        self._groups = key_groups(wanted, sight)
        self._ends = time.monotonic() + SECONDS
        # In one chain no two segments have the same time. At first the one where the page before
        # ended is looked at again.
        self._mark = (wanted.after[0], wanted.after[1], "=") if wanted.after else None

    async def rows(self) -> AsyncIterator[Row]:
        """All rows of these segments, in order, behind the row where the page before ended."""
        wanted = self._wanted
        for turn in count():
            chunk = _CHUNKS[min(turn, len(_CHUNKS) - 1)]
            found = await self._fetch(chunk)
            for one in found:
                lines = one["entries"].split("\n")
                for line in reversed(lines) if wanted.newest else lines:
                    row = chain.read(line)
                    if wanted.after is None or _beyond(row, wanted.after, newest=wanted.newest):
                        yield row
            if len(found) < chunk:
                return
            self._mark = microseconds(found[-1]["at"]), found[-1]["writer"], ""

    async def _fetch(self, limit: int) -> list[asyncpg.Record]:
        where, values = self._where()
        way = "desc" if self._wanted.newest else "asc"
        order = f"order by at {way}, writer {way}, seq {way} limit {limit}"
        # What has few keys is gathered by them first; else the index on time is walked.
        kind = "materialized" if self._groups or self._wanted.places else "not materialized"
        return await _timed(
            self._db,
            self._ends,
            f"with f as {kind} (select writer, seq, at from audit where {where})"
            f" select a.at, a.writer, a.seq, a.entries from (select * from f {order}) f"
            " join audit a on a.writer = f.writer and a.seq = f.seq"
            f" order by a.at {way}, a.writer {way}, a.seq {way}",
            values,
        )

    def _where(self) -> tuple[str, list[Any]]:
        parts, values = ["true"], list[Any]()

        def value(one: Any, type_: str) -> str:
            values.append(one)
            return f"${len(values)}::{type_}"

        wanted = self._wanted
        parts += [f"keys && {value(group, 'bigint[]')}" for group in self._groups]
        if wanted.since is not None:
            parts.append(f"at >= {value(instant(wanted.since), 'timestamptz')}")
        if wanted.until is not None:
            parts.append(f"at <= {value(instant(wanted.until), 'timestamptz')}")
        if wanted.places is not None:
            writers = value([writer for writer, _ in wanted.places], "integer[]")
            seqs = value([seq for _, seq in wanted.places], "bigint[]")
            parts.append(
                "(writer, seq) in (select p.writer, (select s.seq from audit s where"
                " s.writer = p.writer and s.seq >= p.seq order by s.seq limit 1)"
                f" from unnest({writers}, {seqs}) p(writer, seq))"
            )
        if self._mark is not None:
            at, writer, same = self._mark
            than = ("<" if wanted.newest else ">") + same
            parts.append(
                f"(at, writer) {than} ({value(instant(at), 'timestamptz')},"
                f" {value(writer, 'integer')})"
            )
        return " and ".join(parts), values


def _beyond(row: Row, mark: tuple[int, int, int], *, newest: bool) -> bool:
    here = (row.at, row.writer, row.seq)
    return here < mark if newest else here > mark


async def _timed(db: Database, ends: float, text: str, values: list[Any]) -> list[asyncpg.Record]:
    left = ends - time.monotonic()
    if left <= 0:
        raise too_costly(SECONDS)
    async with db.acquire() as connection:
        try:
            return await connection.fetch(text, *values, timeout=left)
        except TimeoutError:
            raise too_costly(SECONDS) from None


async def _matcher(db: Database, wanted: Wanted, sight: Sight) -> Matcher:
    rows = [] if sight.sealed else await db.fetch("select patient from sealed")
    return Matcher(wanted, sight, [row["patient"] for row in rows])


async def page(db: Database, wanted: Wanted, sight: Sight) -> list[Row]:
    """The rows of a page, and one more where there are more; raises TooCostly."""
    matches = await _matcher(db, wanted, sight)
    found: list[Row] = []
    async for row in _Segments(db, wanted, sight).rows():
        if matches(row):
            found.append(row)
            if len(found) > wanted.count:
                break
    return found


async def total(db: Database, wanted: Wanted, sight: Sight) -> int:
    """How many rows there are; raises TooCostly."""
    matches = await _matcher(db, wanted, sight)
    rows = _Segments(db, structs.replace(wanted, after=None), sight).rows()
    return sum([1 async for row in rows if matches(row)])


class Seen(msgspec.Struct):
    """What one person, in one role and for one purpose, had to do with a patient."""

    account: int
    actor: str
    role: str
    purpose: str
    client: str
    first: int
    last: int
    times: int = 0
    kinds: set[str] = set()


async def saw(db: Database, rid: int, sight: Sight, wanted: Wanted) -> list[Seen]:
    """Who had to do with a patient, the latest first; raises TooCostly."""
    wanted = structs.replace(wanted, about=((rid,),), statuses=((1, 399),))
    matches = await _matcher(db, wanted, sight)
    people: dict[tuple[Any, ...], Seen] = {}
    async for row in _Segments(db, structs.replace(wanted, statuses=()), sight).rows():
        event = row.event
        if event.kind == "audit" or not matches(row):
            continue
        key = (event.account, event.actor, event.role, event.purpose, event.client)
        one = people.setdefault(key, Seen(*key, row.at, row.at))
        one.first, one.last = min(one.first, row.at), max(one.last, row.at)
        one.times += 1
        one.kinds.add(event.kind)
    return list(people.values())


async def rid_of(db: Database, type_: str, id_: str) -> int | None:
    """The number of a resource that is, or was, or was mentioned; None: of nothing."""
    if not types.known(type_):
        return None
    return await db.fetchval(
        "select rid from resource where type = $1 and id = $2", types.number(type_), id_
    )


async def accounts(db: Database, person: int | None, name: str) -> list[int]:
    """The accounts of a person (Practitioner or Patient), or of a name."""
    rows = await db.fetch(
        "select id from account where ($1::bigint is null or practitioner = $1 or patient = $1)"
        " and ($2 = '' or folded = lower($2) or name_zh = $2 or lower(name_en) = lower($2))",
        person,
        name,
    )
    return [row["id"] for row in rows]


async def role_of(db: Database, position: int) -> str:
    """The role of a position; empty where there is none (any more)."""
    return await db.fetchval("select role from position where id = $1", position) or ""


async def names(db: Database, rids: Iterable[int], account_ids: Iterable[int], lang: str) -> Names:
    """What numbers are called now."""
    resources = await db.fetch(
        "select rid, type, id from resource where rid = any($1::bigint[])", sorted(set(rids))
    )
    people = await db.fetch(
        "select a.id, a.name, a.name_zh, a.name_en, r.type, r.id as person from account a"
        " left join resource r on r.rid = coalesce(a.practitioner, a.patient)"
        " where a.id = any($1::bigint[])",
        sorted(set(account_ids)),
    )
    return Names(
        {row["rid"]: f"{types.name(row['type'])}/{row['id']}" for row in resources},
        {row["id"]: (_reference(row), _shown(row, lang)) for row in people},
    )


def _reference(row: asyncpg.Record) -> str:
    return f"{types.name(row['type'])}/{row['person']}" if row["person"] else ""


def _shown(row: asyncpg.Record, lang: str) -> str:
    first, second = ("name_zh", "name_en") if lang == "zh" else ("name_en", "name_zh")
    return row[first] or row[second] or row["name"]


async def stored(db: Database) -> bool:
    """Whether other systems have put AuditEvents into the repository."""
    return bool(
        await db.fetchval(
            "select exists (select from resource where type = $1 and ver > 0 and not deleted)",
            types.number("AuditEvent"),
        )
    )
