"""One chain of one process: events are collected for a moment and made durable together.

Group commit; docs/adr/0010-audit.md. Whoever records waits until the row is on disk.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Self

import asyncpg

from xinglin.cdr.index.dates import microseconds
from xinglin.kernel.database.pool import SESSION
from xinglin.kernel.errors import Issue, Unavailable
from xinglin.kernel.telemetry import log

from . import chain, heads, keys, queries, slots
from .chain import Link
from .queries import Segment

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from xinglin.kernel.clock import Clock

    from .heads import State
    from .model import Event

WINDOW = 0.005  # seconds: the longest that an event waits for company
MOST = 500  # rows in one statement
PATIENCE = 10  # seconds a statement may take
_log = log("audit")

Waiting = tuple["Event", "asyncio.Future[Link]"]
Left = tuple[int, Link, "State"]
_LOST = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


class Writer:
    """Appends to the chain that this process holds.

    ``running`` says how many requests are at work: when all of them wait for their row, nobody
    else can come along. ``expected`` tells what is known of the end of a chain.
    """

    def __init__(
        self,
        dsn: str,
        node: int,
        clock: Clock,
        *,
        running: Callable[[], int] = lambda: 0,
        expected: slots.Expected = lambda _: None,
        window: float = WINDOW,
    ) -> None:
        self.number = 0
        self.head = Link(0, b"")
        self._at = 0
        self.running = running
        self._loop: asyncio.AbstractEventLoop = asyncio.get_running_loop()
        self._dsn = dsn
        self._node = node
        self._clock = clock
        self._window = window
        self._waiting: list[Waiting] = []
        self._due = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._connection: asyncpg.Connection | None = None
        self._task: asyncio.Task[None] | None = None
        self._closing = False
        self._digests: list[bytes] = []
        self._left: list[Left] = []
        self._doubtful: Segment | None = None
        self._expected = expected
        self.notes: list[str] = []

    def take_digests(self) -> list[bytes]:
        """What heads tell of the rows up to ``head`` since this was last asked."""
        taken, self._digests = self._digests, []
        return taken

    def left(self) -> list[Left]:
        """Chains that this process wrote or would have written, and left; once each."""
        taken, self._left = self._left, []
        return taken

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def open(self) -> None:
        """Take a chain; raises what the database says when it cannot be reached."""
        await self._connect()
        self._task = self._loop.create_task(self._run())

    async def close(self) -> None:
        """Write what waits, and let the chain go."""
        self._closing = True
        self._due.set()
        if self._task:
            await self._task
        await self._disconnect()

    def record(self, event: Event) -> asyncio.Future[Link]:
        """Put an event into the next batch; the future is done when it is durable.

        It raises Unavailable where the row could not be kept: what was asked must be refused.
        """
        future: asyncio.Future[Link] = self._loop.create_future()
        self._waiting.append((event, future))
        count = len(self._waiting)
        if count >= self.running() or count >= MOST:
            self._due.set()
        elif self._timer is None:
            self._timer = self._loop.call_later(self._window, self._due.set)
        return future

    async def _run(self) -> None:
        while True:
            await self._due.wait()
            self._due.clear()
            if self._timer:
                self._timer.cancel()
                self._timer = None
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            if self._waiting or self._closing:
                self._due.set()
            if batch:
                await self._settle(batch)
            elif self._closing:
                return

    async def _settle(self, batch: list[Waiting]) -> None:
        segment: Segment | None = None
        try:
            async with asyncio.timeout(PATIENCE):
                connection = self._connection or await self._connect()
                segment = self._segment([event for event, _ in batch])
                await queries.append(connection, self.number, segment)
        except _LOST as error:
            # Whether it was written nobody knows: the chain is looked at again before it goes on.
            _log.error("audit rows not written", count=len(batch), exc_info=error)
            self._doubtful = segment
            await self._disconnect()
            _fail(batch)
            return
        except Exception as error:  # noqa: BLE001  one that cannot be written must not stop others
            if len(batch) > 1:
                for one in batch:
                    await self._settle([one])
                return
            _log.error("audit row not possible", exc_info=error)
            self._doubtful = segment
            await self._disconnect()
            _fail(batch)
            return
        self.head, self._at = segment.link, segment.at
        self._digests += segment.digests
        for _, future in batch:
            if not future.done():
                future.set_result(self.head)

    def _segment(self, events: list[Event]) -> Segment:
        before, number = self.head, self.number
        at = max(self._at + 1, microseconds(self._clock.now()))
        entries = [
            chain.canonical(number, seq, at, event)
            for seq, event in enumerate(events, before.seq + 1)
        ]
        body = b"\n".join(entries)
        return Segment(
            before.seq + 1,
            before.seq + len(events),
            at,
            keys.of(events),
            chain.following(before.hash, body),
            body,
            [heads.digest(entry) for entry in entries],
        )

    async def _connect(self) -> asyncpg.Connection:
        connection = await asyncpg.connect(
            self._dsn, timeout=PATIENCE, server_settings={**SESSION, "application_name": "audit"}
        )
        try:
            taken = await slots.take(connection, self._node, self._last_known)
        except BaseException:
            connection.terminate()
            raise
        for number, link in taken.left:
            self._left.append((number, link, "closed"))
        self._take(taken)
        self._connection = connection
        return connection

    def _take(self, taken: slots.Taken) -> None:
        doubtful, self._doubtful = self._doubtful, None
        if (taken.number, taken.link) == (self.number, self.head):
            return
        if taken.number == self.number and doubtful and taken.link == doubtful.link:
            self._digests += doubtful.digests  # it was written
        elif self.number:
            if self.number not in dict(taken.left):
                self._left.append((self.number, self.head, ""))
            self._digests = []
        self.number, self.head = taken.number, taken.link
        self.notes += taken.notes

    def _last_known(self, number: int) -> slots.Known | None:
        """What this process or an earlier one knows of the end of a chain."""
        filed = self._expected(number)
        if number != self.number or (filed and filed.links[0].seq > self.head.seq):
            return filed
        mine = (self.head, self._doubtful.link) if self._doubtful else (self.head,)
        return slots.Known(mine, exact=True)

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(*_LOST):
                await connection.close(timeout=2)


def _fail(batch: list[Waiting]) -> None:
    for _, future in batch:
        if not future.done():
            future.set_exception(unavailable())


def unavailable() -> Unavailable:
    """The refusal where an access could not be put on record."""
    return Unavailable(
        Issue(
            "transient",
            "The access could not be put on record, so it is not answered; try again shortly.",
            "访问未能写入审计记录，因此不予应答；请稍后再试。",
        ),
        headers={"Retry-After": "2"},
    )
