"""The pool, the migrations and the installation row, on a real server."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg
import pytest

from xinglin.kernel.database import (
    Database,
    Installation,
    initialise,
    migrate,
    migrations,
    on_database,
)
from xinglin.kernel.errors import Conflict, Invalid, Unavailable


async def test_each_test_has_a_fresh_migrated_database(db: Database):
    assert await db.fetchval("select count(*) from resource") == 0
    assert await db.fetchval("select min(number) from migration") == 1


async def test_an_error_rolls_the_transaction_back(db: Database):
    with pytest.raises(RuntimeError):
        async with db.transaction() as tx:
            await tx.execute("create table t (n int)")
            raise RuntimeError
    assert await db.fetchval("select to_regclass('t')") is None


async def test_plans_are_generic_and_no_reset_is_sent(db: Database):
    assert await db.fetchval("show plan_cache_mode") == "force_generic_plan"
    async with db.acquire() as one:
        await one.execute("create temporary table kept (n int)")
        pid = one.get_server_pid()
    async with db.acquire() as two:
        assert two.get_server_pid() == pid
        assert await two.fetchval("select count(*) from kept") == 0


async def test_the_installation_is_written_once(dsn: str, db: Database):
    async with db.acquire() as one:
        before = await Installation.load(one)
    after = await initialise(dsn, node=7, timezone="Europe/Berlin")
    assert after == before
    assert after.base == 1 << 41


@pytest.mark.parametrize(("node", "zone"), [(0, "UTC"), (1024, "UTC"), (1, "Mars/Olympus")])
async def test_a_wrong_node_or_zone_is_refused(dsn: str, node: int, zone: str):
    with pytest.raises(Invalid):
        await initialise(dsn, node=node, timezone=zone)


async def test_an_uninitialised_database_is_refused(db: Database):
    await db.execute("delete from installation")
    async with db.acquire() as one:
        with pytest.raises(Unavailable, match="xinglin up"):
            await Installation.load(one)


async def test_migrations_run_once_also_when_several_start_together(dsn: str, tmp_path: Path):
    (tmp_path / "0001_a.sql").write_text("create table a (n int);")
    (tmp_path / "0002_b.sql").write_text("alter table a add m int; insert into a values (1, 2);")
    async with await Database.open(dsn) as db:
        await db.execute("drop table migration")
        done = await asyncio.gather(*(migrate(dsn, tmp_path) for _ in range(4)))
        assert sorted(done) == [[], [], [], [1, 2]]
        assert await db.fetchval("select count(*) from a") == 1


async def test_a_failed_migration_leaves_nothing(dsn: str, tmp_path: Path):
    (tmp_path / "0001_a.sql").write_text("create table a (n int); select 1 / 0;")
    async with await Database.open(dsn) as db:
        await db.execute("drop table migration")
        with pytest.raises(asyncpg.DivisionByZeroError):
            await migrate(dsn, tmp_path)
        assert await db.fetchval("select to_regclass('a')") is None
        assert await db.fetchval("select count(*) from migration") == 0


async def test_an_edited_missing_or_newer_migration_is_refused(dsn: str, tmp_path: Path):
    for one in migrations():
        (tmp_path / f"{one.number:04d}_{one.name}.sql").write_text(one.sql)
    assert await migrate(dsn, tmp_path) == []
    (tmp_path / "0001_core.sql").write_text("select 1;")
    with pytest.raises(Conflict, match="0001_core.sql differs"):
        await migrate(dsn, tmp_path)
    (tmp_path / "0001_core.sql").unlink()
    with pytest.raises(Conflict, match="without gap"):
        await migrate(dsn, tmp_path)
    with pytest.raises(Conflict, match="newer release"):
        await migrate(dsn, tmp_path / "nothing")


async def test_a_database_that_does_not_answer_is_unavailable(tmp_path: Path):
    with pytest.raises(Unavailable) as refused:
        await Database.open(f"postgresql://nobody@/x?host={tmp_path}")
    assert refused.value.headers["Retry-After"] == "2"


def test_on_database_changes_the_path_only():
    dsn = "postgresql://u:p@/a?host=%2Ftmp%2Fx&port=5432"
    assert on_database(dsn, "b") == "postgresql://u:p@/b?host=%2Ftmp%2Fx&port=5432"
