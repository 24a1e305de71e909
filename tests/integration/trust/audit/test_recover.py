"""What a process began and did not end gets its end at the next start, once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest_asyncio
from tests.integration.trust.audit.conftest import opened, verified

from xinglin.cdr.access import Access
from xinglin.cdr.assembly import assemble
from xinglin.kernel.clock import SystemClock
from xinglin.kernel.errors import Unavailable
from xinglin.trust.audit import Event, Trail, chain

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from xinglin.cdr.repository import Repository
    from xinglin.kernel.database import Database


@pytest_asyncio.fixture
async def repository(db: Database) -> AsyncIterator[Repository]:
    assembly = await assemble(db, SystemClock())
    yield assembly.repository
    await assembly.repository.close()


async def crash(trail: Trail) -> None:
    """Nothing more is written: no end, no stop, no head."""
    trail._stop.set()
    await trail._anchoring
    await trail._watching
    trail.writer._task.cancel()  # type: ignore[union-attr]
    await trail.writer._disconnect()


async def ends(db: Database) -> list[Event]:
    rows = await db.fetch("select entries from audit order by at")
    events = [chain.read(line).event for row in rows for line in row["entries"].split("\n")]
    return [event for event in events if event.phase == "e"]


def begun(request: str, **more: Any) -> Event:
    return Event("create", 0, "b", request, account=7, actor="zhang", type="Patient", **more)


async def test_a_change_that_was_cut_off(db: Database, data: Path, repository: Repository) -> None:
    trail = await opened(db, data)
    await trail.record(begun("r-1"))
    made = await repository.create(Access.local(), "Patient", {"resourceType": "Patient"})
    await crash(trail)
    again = await opened(db, data)
    (end,) = await ends(db)
    assert (end.request, end.actor, end.status, end.count) == ("r-1", "zhang", 0, 1)
    assert f"Patient/{made.id}/_history/1" in end.note
    assert len(end.patients) == 1
    await crash(again)
    third = await opened(db, data)
    assert len(await ends(db)) == 1
    await third.close()
    assert (await verified(db, data)).fine


async def test_nothing_came_of_it(db: Database, data: Path) -> None:
    trail = await opened(db, data)
    await trail.record(begun("r-1"))
    await trail.record(begun("r-2"))
    await trail.record(Event("create", 403, "e", "r-2"))
    await crash(trail)
    await (await opened(db, data)).close()
    refused, cut_off = await ends(db)
    assert refused.status == 403
    assert cut_off.request == "r-1"
    assert "nothing came of it" in cut_off.note


async def test_a_chain_that_nobody_takes_up_again(db: Database, data: Path) -> None:
    first, second = await opened(db, data), await opened(db, data)
    assert (first.writer.number, second.writer.number) == (1000, 1001)
    await second.record(begun("r-2"))
    await crash(second)
    third = await opened(db, data)  # takes the second chain up
    assert third.writer.number == 1001
    await third.record(begun("r-3"))
    await crash(third)
    await first.close()
    alone = await opened(db, data)
    assert alone.writer.number == 1000
    assert sorted(event.request for event in await ends(db)) == ["r-2", "r-3"]
    await alone.close()


async def test_a_row_that_cannot_be_written_stops_no_other(db: Database, data: Path) -> None:
    trail = await opened(db, data)
    trail.writer.running = lambda: 3
    good, bad, other = await asyncio.gather(
        trail.record(Event("read", id="1", type="Basic")),
        trail.record(Event("read", note="\ud800")),
        trail.record(Event("read", id="2", type="Basic")),
        return_exceptions=True,
    )
    assert (good, other) == (None, None)
    assert isinstance(bad, Unavailable)
    await trail.record(Event("read", id="3", type="Basic"))
    await trail.close()
    assert (await verified(db, data)).fine
