"""Connections to PostgreSQL, pooled.

asyncpg; PostgreSQL 18, section 19.11.1 for the session settings.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Literal, Self

import asyncpg

from xinglin.kernel.errors import Issue, Unavailable

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping
    from types import TracebackType

    from asyncpg.pool import PoolConnectionProxy

    Connection = asyncpg.Connection | PoolConnectionProxy
else:
    Connection = asyncpg.Connection

Isolation = Literal["read_committed", "repeatable_read", "serializable"]

SESSION: Mapping[str, str] = {
    "application_name": "xinglin",
    "timezone": "UTC",
    "jit": "off",
    # Planning anew costs 370 µs a search; every statement is written to be good generically.
    "plan_cache_mode": "force_generic_plan",
    # A client that died must not hold locks, or the feed back, for ever.
    "idle_in_transaction_session_timeout": "60s",
}


class Database:
    """A pool of connections to one database."""

    def __init__(self, pool: asyncpg.Pool, dsn: str) -> None:
        self._pool = pool
        self.dsn = dsn

    @classmethod
    async def open(
        cls,
        dsn: str,
        min_size: int = 1,
        max_size: int = 10,
        settings: Mapping[str, str] | None = None,
    ) -> Self:
        """Connect. Session state is only ever set inside a transaction: nothing is reset."""
        try:
            pool = await asyncpg.create_pool(
                dsn,
                min_size=min_size,
                max_size=max_size,
                reset=_keep,
                statement_cache_size=1000,
                max_cached_statement_lifetime=0,
                server_settings={**SESSION, **(settings or {})},
            )
        except (OSError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError) as error:
            raise unreachable(error) from error
        return cls(pool, dsn)

    async def close(self) -> None:
        """Close every connection, waiting for those in use."""
        await self._pool.close()

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
        async with self._pool.acquire() as connection:
            yield connection

    @asynccontextmanager
    async def transaction(self, isolation: Isolation | None = None) -> AsyncGenerator[Connection]:
        """Take a connection in a transaction that commits when the block ends without error."""
        async with self._pool.acquire() as connection, connection.transaction(isolation=isolation):
            yield connection

    async def fetch(self, query: str, *args: Any) -> list[asyncpg.Record]:
        """Return all rows."""
        return await self._pool.fetch(query, *args)

    async def fetchrow(self, query: str, *args: Any) -> asyncpg.Record | None:
        """Return the first row."""
        return await self._pool.fetchrow(query, *args)

    async def fetchval(self, query: str, *args: Any) -> Any:
        """Return the first column of the first row."""
        return await self._pool.fetchval(query, *args)

    async def execute(self, query: str, *args: Any) -> str:
        """Run a statement; return its command tag."""
        return await self._pool.execute(query, *args)


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


async def _keep(connection: object) -> None:
    """Reset nothing."""
