"""Reading committed changes without ever missing a late commit.

PostgreSQL 18, section 9.28.6: pg_current_snapshot and pg_snapshot_xmin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    import asyncpg

    from xinglin.kernel.database import Connection

# How far a lower version may come after a higher one in (xid, seq) order: a transaction gets its
# number when it first writes, and may then wait for another's row lock. Counted in changes.
WINDOW = 4000
# A change of ownership between nodes is no change of the resource (docs/adr/0001-nodes.md).
TRANSFER = "O"

_COLUMNS = "xid::text::bigint as xid, seq, node, nseq, type, rid, ver, op, at"
_HORIZON = "xid < pg_snapshot_xmin(pg_current_snapshot())"
_AFTER = "(xid, seq) > ($1::text::xid8, $2::bigint)"


class Position(NamedTuple):
    """Where a reader is: everything up to and with this transaction and sequence number is read.

    The order of transaction numbers is not the order of commits either, but a number below the
    snapshot's xmin can never appear again: what is read up to there is complete.
    """

    xid: int
    seq: int


BEGINNING = Position(0, 0)


class Change(NamedTuple):
    """One committed change of one resource; ``op`` is C, U, D or, between nodes, O."""

    xid: int
    seq: int
    node: int
    nseq: int
    type: int
    rid: int
    ver: int
    op: str
    at: datetime

    @property
    def position(self) -> Position:
        """Where it stands in the feed."""
        return Position(self.xid, self.seq)


async def after(connection: Connection, position: Position, limit: int) -> list[Change]:
    """Return the next changes in feed order, complete as far as they go."""
    return _changes(
        await connection.fetch(
            f"select {_COLUMNS} from change where {_AFTER} and {_HORIZON}"
            " order by change.xid, seq limit $3",
            str(position.xid),
            position.seq,
            limit,
        )
    )


async def stragglers(
    connection: Connection, position: Position, rids: Collection[int]
) -> list[Change]:
    """Return changes of these resources that stand a little further on than the position.

    Also above the horizon: a lower version was committed before the higher one could be written,
    so it is there, but a third transaction between the two numbers may still be running.
    """
    return _changes(
        await connection.fetch(
            f"select * from (select {_COLUMNS} from change where {_AFTER}"
            " order by change.xid, seq limit $3) w where rid = any($4)",
            str(position.xid),
            position.seq,
            WINDOW,
            list(rids),
        )
    )


async def recent_versions(connection: Connection, position: Position) -> dict[int, int]:
    """Return the highest version of each resource among the last changes read."""
    rows = await connection.fetch(
        "select rid, max(ver) as ver from (select rid, ver from change"
        " where (xid, seq) <= ($1::text::xid8, $2::bigint) and op <> 'O'"
        " order by change.xid desc, seq desc limit $3) w group by rid",
        str(position.xid),
        position.seq,
        WINDOW,
    )
    return {row["rid"]: row["ver"] for row in rows}


async def pending(connection: Connection) -> bool:
    """Tell whether there are changes that a transaction still running holds back."""
    found = await connection.fetchval(
        "select exists (select from change where xid >= pg_snapshot_xmin(pg_current_snapshot()))"
    )
    return bool(found)


async def end(connection: Connection) -> Position:
    """Return the position after everything that can be read now."""
    xmin = await connection.fetchval("select pg_snapshot_xmin(pg_current_snapshot())::text")
    return Position(int(xmin or 1) - 1, (1 << 63) - 1)


async def lag(connection: Connection, position: Position, most: int = 100_000) -> int:
    """Count the changes after a position, up to a limit."""
    found = await connection.fetchval(
        f"select count(*) from (select from change where {_AFTER} limit $3) w",
        str(position.xid),
        position.seq,
        most,
    )
    return int(found or 0)


def in_version_order(changes: Iterable[Change]) -> list[Change]:
    """Sort each resource's changes by version, leaving the places of the resources as they are."""
    changes = list(changes)
    places: dict[int, list[int]] = {}
    for place, change in enumerate(changes):
        places.setdefault(change.rid, []).append(place)
    result = list(changes)
    for own in places.values():
        if len(own) > 1:
            for place, change in zip(
                own, sorted((changes[place] for place in own), key=_version), strict=True
            ):
                result[place] = change
    return result


def _version(change: Change) -> tuple[int, int]:
    return change.ver, change.seq


def _changes(rows: list[asyncpg.Record]) -> list[Change]:
    return [
        Change(
            row["xid"],
            row["seq"],
            row["node"],
            row["nseq"],
            row["type"],
            row["rid"],
            row["ver"],
            row["op"].decode(),
            row["at"],
        )
        for row in rows
    ]
