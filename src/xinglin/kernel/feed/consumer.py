"""A reader of the feed whose effects in the database and whose place in it commit together.

docs/explanation/feed.md. Effects elsewhere are at least once: (rid, ver) is the idempotency key.
"""

from __future__ import annotations

import hashlib
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from xinglin.kernel.feed import reading
from xinglin.kernel.feed.reading import BEGINNING, TRANSFER, Change, Position

if TYPE_CHECKING:
    import uuid
    from collections.abc import AsyncGenerator, Collection, Iterable

    from xinglin.kernel.database import Connection, Database


@dataclass(frozen=True)
class Batch:
    """Changes to act upon, and the transaction to act in.

    ``restored`` says that the database was restored since the last batch: what was sent outside
    may be ahead of it. ``more`` says that the feed goes on behind this batch.
    """

    connection: Connection | None = None
    changes: list[Change] = field(default_factory=list)
    restored: bool = False
    more: bool = False


class Consumer:
    """One named reader. Several processes may run it: one at a time gets a batch."""

    def __init__(
        self,
        name: str,
        database: Database,
        *,
        types: Collection[int] | None = None,
        start: Literal["beginning", "end"] = "beginning",
        transfers: bool = False,
    ) -> None:
        self.name = name
        self._database = database
        self._types = frozenset(types) if types is not None else None
        self._start = start
        self._transfers = transfers
        digest = hashlib.blake2b(name.encode(), digest_size=8, person=b"xinglin feed").digest()
        self._lock = int.from_bytes(digest, signed=True)
        self._at: Position | None = None
        self._seen: dict[int, int] = {}

    @asynccontextmanager
    async def poll(self, limit: int = 500) -> AsyncGenerator[Batch]:
        """Open a transaction with the next changes; leaving without error commits both.

        An advisory lock and not a row lock keeps others out: it takes no transaction number, so
        an idle consumer writes nothing and holds no other reader back.
        """
        async with self._database.transaction() as connection:
            if not await connection.fetchval("select pg_try_advisory_xact_lock($1)", self._lock):
                yield Batch()
                return
            position, old_epoch, epoch = await self._position(connection)
            changes, upto, more = await self._next(connection, position, limit)
            restored = old_epoch is not None and old_epoch != epoch
            wanted = [change for change in changes if self._wants(change)]
            yield Batch(connection if wanted or restored else None, wanted, restored, more)
            if upto or restored or old_epoch is None:
                await self._save(connection, epoch, upto or position)
        # Only now is it certain: a rolled back batch must be delivered again.
        self._remember(changes, upto or position)

    async def position(self) -> Position:
        """Return where this consumer is."""
        async with self._database.acquire() as connection:
            return (await self._position(connection))[0]

    async def _position(
        self, connection: Connection
    ) -> tuple[Position, uuid.UUID | None, uuid.UUID]:
        row = await connection.fetchrow(
            "select c.xid::text::bigint as xid, c.seq, c.epoch as old, i.epoch"
            " from installation i left join feed_cursor c on c.consumer = $1",
            self.name,
        )
        if row is None:
            raise LookupError("the installation row is missing")
        if row["old"] is not None:
            return Position(row["xid"], row["seq"]), row["old"], row["epoch"]
        start = BEGINNING if self._start == "beginning" else await reading.end(connection)
        return start, None, row["epoch"]

    async def _next(
        self, connection: Connection, position: Position, limit: int
    ) -> tuple[list[Change], Position | None, bool]:
        found = await reading.after(connection, position, limit)
        if not found:
            return [], None, False
        if self._at != position:
            self._seen = await reading.recent_versions(connection, position)
            self._at = position
        upto = found[-1].position
        highest = _highest(found)
        late = await reading.stragglers(connection, upto, highest)
        changes = found + [change for change in late if change.ver < highest.get(change.rid, 0)]
        return self._unseen(reading.in_version_order(changes)), upto, len(found) == limit

    def _unseen(self, changes: list[Change]) -> list[Change]:
        return [
            change
            for change in changes
            if change.op == TRANSFER or change.ver > self._seen.get(change.rid, 0)
        ]

    def _wants(self, change: Change) -> bool:
        if change.op == TRANSFER and not self._transfers:
            return False
        return self._types is None or change.type in self._types

    async def _save(self, connection: Connection, epoch: uuid.UUID, position: Position) -> None:
        await connection.execute(
            "insert into feed_cursor (consumer, epoch, xid, seq)"
            " values ($1, $2, $3::text::xid8, $4) on conflict (consumer) do update"
            " set epoch = excluded.epoch, xid = excluded.xid, seq = excluded.seq, updated = now()",
            self.name,
            epoch,
            str(position.xid),
            position.seq,
        )

    def _remember(self, changes: list[Change], position: Position) -> None:
        self._at = position
        for rid, version in _highest(changes).items():
            self._seen.pop(rid, None)
            self._seen[rid] = version
        while len(self._seen) > 2 * reading.WINDOW:
            del self._seen[next(iter(self._seen))]


def _highest(changes: Iterable[Change]) -> dict[int, int]:
    highest: dict[int, int] = {}
    for change in changes:
        if change.op != TRANSFER:
            highest[change.rid] = max(change.ver, highest.get(change.rid, 0))
    return highest
