"""Identifiers: RFC 9562 and the layout of resource numbers."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from xinglin.kernel.clock import FixedClock, SystemClock
from xinglin.kernel.database import Database
from xinglin.kernel.ids import RidAllocator, Uuid7, uuid7

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_uuid7_is_a_version_7_uuid_of_its_time():
    value = uuid.UUID(uuid7(FixedClock(NOON)))
    assert value.version == 7
    assert value.variant == uuid.RFC_4122
    assert value.int >> 80 == int(NOON.timestamp() * 1000)


def test_uuid7_ascends_in_one_millisecond_and_when_the_clock_steps_back():
    clock = FixedClock(NOON)
    make = Uuid7(clock)
    made = [make() for _ in range(1000)]
    clock.advance(timedelta(seconds=-5))
    made += [make() for _ in range(1000)]
    clock.advance(timedelta(seconds=10))
    made.append(make())
    assert made == sorted(made)
    assert len(set(made)) == 2001


def test_uuid7_follows_the_system_clock_by_default():
    before = SystemClock().now().timestamp()
    at = (uuid.UUID(uuid7()).int >> 80) / 1000
    assert abs(at - before) < 5


def test_a_clock_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="aware"):
        FixedClock(datetime(2026, 1, 1))  # noqa: DTZ001


async def test_rids_carry_the_node_and_never_repeat(db: Database):
    one, two = RidAllocator(3), RidAllocator(3)

    async def take(allocator: RidAllocator, count: int) -> list[int]:
        async with db.acquire() as connection:
            return await allocator.take(connection, count)

    batches = await asyncio.gather(
        *(take(allocator, count) for allocator in (one, two) for count in (1, 63, 0, 200, 5, 64))
    )
    rids = [rid for batch in batches for rid in batch]
    assert len(set(rids)) == len(rids) == 2 * 333
    assert {rid >> 41 for rid in rids} == {3}
    assert all(batch == sorted(batch) for batch in batches)


async def test_a_block_serves_many_takes_with_one_question(db: Database):
    allocator = RidAllocator(1)
    async with db.acquire() as connection:
        taken = [await allocator.take(connection, 1) for _ in range(64)]
        assert await connection.fetchval("select last_value from rid_seq") == 64
    assert [one[0] - (1 << 41) for one in taken] == list(range(64, 128))
