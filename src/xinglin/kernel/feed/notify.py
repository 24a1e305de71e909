"""Waking readers after a commit, without a notification inside any write transaction.

PostgreSQL 18, NOTIFY: its commit takes a lock of the whole cluster, so it is sent apart and rarely.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Self

import asyncpg

from xinglin.kernel.telemetry import log

if TYPE_CHECKING:
    from types import TracebackType

    from xinglin.kernel.database import Database

CHANNEL = "xinglin_change"
INTERVAL = 0.02
_RETRY = 1.0
_log = log("feed")


class Notifier:
    """Tells other processes that something was committed, at most once in 20 ms."""

    def __init__(self, database: Database, interval: float = INTERVAL) -> None:
        self._database = database
        self._interval = interval
        self._again = False
        self._task: asyncio.Task[None] | None = None

    def committed(self) -> None:
        """Say that this process has committed a change; returns at once."""
        self._again = True
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._send())

    async def close(self) -> None:
        """Send what is due."""
        if self._task is not None:
            await self._task

    async def _send(self) -> None:
        while self._again:
            self._again = False
            try:
                await self._database.execute("select pg_notify($1, '')", CHANNEL)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                # Readers poll as well: a lost notification costs them a second, nothing else.
                _log.warning("notification lost", exc_info=error)
            await asyncio.sleep(self._interval)


class Listener:
    """Sets an event whenever any process has committed; connects again when it was cut off."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._waiting: set[asyncio.Event] = set()
        self._task: asyncio.Task[None] | None = None
        self.listening = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._task = asyncio.get_running_loop().create_task(self._listen())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def subscribe(self) -> asyncio.Event:
        """Return an event that is set at each commit; who waits clears it."""
        event = asyncio.Event()
        self._waiting.add(event)
        return event

    def _wake(self, *_: object) -> None:
        for event in self._waiting:
            event.set()

    async def _listen(self) -> None:
        while True:
            try:
                await self._connected()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                _log.warning("listener cut off", exc_info=error)
            self.listening.clear()
            await asyncio.sleep(_RETRY)

    async def _connected(self) -> None:
        connection = await asyncpg.connect(self._dsn, timeout=10)
        try:
            cut = asyncio.Event()
            connection.add_termination_listener(lambda _: cut.set())
            await connection.add_listener(CHANNEL, self._wake)
            self.listening.set()
            # What was committed while nobody listened.
            self._wake()
            await cut.wait()
        finally:
            connection.terminate()
