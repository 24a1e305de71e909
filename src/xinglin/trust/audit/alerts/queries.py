"""What the watcher reads and writes, and the list of alerts.

migrations: audit, audit_watch, audit_alert, account, sealed, resource; docs/howto/audit.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xinglin.trust.audit.queries import instant

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    import asyncpg

    from xinglin.kernel.database import Connection, Database

    from .rules import Hit

_LOCK = 0x786177
_LEAD = 0x786178


async def alone(connection: Connection) -> bool:
    """Whether no other process watches; for the length of the transaction."""
    return bool(await connection.fetchval("select pg_try_advisory_xact_lock($1)", _LOCK))


async def lead(connection: Connection) -> bool:
    """Whether this process is the one that watches, until `follow` or the connection's end."""
    return bool(await connection.fetchval("select pg_try_advisory_lock($1)", _LEAD))


async def follow(connection: Connection) -> None:
    """Let another process watch."""
    await connection.execute("select pg_advisory_unlock($1)", _LEAD)


async def positions(connection: Connection) -> dict[int, int]:
    """How far each chain was read."""
    rows = await connection.fetch("select writer, seq from audit_watch")
    return {row["writer"]: row["seq"] for row in rows}


async def segments(
    connection: Connection, writer: int, after: int, limit: int
) -> list[asyncpg.Record]:
    """The next segments of a chain."""
    return await connection.fetch(
        "select seq, entries from audit where writer = $1 and seq > $2 order by seq limit $3",
        writer,
        after,
        limit,
    )


async def since(connection: Connection, at: datetime) -> list[asyncpg.Record]:
    """What was written lately and read already: windows are filled with it at a start."""
    return await connection.fetch(
        "select a.entries from audit a join audit_watch w on w.writer = a.writer"
        " where a.at >= $1 and a.seq <= w.seq order by a.at",
        at,
    )


async def move(connection: Connection, writer: int, seq: int) -> None:
    """Remember how far a chain was read."""
    await connection.execute(
        "insert into audit_watch (writer, seq) values ($1, $2)"
        " on conflict (writer) do update set seq = excluded.seq",
        writer,
        seq,
    )


async def raise_alerts(connection: Connection, zone: str, hits: Iterable[Hit]) -> None:
    """Put alerts on the list; one that is there already counts up."""
    await connection.executemany(
        "insert into audit_alert (rule, account, actor, role, patient, day, first, last, note, row)"
        " values ($1, $2, $3, $4, $5, ($6::timestamptz at time zone $9)::date, $6, $6, $7, $8)"
        " on conflict (rule, account, patient, day) do update set"
        " last = greatest(audit_alert.last, excluded.last), times = audit_alert.times + 1,"
        " note = excluded.note",
        [
            (
                *(hit.rule.code, hit.row.event.account, hit.row.event.actor, hit.row.event.role),
                *(hit.patient, instant(hit.row.at), hit.note),
                *(f"chain-{hit.row.writer}-{hit.row.seq}", zone),
            )
            for hit in hits
        ],
    )


async def people(connection: Connection, accounts: Collection[int]) -> list[asyncpg.Record]:
    """Accounts with their own patient, and the record of the practitioner."""
    return await connection.fetch(
        "select a.id, a.patient, r.body from account a left join resource r"
        " on r.rid = a.practitioner and not r.deleted where a.id = any($1::bigint[])",
        sorted(accounts),
    )


async def records(connection: Connection, patients: Collection[int]) -> list[asyncpg.Record]:
    """The records of patients."""
    return await connection.fetch(
        "select rid, body from resource where rid = any($1::bigint[])", sorted(patients)
    )


async def sealed(connection: Connection) -> frozenset[int]:
    """All confidential patients."""
    return frozenset(r["patient"] for r in await connection.fetch("select patient from sealed"))


async def zone(db: Database) -> str:
    """The time zone of the installation."""
    return await db.fetchval("select timezone from installation")


async def alerts(db: Database, state: str, limit: int) -> Sequence[asyncpg.Record]:
    """The list, the latest first."""
    return await db.fetch(
        "select * from audit_alert where ($1 = '' or state = $1) order by last desc limit $2",
        state,
        limit,
    )


async def close(db: Database, id_: int, account: int, *said: Any) -> bool:
    """Close an alert that is open; whether there was one."""
    row = await db.fetchrow(
        "update audit_alert set state = 'closed', closed_by = $2, closed_at = now(), outcome = $3,"
        " comment = $4 where id = $1 and state = 'open' returning id",
        id_,
        account,
        *said,
    )
    return row is not None
