"""The statements of the audit trail.

migrations: audit, audit_writer; docs/adr/0010-audit.md.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from .chain import Link, genesis

if TYPE_CHECKING:
    import asyncpg

    from xinglin.kernel.database import Connection, Database

    Source = Connection | Database

_LOCKS = 0x7861  # first half of the advisory lock of a writer
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INSERT = (
    "insert into audit (writer, first, seq, at, keys, hash, entries)"
    " values ($1, $2, $3, timestamptz 'epoch' + $4 * interval '1 microsecond', $5, $6, $7)"
)


class Segment(NamedTuple):
    """Rows that become durable together; ``digests`` are what a head tells of each."""

    first: int
    seq: int
    at: int
    keys: list[int]
    hash: bytes
    entries: bytes
    digests: list[bytes]

    @property
    def link(self) -> Link:
        """The end of the chain after it."""
        return Link(self.seq, self.hash)


def instant(at: int) -> datetime:
    """The time of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=at)


async def hold(connection: Connection, writer: int) -> bool:
    """Whether the writer's number could be had, for as long as the connection lives."""
    return bool(await connection.fetchval("select pg_try_advisory_lock($1, $2)", _LOCKS, writer))


async def let_go(connection: Connection, writer: int) -> None:
    """Give a number back."""
    await connection.execute("select pg_advisory_unlock($1, $2)", _LOCKS, writer)


async def register(connection: Connection, writer: int) -> None:
    """Have a chain in the list of chains."""
    await connection.execute(
        "insert into audit_writer (writer) values ($1) on conflict do nothing", writer
    )


async def tail(source: Source, writer: int) -> Link:
    """The end of a chain."""
    row = await source.fetchrow(
        "select seq, hash from audit where writer = $1 order by seq desc limit 1", writer
    )
    return Link(row["seq"], row["hash"]) if row else genesis(writer)


async def writers(source: Source) -> list[int]:
    """All chains that there are, or were."""
    rows = await source.fetch(
        "with recursive w as ((select writer from audit order by writer limit 1) union all"
        " select (select a.writer from audit a where a.writer > w.writer order by writer limit 1)"
        " from w where w.writer is not null) select writer from w where writer is not null"
        " union select writer from audit_writer order by 1"
    )
    return [row["writer"] for row in rows]


async def append(source: Source, writer: int, one: Segment) -> None:
    """Put a segment behind a chain; it is durable when this returns."""
    await source.execute(
        _INSERT, writer, one.first, one.seq, one.at, one.keys, one.hash, one.entries.decode()
    )


async def segments_of(
    source: Source, writer: int, after: int, limit: int = 1000
) -> list[asyncpg.Record]:
    """The next segments of a chain, whole."""
    return await source.fetch(
        "select first, seq, at, keys, hash, entries from audit"
        " where writer = $1 and seq > $2 order by seq limit $3",
        writer,
        after,
        limit,
    )


class Ended(NamedTuple):
    """A chain that nobody holds: its end, and up to where it was looked through."""

    writer: int
    seq: int
    at: datetime
    recovered: int


async def ended(source: Source, writer: int) -> Ended | None:
    """The end of a chain that was not looked through to its end."""
    row = await source.fetchrow(
        "select a.seq, a.at, coalesce(w.recovered, 0) as recovered from audit a"
        " left join audit_writer w on w.writer = a.writer where a.writer = $1"
        " order by a.seq desc limit 1",
        writer,
    )
    if row is None or row["recovered"] >= row["seq"]:
        return None
    return Ended(writer, row["seq"], row["at"], row["recovered"])


async def lately(source: Source, one: Ended, seconds: float) -> list[str]:
    """The entries of a chain's last time that nobody has looked through."""
    rows = await source.fetch(
        "select entries from audit where writer = $1 and seq > $2 and seq <= $3"
        " and at >= $4 order by seq",
        one.writer,
        one.recovered,
        one.seq,
        one.at - timedelta(seconds=seconds),
    )
    return [line for row in rows for line in row["entries"].split("\n")]


async def looked_through(source: Source, one: Ended) -> None:
    """Remember it."""
    await source.execute(
        "insert into audit_writer (writer, recovered) values ($1, $2)"
        " on conflict (writer) do update set recovered = excluded.recovered",
        one.writer,
        one.seq,
    )


async def changes(source: Source, since: datetime, until: datetime) -> list[asyncpg.Record]:
    """What came into being on this node in a time, of the last changes."""
    return await source.fetch(
        "select r.type, r.id, r.rid, c.ver, c.at from (select type, rid, ver, at, nseq, op"
        " from change order by change.xid desc, change.seq desc limit 20000) c"
        " join resource r on r.rid = c.rid"
        " where c.nseq = 0 and c.op <> 'O' and c.at between $1 and $2 order by c.at limit 2000",
        since,
        until,
    )
