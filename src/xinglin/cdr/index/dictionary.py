"""The dictionary of codings seen: which keys a code, or a word that goes with it, has.

Tables ``coding`` and ``coding_text``, migrations/0001_core.sql. Entries are committed before the
resource that uses them: one without a resource finds nothing, and no writer waits for another.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import asyncpg

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xinglin.cdr.index.rows import Coding

# What asyncpg says of a connection that the server ended, depending on when it notices.
_LOST: Final = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresConnectionError,
)
_LIMIT: Final = 1 << 16
_LONGEST: Final = 2000
"""Bytes of code and system together: an index entry takes 2,704. Longer ones need their system."""
_CODES: Final = (
    "insert into coding (param, code, system, k) "
    "select * from unnest($1::smallint[], $2::text[], $3::text[], $4::bigint[]) "
    "on conflict do nothing"
)
_WORDS: Final = (
    "insert into coding_text (param, v, k) "
    "select * from unnest($1::smallint[], $2::text[], $3::bigint[]) on conflict do nothing"
)


class Dictionary:
    """Adds what is missing, on a connection of its own; one per process."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._connection: asyncpg.Connection | None = None
        self._lock = asyncio.Lock()
        self._seen: set[Coding] = set()

    async def ensure(self, codings: Iterable[Coding]) -> None:
        """Return when all of them are committed."""
        new = [coding for coding in codings if coding not in self._seen]
        if not new:
            return
        async with self._lock:
            try:
                await self._write(await self._open(), set(new))
            except _LOST:
                self._connection = None
                await self._write(await self._open(), set(new))
        if len(self._seen) + len(new) > _LIMIT:
            self._seen.clear()
        self._seen.update(new)

    async def close(self) -> None:
        """Give the connection back."""
        async with self._lock:
            if self._connection is not None:
                await self._connection.close()
                self._connection = None

    async def _open(self) -> asyncpg.Connection:
        current = self._connection
        if current is None or current.is_closed():
            # Whoever uses an entry commits later, and flushes the log up to there.
            current = self._connection = await asyncpg.connect(
                self._dsn,
                server_settings={
                    "application_name": "xinglin dictionary",
                    "synchronous_commit": "off",
                },
            )
        return current

    @staticmethod
    async def _write(connection: asyncpg.Connection, new: set[Coding]) -> None:
        codes = sorted({(c.param, c.code, c.system, c.k) for c in new if c.code and _fits(c)})
        words = sorted({(c.param, c.text, c.k) for c in new if c.text})
        if codes:
            await connection.execute(_CODES, *(list(column) for column in zip(*codes, strict=True)))
        if words:
            await connection.execute(_WORDS, *(list(column) for column in zip(*words, strict=True)))


def _fits(coding: Coding) -> bool:
    return len(coding.code.encode()) + len(coding.system.encode()) <= _LONGEST
