"""The change feed under real concurrent transactions."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest
import pytest_asyncio

from xinglin.kernel.database import (
    Connection,
    Database,
    clone,
    create_template,
    drop,
    on_database,
)
from xinglin.kernel.embedded import Server
from xinglin.kernel.embedded.server import THROWAWAY
from xinglin.kernel.feed import BEGINNING, Change, Consumer, Listener, Notifier, Runner, end, lag
from xinglin.kernel.feed import reading as reading_module
from xinglin.kernel.feed.notify import CHANNEL

WRITE = "insert into change (node, type, rid, ver, op, at) values (1, $1, $2, $3, $4, now())"


# A server of its own: transaction numbers belong to the whole cluster, so that a transaction of a
# test beside this one would hold the feed back.
@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = Server(THROWAWAY)
    dsn = on_database(server.start(tmp_path_factory.mktemp("feed")), "postgres")
    asyncio.run(create_template(dsn, "template_feed"))
    yield dsn
    server.stop("immediate")


@pytest_asyncio.fixture
async def dsn(own_server: str) -> AsyncIterator[str]:
    name = f"feed_{uuid.uuid4().hex}"
    yield await clone(own_server, "template_feed", name)
    await drop(own_server, name)


async def write(where: Connection | Database, rid: int, ver: int, op: str = "U", kind: int = 1):
    await where.execute(WRITE, kind, rid, ver, op.encode())


async def read(consumer: Consumer, limit: int = 500) -> list[tuple[int, int]]:
    async with consumer.poll(limit) as batch:
        return [(change.rid, change.ver) for change in batch.changes]


async def read_all(consumer: Consumer, limit: int = 500) -> list[tuple[int, int]]:
    seen: list[tuple[int, int]] = []
    more = True
    while more:
        async with consumer.poll(limit) as batch:
            seen += [(change.rid, change.ver) for change in batch.changes]
            more = batch.more
    return seen


async def test_a_change_is_seen_once(db: Database):
    consumer = Consumer("a", db)
    assert await read(consumer) == []
    await write(db, 10, 1)
    await write(db, 11, 1)
    assert await read(consumer) == [(10, 1), (11, 1)]
    assert await read(consumer) == []
    assert await read(Consumer("a", db)) == []
    assert await read(Consumer("b", db)) == [(10, 1), (11, 1)]


async def test_a_late_commit_is_not_missed(db: Database):
    consumer = Consumer("a", db)
    async with db.acquire() as slow:
        late = slow.transaction()
        await late.start()
        await write(slow, 1, 1)
        await write(db, 2, 1)  # a higher sequence number, committed before
        assert await read(consumer) == []
        await late.commit()
    assert await read(consumer) == [(1, 1), (2, 1)]


async def test_a_transaction_that_got_its_sequence_number_late_is_not_missed(db: Database):
    consumer = Consumer("a", db)
    async with db.acquire() as slow:
        late = slow.transaction()
        await late.start()
        await slow.fetchval("select pg_current_xact_id()")
        await write(db, 2, 1)
        assert await read(consumer) == []
        await write(slow, 1, 1)  # lower xid, higher seq
        await late.commit()
    assert await read(consumer) == [(1, 1), (2, 1)]


async def test_effects_and_cursor_commit_together(db: Database):
    await db.execute("create table effect (rid bigint, ver int, primary key (rid, ver))")
    consumer = Consumer("a", db)
    await write(db, 1, 1)
    with pytest.raises(RuntimeError):
        async with consumer.poll() as batch:
            assert batch.connection is not None
            await batch.connection.execute("insert into effect values (1, 1)")
            raise RuntimeError
    assert await db.fetchval("select count(*) from effect") == 0
    async with consumer.poll() as batch:
        assert batch.connection is not None
        await batch.connection.execute("insert into effect values (1, 1)")
    assert await db.fetchval("select count(*) from effect") == 1
    assert await read(consumer) == []


async def inverted(db: Database, rid: int) -> None:
    """Let a transaction with the lower number write the higher version."""
    async with db.acquire() as one, db.acquire() as two:
        first, second = one.transaction(), two.transaction()
        await first.start()
        await one.fetchval("select pg_current_xact_id()")
        await second.start()
        await write(two, rid, 2)
        await second.commit()
        await write(one, rid, 3)
        await first.commit()


async def test_versions_come_in_order_although_transactions_do_not(db: Database):
    await write(db, 7, 1)
    await inverted(db, 7)
    rows = await db.fetch("select ver from change order by xid, seq")
    assert [row["ver"] for row in rows] == [1, 3, 2]
    assert await read(Consumer("a", db)) == [(7, 1), (7, 2), (7, 3)]


@pytest.mark.parametrize("restart", [False, True])
async def test_versions_come_in_order_also_across_batches(db: Database, restart: bool):
    await inverted(db, 7)
    await write(db, 8, 1)
    consumer = Consumer("a", db)
    assert await read(consumer, limit=1) == [(7, 2), (7, 3)]
    if restart:
        consumer = Consumer("a", db)
    assert await read_all(consumer, limit=1) == [(8, 1)]


async def test_versions_come_in_order_although_a_third_transaction_holds_one_back(db: Database):
    async with db.acquire() as one, db.acquire() as between, db.acquire() as two:
        first, third, second = one.transaction(), between.transaction(), two.transaction()
        for tx, connection in ((first, one), (third, between), (second, two)):
            await tx.start()
            await connection.fetchval("select pg_current_xact_id()")
        await write(two, 7, 1)
        await second.commit()
        await write(one, 7, 2)
        await first.commit()
        consumer = Consumer("a", db)
        assert await read(consumer) == [(7, 1), (7, 2)]
        await write(between, 8, 1)
        await third.commit()
    assert await read(consumer) == [(8, 1)]


async def test_a_lower_version_that_comes_too_late_is_dropped(
    db: Database, monkeypatch: pytest.MonkeyPatch
):
    async def none(*_: object) -> list[Change]:
        return []

    monkeypatch.setattr(reading_module, "stragglers", none)
    await inverted(db, 7)
    assert await read_all(Consumer("a", db), limit=1) == [(7, 3)]


async def test_one_of_several_processes_gets_the_batch(db: Database):
    await write(db, 1, 1)
    one, two = Consumer("a", db), Consumer("a", db)
    async with one.poll() as mine:
        assert len(mine.changes) == 1
        assert await read(two) == []
    assert await read(two) == []
    await write(db, 2, 1)
    assert await read(two) == [(2, 1)]
    assert await read(one) == []


async def test_types_and_transfers_are_filtered_but_passed(db: Database):
    await write(db, 1, 1, kind=5)
    await write(db, 2, 1, kind=6)
    await write(db, 2, 1, "O", kind=6)
    assert await read(Consumer("a", db, types={6})) == [(2, 1)]
    assert await read(Consumer("n", db, transfers=True)) == [(1, 1), (2, 1), (2, 1)]
    only = Consumer("none", db, types={9})
    assert await read(only) == []
    async with db.acquire() as connection:
        assert await lag(connection, await only.position()) == 0
        assert await lag(connection, BEGINNING) == 3


async def test_a_consumer_may_start_at_the_end(db: Database):
    await write(db, 1, 1)
    consumer = Consumer("a", db, start="end")
    assert await read(consumer) == []
    await write(db, 2, 1)
    assert await read(consumer) == [(2, 1)]


async def test_a_new_epoch_is_seen_once(db: Database):
    consumer = Consumer("a", db)
    await write(db, 1, 1)
    async with consumer.poll() as batch:
        assert not batch.restored
    await db.execute("update installation set epoch = $1", uuid.uuid4())
    with pytest.raises(RuntimeError):
        async with consumer.poll() as batch:
            assert batch.restored
            raise RuntimeError
    async with consumer.poll() as batch:
        assert batch.restored
        assert batch.changes == []
    async with consumer.poll() as batch:
        assert not batch.restored


async def test_an_idle_consumer_writes_nothing(db: Database):
    consumer = Consumer("a", db)
    await write(db, 1, 1)
    await read(consumer)
    before = await db.fetchval("select pg_snapshot_xmax(pg_current_snapshot())::text")
    for _ in range(5):
        assert await read(consumer) == []
    assert await db.fetchval("select pg_snapshot_xmax(pg_current_snapshot())::text") == before


async def test_many_writers_one_reader(db: Database):
    """Each version of each resource exactly once and in order, with every kind of overlap."""
    draw = random.Random(20261124)  # noqa: S311 - the same every time
    versions = dict.fromkeys(range(6), 0)
    locks = {rid: asyncio.Lock() for rid in versions}

    async def writer(number: int) -> None:
        for _ in range(12):
            rids = sorted(draw.sample(range(6), 2))
            async with db.acquire() as connection:
                tx = connection.transaction()
                await tx.start()
                if draw.random() < 0.5:
                    await connection.fetchval("select pg_current_xact_id()")
                # As row locks are: held until the commit, taken after the number.
                async with locks[rids[0]], locks[rids[1]]:
                    for rid in rids:
                        await write(connection, rid, versions[rid] + 1)
                        versions[rid] += 1
                    if draw.random() < 0.2:
                        await connection.execute("select pg_sleep(0.002)")
                    await tx.commit()

    writers = asyncio.gather(*(writer(number) for number in range(5)))
    seen: list[tuple[int, int]] = []
    consumer = Consumer("a", db)
    while not writers.done():
        seen += await read(consumer, limit=draw.choice([1, 2, 3, 50]))
        await asyncio.sleep(0)
    await writers
    seen += await read_all(consumer, limit=3)
    for rid, last in versions.items():
        assert [ver for one, ver in seen if one == rid] == list(range(1, last + 1))


async def test_notifications_are_few_and_outside_of_writes(db: Database, dsn: str):
    heard = 0
    connection = await asyncpg.connect(dsn)

    def hear(*_: object) -> None:
        nonlocal heard
        heard += 1

    await connection.add_listener(CHANNEL, hear)
    notifier = Notifier(db)
    started = asyncio.get_running_loop().time()
    for _ in range(200):
        await write(db, 1, 1)
        notifier.committed()
    await notifier.close()
    passed = asyncio.get_running_loop().time() - started
    await connection.fetchval("select 1")
    assert 1 <= heard <= passed / 0.02 + 2
    await connection.close()


async def test_a_lost_notification_is_not_an_error(dsn: str, capsys: pytest.CaptureFixture[str]):
    db = await Database.open(dsn)
    await db.close()
    notifier = Notifier(db)
    notifier.committed()
    await notifier.close()
    assert "notification lost" in capsys.readouterr().out


async def test_a_runner_is_woken_and_survives_a_failing_handler(db: Database, dsn: str):
    got: asyncio.Queue[int] = asyncio.Queue()
    failures = [asyncpg.DeadlockDetectedError("once")]

    async def handler(batch):
        if failures:
            raise failures.pop()
        for change in batch.changes:
            got.put_nowait(change.rid)

    notifier = Notifier(db)
    async with Listener(dsn) as listener:
        await listener.listening.wait()
        runner = Runner(Consumer("a", db), db, listener, handler)
        task = asyncio.create_task(runner.run())
        for rid in (1, 2, 3):
            await write(db, rid, 1)
            notifier.committed()
            assert await asyncio.wait_for(got.get(), 10) == rid
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await notifier.close()


async def test_a_listener_that_is_cut_off_comes_back(
    db: Database, dsn: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("xinglin.kernel.feed.notify._RETRY", 0.01)
    async with Listener(dsn) as listener:
        await listener.listening.wait()
        event = listener.subscribe()
        event.clear()
        await db.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and query ilike 'listen%'"
        )
        await asyncio.wait_for(event.wait(), 10)
        event.clear()
        await db.execute("select pg_notify($1, '')", CHANNEL)
        await asyncio.wait_for(event.wait(), 10)


async def test_the_end_is_behind_everything(db: Database):
    await write(db, 1, 1)
    async with db.acquire() as connection:
        assert await lag(connection, await end(connection)) == 0
