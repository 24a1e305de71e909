"""The pool: connections are shared, waited for, replaced when broken, closed at the end."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from xinglin.kernel.database import Database

BROKEN = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)


async def pid(db: Database) -> int:
    return await db.fetchval("select pg_backend_pid()")


async def test_more_askers_than_connections_all_get_their_answer(dsn: str):
    async with await Database.open(dsn, max_size=2) as db:
        asked = [db.fetchval("select pg_sleep(0.01), $1::int", n) for n in range(20)]
        await asyncio.gather(*asked)
        assert len(set(await asyncio.gather(*(pid(db) for _ in range(20))))) <= 2


async def test_a_dead_connection_is_replaced(dsn: str, db: Database):
    async with await Database.open(dsn, max_size=1) as one:
        dead = await pid(one)
        await db.execute("select pg_terminate_backend($1)", dead)
        for _ in range(100):
            try:
                if await pid(one) != dead:
                    return
            except BROKEN:
                continue
        raise AssertionError("the dead connection is used for ever")


async def test_a_cancelled_statement_costs_its_connection_and_nothing_else(dsn: str):
    async with await Database.open(dsn, max_size=1) as db:
        before = await pid(db)
        asked = asyncio.create_task(db.fetchval("select pg_sleep(60)"))
        await asyncio.sleep(0.05)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        assert await pid(db) != before


async def test_who_is_cancelled_while_waiting_passes_the_turn_on(dsn: str):
    async with await Database.open(dsn, max_size=1) as db:
        held = await db.take()
        first = asyncio.create_task(pid(db))
        second = asyncio.create_task(pid(db))
        await asyncio.sleep(0)
        db.give(held)
        first.cancel()
        assert await second == held.get_server_pid()


async def test_an_open_transaction_is_not_handed_on(dsn: str):
    async with await Database.open(dsn, max_size=1) as db:
        before = await pid(db)
        async with db.acquire() as connection:
            await connection.execute("begin")
        assert await pid(db) != before


async def test_a_refused_connection_makes_room_for_the_next(dsn: str):
    async with await Database.open(dsn, max_size=1) as db:
        held = await db.take()
        held.terminate()
        db.give(held)
        good, db._connect = db._connect, refuse
        with pytest.raises(OSError, match="no"):
            await pid(db)
        db._connect = good
        assert await pid(db)


async def refuse() -> asyncpg.Connection:
    raise OSError("no")


async def test_closing_waits_for_what_is_in_use_and_refuses_what_comes_after(dsn: str):
    db = await Database.open(dsn, max_size=2)
    asked = asyncio.create_task(db.fetchval("select 1 from pg_sleep(0.1)"))
    await asyncio.sleep(0.02)
    await db.close()
    assert asked.done()
    assert await asked == 1
    with pytest.raises(asyncpg.InterfaceError):
        await db.fetchval("select 1")
