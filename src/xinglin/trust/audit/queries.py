"""The statements of the audit trail.

migrations: audit, audit_writer; docs/adr/0010-audit.md.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from .chain import Link, about, genesis

if TYPE_CHECKING:
    from collections.abc import Sequence

    import asyncpg

    from xinglin.kernel.database import Connection, Database

    from .model import Event

    Source = Connection | Database

_LOCKS = 0x7861  # first half of the advisory lock of a writer
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INSERT = (
    "insert into audit (writer, seq, at, shown, account, kind, status, about, home, hash, entry)"
    " select $1, w.seq, w.at, w.shown, w.account, w.kind, w.status, w.about::bigint[], w.home,"
    " w.hash, w.entry from unnest($2::bigint[], $3::timestamptz[], $4::boolean[], $5::bigint[],"
    " $6::text[], $7::smallint[], $8::text[], $9::bigint[], $10::bytea[], $11::text[])"
    " w(seq, at, shown, account, kind, status, about, home, hash, entry)"
)

Line = tuple[int, int, "Event", bytes, bytes]
"""Place, time in microseconds, event, hash, entry."""


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
    """The last row of a chain."""
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


async def append(source: Source, writer: int, lines: Sequence[Line]) -> None:
    """Put rows behind a chain, in one statement that is durable when this returns."""
    await source.execute(
        _INSERT,
        writer,
        [line[0] for line in lines],
        [instant(line[1]) for line in lines],
        [line[2].phase != "b" for line in lines],
        [line[2].account for line in lines],
        [line[2].kind for line in lines],
        [line[2].status for line in lines],
        ["{" + ",".join(map(str, about(line[2]))) + "}" for line in lines],
        [line[2].home for line in lines],
        [line[3] for line in lines],
        [line[4].decode() for line in lines],
    )


async def rows_of(
    source: Source, writer: int, after: int, limit: int = 5000
) -> list[asyncpg.Record]:
    """The next rows of a chain, whole."""
    return await source.fetch(
        "select seq, at, shown, account, kind, status, about, home, hash, entry from audit"
        " where writer = $1 and seq > $2 order by seq limit $3",
        writer,
        after,
        limit,
    )
