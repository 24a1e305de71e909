"""Running a consumer: wait for a commit, take a batch, act, again.

docs/explanation/feed.md.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import asyncpg

from xinglin.kernel.feed import reading
from xinglin.kernel.telemetry import log

if TYPE_CHECKING:
    from xinglin.kernel.database import Database
    from xinglin.kernel.feed.consumer import Batch, Consumer
    from xinglin.kernel.feed.notify import Listener

Handler = Callable[["Batch"], Awaitable[None]]
_log = log("feed")
# Changes that a running transaction holds back come without another notification.
_SOON, _LATER, _AFTER_ERROR = 0.03, 2.0, 1.0


class Runner:
    """Feeds one handler from one consumer until it is cancelled.

    A handler that raises rolls its batch back and gets it again; nothing is skipped.
    """

    def __init__(
        self,
        consumer: Consumer,
        database: Database,
        listener: Listener,
        handler: Handler,
        *,
        limit: int = 500,
    ) -> None:
        self._consumer = consumer
        self._database = database
        self._handler = handler
        self._limit = limit
        self._event = listener.subscribe()

    async def run(self) -> None:
        """Run for ever."""
        while True:
            self._event.clear()
            try:
                pause = await self.step()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                _log.warning("batch failed", consumer=self._consumer.name, exc_info=error)
                pause = _AFTER_ERROR
            if pause:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._event.wait(), pause)

    async def step(self) -> float:
        """Handle one batch; return how long to wait at most before the next (seconds)."""
        async with self._consumer.poll(self._limit) as batch:
            if batch.connection is not None:
                await self._handler(batch)
        if batch.more:
            return 0.0
        async with self._database.acquire() as connection:
            return _SOON if await reading.pending(connection) else _LATER
