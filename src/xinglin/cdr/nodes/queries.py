"""The statements of merging: rows in, rows out.

Layout: migrations/0001_core.sql and 0003_nodes.sql.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .merging import State

if TYPE_CHECKING:
    import uuid
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from xinglin.cdr.access import Access
    from xinglin.kernel.database import Connection

_LOCK = (
    "select r.rid, r.ver, r.node, r.deleted, r.home, r.body, "
    "coalesce((select max(term) from transfer t where t.rid = r.rid), 0) as term "
    "from resource r where r.rid = any($1::bigint[]) order by r.rid for no key update"
)
# As cdr/store/statements.py names what made the current version.
_SUPERSEDE = (
    "insert into history (rid, ver, updated, op, home, body) "
    "select r.rid, r.ver, r.updated, (case when r.deleted then 'D' when r.ver = 1 then 'C' "
    "when exists (select from history p where p.rid = r.rid and p.ver = r.ver - 1 and p.op = 'D') "
    "then 'C' else 'U' end)::\"char\", r.home, r.body "
    "from resource r where r.rid = any($1::bigint[]) and r.ver > 0"
)


async def turn(connection: Connection, access: Access, peer: int) -> bool:
    """Take the turn of applying what a peer wrote, until the transaction ends."""
    del access
    return bool(
        await connection.fetchval(
            "select pg_try_advisory_xact_lock(hashtextextended('xinglin node', $1))", peer
        )
    )


async def cursor(
    connection: Connection, access: Access, name: str
) -> tuple[uuid.UUID, tuple[int, int]] | None:
    """Where a peer's feed has been read to."""
    del access
    row = await connection.fetchrow(
        "select epoch, xid::text::bigint as xid, seq from feed_cursor where consumer = $1", name
    )
    return (row["epoch"], (row["xid"], row["seq"])) if row else None


async def save_cursor(
    connection: Connection, access: Access, name: str, epoch: uuid.UUID, at: tuple[int, int]
) -> None:
    """Keep where a peer's feed has been read to."""
    del access
    await connection.execute(
        "insert into feed_cursor (consumer, epoch, xid, seq) values ($1, $2, $3::text::xid8, $4) "
        "on conflict (consumer) do update set epoch = excluded.epoch, xid = excluded.xid, "
        "seq = excluded.seq, updated = now()",
        name,
        epoch,
        str(at[0]),
        at[1],
    )


async def known(
    connection: Connection, access: Access, numbers: Sequence[tuple[int, int]]
) -> set[tuple[int, int]]:
    """Which changes (node, number) have been applied before."""
    del access
    rows = await connection.fetch(
        "select c.node, c.nseq from unnest($1::smallint[], $2::bigint[]) w(node, nseq) "
        "join change c on c.node = w.node and c.nseq = w.nseq and c.nseq > 0",
        [node for node, _ in numbers],
        [number for _, number in numbers],
    )
    return {(row["node"], row["nseq"]) for row in rows}


async def lock(
    connection: Connection, access: Access, own: int, rids: Collection[int]
) -> dict[int, State]:
    """Lock resources against other writers, in the order of their rids."""
    del access
    rows = await connection.fetch(_LOCK, sorted(rids))
    states = {
        row["rid"]: State(
            row["rid"],
            row["ver"],
            row["node"] or own,
            row["body"],
            row["deleted"],
            row["home"],
            {row["ver"]: row["body"]} if row["ver"] else {},
            row["term"],
        )
        for row in rows
    }
    for row in await connection.fetch(
        "select rid, ver, body from history where rid = any($1::bigint[])", list(states)
    ):
        states[row["rid"]].bodies[row["ver"]] = row["body"]
    return states


async def supersede(connection: Connection, access: Access, rids: Collection[int]) -> None:
    """Copy the current versions into history, before they are replaced."""
    del access
    await connection.execute(_SUPERSEDE, list(rids))


async def add_history(
    connection: Connection,
    access: Access,
    rows: Iterable[tuple[int, int, datetime, bytes, int | None, str]],
) -> None:
    """Add superseded versions: (rid, ver, updated, op, home, body)."""
    del access
    await connection.executemany(
        "insert into history (rid, ver, updated, op, home, body) values ($1, $2, $3, $4, $5, $6) "
        "on conflict do nothing",
        rows,
    )


async def set_current(
    connection: Connection,
    access: Access,
    rows: Iterable[tuple[int, int, datetime, bool, int | None, str, int]],
) -> None:
    """Set the current version: (rid, ver, updated, deleted, home, body, node; 0 is this one)."""
    del access
    await connection.executemany(
        "update resource set ver = $2, updated = $3, deleted = $4, home = $5, body = $6, "
        "node = $7 where rid = $1",
        rows,
    )


async def set_writer(
    connection: Connection, access: Access, rows: Iterable[tuple[int, int]]
) -> None:
    """Set who may write: (rid, node; 0 is this one)."""
    del access
    await connection.executemany("update resource set node = $2 where rid = $1", rows)


async def set_index(
    connection: Connection, access: Access, plan: int, rows: Iterable[tuple[Any, ...]]
) -> None:
    """Set what else the index keeps on the row: (rid, refs, present, patient, patients)."""
    del access
    await connection.executemany(
        f"update resource set plan = {plan}, refs = $2, present = $3, patient = $4, patients = $5 "
        "where rid = $1",
        rows,
    )


async def add_changes(
    connection: Connection, access: Access, rows: Iterable[tuple[Any, ...]]
) -> None:
    """Add changes: (node, number there, type, rid, ver, op, at)."""
    del access
    await connection.executemany(
        "insert into change (node, nseq, type, rid, ver, op, at) "
        "values ($1, $2, $3, $4, $5, $6, $7)",
        rows,
    )


async def add_transfers(
    connection: Connection, access: Access, rows: Iterable[tuple[int, int, int, int, datetime]]
) -> None:
    """Add moves of the right to write: (rid, term, from, to, at)."""
    del access
    await connection.executemany(
        "insert into transfer (rid, term, from_node, to_node, at) values ($1, $2, $3, $4, $5) "
        "on conflict do nothing",
        rows,
    )


async def put_aside(
    connection: Connection, access: Access, rows: Iterable[tuple[int, int, int, datetime, str]]
) -> None:
    """Keep versions that lost: (rid, ver, node, updated, body)."""
    del access
    await connection.executemany(
        "insert into divergence (rid, ver, node, updated, body) values ($1, $2, $3, $4, $5) "
        "on conflict do nothing",
        rows,
    )


async def of_encounter(
    connection: Connection, access: Access, encounter: int, keys: Sequence[int]
) -> list[tuple[int, int, int]]:
    """(rid, type, next term) of an encounter and all that is in it and written here; locked."""
    del access
    rows = await connection.fetch(
        "select r.rid, r.type, "
        "coalesce((select max(term) from transfer t where t.rid = r.rid), 0) + 1 as term "
        "from resource r where r.rid in (select $1::bigint union select rid from key "
        "where k = any($2::bigint[])) and r.node = 0 and r.ver > 0 order by r.rid "
        "for no key update",
        encounter,
        list(keys),
    )
    return [(row["rid"], row["type"], row["term"]) for row in rows]
