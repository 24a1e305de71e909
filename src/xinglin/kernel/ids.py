"""Identifiers: UUIDv7 for the outside, resource numbers (rid) for the inside.

RFC 9562, section 5.7; docs/adr/0001-nodes.md.
"""

from __future__ import annotations

import asyncio
import os
import re
import threading
from typing import TYPE_CHECKING

from xinglin.kernel.clock import Clock, SystemClock
from xinglin.kernel.database.installation import SEQ_BITS

if TYPE_CHECKING:
    from xinglin.kernel.database import Connection

BLOCK = 64
_RANDOM_BITS = 74
_UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_FORK_SAFE = threading.Lock()


class Uuid7:
    """Makes UUIDv7 that ascend within one process, also inside one millisecond."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._last = 0

    def __call__(self) -> str:
        """Return the next one, in the usual form of 36 characters."""
        milliseconds = int(self._clock.now().timestamp() * 1000)
        fresh = milliseconds << _RANDOM_BITS | int.from_bytes(os.urandom(10)) >> 6
        with _FORK_SAFE:
            # Method 2 of section 6.2: inside one millisecond, or when the clock steps back, the
            # random part of the last one is counted on by a random step.
            if fresh >> _RANDOM_BITS <= self._last >> _RANDOM_BITS:
                fresh = self._last + 1 + int.from_bytes(os.urandom(4))
            self._last = fresh
        return _format(fresh)


def _format(value: int) -> str:
    high = value >> 62 & 0xFFF
    low = value & (1 << 62) - 1
    number = (value >> _RANDOM_BITS) << 80 | 7 << 76 | high << 64 | 2 << 62 | low
    digits = f"{number:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


_default = Uuid7()


def uuid7(clock: Clock | None = None) -> str:
    """Return a UUIDv7 of the machine's clock, or of the clock given."""
    return _default() if clock is None else Uuid7(clock)()


def is_uuid7(text: str) -> bool:
    """Whether it has the form of the identifiers that are made here."""
    return _UUID7.fullmatch(text) is not None


class RidAllocator:
    """Hands out resource numbers, taking blocks of 64 from the sequence of the database.

    Numbers are known before the insert; those of a process that ends are lost, which is allowed.
    """

    def __init__(self, node: int) -> None:
        self._base = node << SEQ_BITS
        self._free: list[int] = []
        self._turn = asyncio.Lock()

    async def take(self, connection: Connection, count: int) -> list[int]:
        """Return ``count`` numbers, ascending."""
        if len(self._free) < count:
            async with self._turn:
                await self._refill(connection, count)
        taken = self._free[-count:] if count else []
        del self._free[len(self._free) - count :]
        taken.reverse()
        return taken

    async def _refill(self, connection: Connection, count: int) -> None:
        while (missing := count - len(self._free)) > 0:
            rows = await connection.fetch(
                "select nextval('rid_seq') as first from generate_series(1, $1)",
                -(-missing // BLOCK),
            )
            firsts = [self._base + row["first"] for row in rows]
            # Kept descending, so that the smallest is taken from the end.
            self._free[:0] = [
                first + step for first in reversed(firsts) for step in range(BLOCK - 1, -1, -1)
            ]
