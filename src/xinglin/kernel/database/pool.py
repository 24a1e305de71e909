"""Connections to PostgreSQL, pooled.

asyncpg; PostgreSQL 18, section 19.11.1 for the session settings.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Literal, Self

import asyncpg

from xinglin.kernel.errors import Issue, Unavailable

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
    from types import TracebackType

Connection = asyncpg.Connection
Isolation = Literal["read_committed", "repeatable_read", "serializable"]
CLOSE_WITHIN = 10.0  # seconds that statements in progress have when the pool is closed

SESSION: Mapping[str, str] = {
    "application_name": "xinglin",
    "timezone": "UTC",
    "jit": "off",
    # Planning anew costs 370 µs a search; every statement is written to be good generically.
    "plan_cache_mode": "force_generic_plan",
    # A client that died must not hold locks, or the feed back, for ever.
    "idle_in_transaction_session_timeout": "60s",
}

_BREAKING = (
    asyncio.CancelledError,
    OSError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)


class Database:
    """A pool of connections to one database.

    Its own, and plain: asyncpg's pool adds a proxy, a holder and a reset to each statement, which
    cost 60 to 80 µs of the 160 µs of a small one (docs/adr/0007-writes.md). A connection whose
    statement was cancelled, or that comes back amid a transaction, is not used again.
    """

    def __init__(
        self, connect: Callable[[], Awaitable[asyncpg.Connection]], dsn: str, most: int
    ) -> None:
        self._connect = connect
        self.dsn = dsn
        self._most = most
        self._size = 0
        self._idle: list[asyncpg.Connection] = []
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._closed = False
        self._all_back = asyncio.Event()

    @classmethod
    async def open(
        cls,
        dsn: str,
        min_size: int = 1,
        max_size: int = 10,
        settings: Mapping[str, str] | None = None,
    ) -> Self:
        """Connect. Session state is only ever set inside a transaction: nothing is reset."""

        async def connect() -> asyncpg.Connection:
            return await asyncpg.connect(
                dsn,
                statement_cache_size=1000,
                max_cached_statement_lifetime=0,
                server_settings={**SESSION, **(settings or {})},
            )

        database = cls(connect, dsn, max_size)
        try:
            taken = [await database.take() for _ in range(min(min_size, max_size))]
        except (OSError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError) as error:
            await database.close()
            raise unreachable(error) from error
        for connection in taken:
            database.give(connection)
        return database

    async def take(self) -> asyncpg.Connection:
        """A connection, which must be given back; waits while all are in use."""
        while True:
            if self._closed:
                raise asyncpg.InterfaceError("the pool is closed")
            while self._idle:
                connection = self._idle.pop()
                if not connection.is_closed():
                    return connection
                self._size -= 1
            if self._size < self._most:
                return await self._opened()
            await self._wait()

    async def _opened(self) -> asyncpg.Connection:
        self._size += 1
        try:
            return await self._connect()
        except BaseException:
            self._size -= 1
            self._wake()
            raise

    async def _wait(self) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._wake()  # it was this one's turn: the next may have it
            raise

    def _wake(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return

    def give(self, connection: asyncpg.Connection, *, broken: bool = False) -> None:
        """Give a connection back; a ``broken`` one is closed."""
        if broken or self._closed or connection.is_closed() or connection.is_in_transaction():
            connection.terminate()
            self._size -= 1
            if not self._size:
                self._all_back.set()
        else:
            self._idle.append(connection)
        if self._waiting:
            self._wake()

    async def close(self) -> None:
        """Close every connection; those in use are closed when they come back."""
        self._closed = True
        while self._waiting:
            self._wake()
        while self._idle:
            connection = self._idle.pop()
            self._size -= 1
            await connection.close()
        self._all_back.clear()
        if self._size:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._all_back.wait(), CLOSE_WITHIN)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    @asynccontextmanager
    async def acquire(self) -> AsyncGenerator[Connection]:
        """Take a connection for the length of the block; statements commit one by one."""
        connection = await self.take()
        broken = False
        try:
            yield connection
        except BaseException as error:
            broken = _breaks(error)
            raise
        finally:
            self.give(connection, broken=broken)

    @asynccontextmanager
    async def transaction(self, isolation: Isolation | None = None) -> AsyncGenerator[Connection]:
        """Take a connection in a transaction that commits when the block ends without error."""
        async with self.acquire() as connection, connection.transaction(isolation=isolation):
            yield connection

    async def fetch(self, query: str, *args: Any) -> list[asyncpg.Record]:
        """Return all rows."""
        return await self._run(asyncpg.Connection.fetch, query, args)

    async def fetchrow(self, query: str, *args: Any) -> asyncpg.Record | None:
        """Return the first row."""
        return await self._run(asyncpg.Connection.fetchrow, query, args)

    async def fetchval(self, query: str, *args: Any) -> Any:
        """Return the first column of the first row."""
        return await self._run(asyncpg.Connection.fetchval, query, args)

    async def execute(self, query: str, *args: Any) -> str:
        """Run a statement; return its command tag."""
        return await self._run(asyncpg.Connection.execute, query, args)

    async def _run(
        self, how: Callable[..., Awaitable[Any]], query: str, args: tuple[Any, ...]
    ) -> Any:
        connection = await self.take()
        broken = False
        try:
            return await how(connection, query, *args)
        except BaseException as error:
            broken = _breaks(error)
            raise
        finally:
            self.give(connection, broken=broken)


def _breaks(error: BaseException) -> bool:
    """Whether a connection can have suffered: told to end, cancelled, out of step."""
    if isinstance(error, asyncpg.PostgresError):
        return getattr(error, "severity_en", "") != "ERROR"
    return isinstance(error, _BREAKING)


def unreachable(error: BaseException) -> Unavailable:
    """Return the refusal for a database that does not answer."""
    return Unavailable(
        Issue(
            "transient",
            "The database does not answer now. Try again in a moment;"
            f" an administrator can run `xinglin doctor` ({type(error).__name__}).",
            "数据库暂时没有响应，请稍后重试；"
            f"管理员可运行 `xinglin doctor`（{type(error).__name__}）。",
        ),
        headers={"Retry-After": "2"},
    )
