"""A chain on a fresh database, its heads in a folder, and a superuser's hand in the table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from xinglin.kernel.clock import SystemClock
from xinglin.kernel.settings import AuditSettings
from xinglin.trust.audit import Event, Trail, chain, heads, keys, queries
from xinglin.trust.audit.verify import Report, verify

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from xinglin.kernel.database import Database

CHAIN = 1000


async def opened(db: Database, data: Path, **settings: str) -> Trail:
    return await Trail.open(db, 1, SystemClock(), data, AuditSettings(**settings))


def read_of(number: int) -> Event:
    """An event as the endpoint makes it."""
    return Event(
        "read", request=f"r-{number}", account=7, actor="zhang", type="Patient", id=f"p{number}"
    )


async def verified(db: Database, data: Path, *more: Path) -> Report:
    keys = heads.public_keys((data / "keys").glob("audit.p*"))
    folders = [data / heads.FOLDER, *more]
    return await verify(db, [head for folder in folders for head in heads.read(folder)], keys)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path


@pytest_asyncio.fixture
async def written(db: Database, data: Path) -> None:
    """Twenty reads between start (row 1) and stop (row 22), in two signed heads and more."""
    trail = await opened(db, data)
    for number in range(20):
        await trail.record(read_of(number))
    await trail.close()


class Superuser:
    """Lifts the second wall and does as he likes."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def does(self, sql: str, *args: Any) -> None:
        async with self._db.transaction() as connection:
            await connection.execute("alter table audit disable trigger all")
            await connection.execute(sql, *args)
            await connection.execute("alter table audit enable always trigger audit_append_only")

    async def rows(self) -> list[chain.Row]:
        segments = await self._db.fetch(
            "select entries from audit where writer = $1 order by seq", CHAIN
        )
        lines = (line for one in segments for line in one["entries"].split("\n"))
        return [chain.read(line) for line in lines]

    async def hashes_anew(self, change: Callable[[list[Event]], list[Event]]) -> None:
        """Writes the whole chain again, as if it had always been so."""
        rows = await self.rows()
        times = [row.at for row in rows]
        before = [row.event for row in rows]
        after = change(list(before))
        await self.does("delete from audit where writer = $1", CHAIN)
        link = chain.genesis(CHAIN)
        for seq, event in enumerate(after, 1):
            at = times[before.index(event)] if event in before else times[min(seq, len(times)) - 1]
            entry = chain.canonical(CHAIN, seq, at, event)
            link = chain.Link(seq, chain.following(link.hash, entry))
            segment = queries.Segment(seq, seq, at, keys.of([event]), link.hash, entry, [])
            await queries.append(self._db, CHAIN, segment)


@pytest_asyncio.fixture
async def superuser(db: Database) -> AsyncIterator[Superuser]:
    yield Superuser(db)
