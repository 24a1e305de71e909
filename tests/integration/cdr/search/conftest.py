"""One database for each module of search tests: they only read it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest_asyncio
from tests.conftest import TEMPLATE

from xinglin.kernel.database import Database, on_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import asyncpg

_count = 0


@pytest_asyncio.fixture(scope="module")
async def module_db(server_dsn: str, _admin: asyncpg.Connection) -> AsyncIterator[Database]:
    """A migrated database for one module."""
    global _count  # noqa: PLW0603 - one number per database of this process
    _count += 1
    name = f"s_{os.getpid()}_{_count}"
    await _admin.execute(f"create database {name} template {TEMPLATE} strategy file_copy")
    async with await Database.open(on_database(server_dsn, name), max_size=4) as database:
        yield database
    await _admin.execute(f"drop database {name} with (force)")
