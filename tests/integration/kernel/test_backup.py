"""Backup, restore to a moment, and the move from an older PostgreSQL, on real servers."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from xinglin.kernel.backup import back_up, backups, restore, upgrade_data
from xinglin.kernel.database import Database, Installation, initialise, migrate
from xinglin.kernel.embedded import Server, binaries
from xinglin.kernel.embedded.cluster import UPGRADE, Cluster
from xinglin.kernel.embedded.runtime import external
from xinglin.kernel.embedded.server import running
from xinglin.kernel.errors import Conflict, Invalid, NotFound
from xinglin.kernel.feed import Consumer

SMALL = {"fsync": "off", "shared_buffers": "16MB", "max_connections": "20"}
OLD = Path("/usr/lib/postgresql/15/bin")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(SMALL)
    yield server
    server.stop("immediate")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter: PostgreSQL 15 walks to its files from the root."""
    folder = Path("/tmp") / f"xl-backup-{os.getpid()}"  # noqa: S108
    folder.mkdir(mode=0o755)
    yield folder
    shutil.rmtree(folder)


async def write(dsn: str, rid: int) -> datetime:
    """Write a change; return the database's time after it was committed."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(
            "insert into change (node, type, rid, ver, op, at) values (1, 1, $1, 1, 'C', now())",
            rid,
        )
        return await connection.fetchval("select clock_timestamp()") + timedelta(milliseconds=1)
    finally:
        await connection.close()


async def flush(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute("select pg_switch_wal()")
    wanted = "select last_archived_wal from pg_stat_archiver"
    before = await connection.fetchval(wanted)
    for _ in range(200):
        if await connection.fetchval(wanted) != before:
            break
        await asyncio.sleep(0.05)
    await connection.close()


async def rids(dsn: str) -> list[int]:
    connection = await asyncpg.connect(dsn)
    rows = await connection.fetch("select rid from change order by rid")
    await connection.close()
    return [row["rid"] for row in rows]


async def installation(dsn: str) -> Installation:
    connection = await asyncpg.connect(dsn)
    try:
        return await Installation.load(connection)
    finally:
        await connection.close()


async def test_a_backup_is_restored_to_a_moment(server: Server, tmp_path: Path):
    dsn = server.start(tmp_path / "data")
    await migrate(dsn)
    before = await initialise(dsn)
    await write(dsn, 1)
    made = await asyncio.to_thread(back_up, tmp_path / "data", tmp_path / "backups")
    assert server.ready()
    moment = await write(dsn, 2)
    await write(dsn, 3)
    await flush(dsn)
    assert backups(tmp_path / "backups") == [made]
    assert made.bytes > 1_000_000

    folder = Path(made.folder)
    await asyncio.to_thread(restore, folder, tmp_path / "moment", moment)
    await asyncio.to_thread(restore, folder, tmp_path / "all")
    for name, wanted in (("moment", [1, 2]), ("all", [1, 2, 3])):
        other = Server(SMALL)
        try:
            there = other.start(tmp_path / name)
            assert await rids(there) == wanted
            after = await installation(there)
            assert (after.node, after.hash_key) == (before.node, before.hash_key)
            assert after.epoch != before.epoch
            # Numbers given away after the moment are not given again.
            await write(there, 9)
            connection = await asyncpg.connect(there)
            assert await connection.fetchval("select max(seq) from change") > 1 << 22
            await connection.close()
            with pytest.raises(asyncpg.InvalidPasswordError):
                await asyncpg.connect(there.replace(Cluster.at(tmp_path / name).password(), "x"))
        finally:
            other.stop("immediate")

    with pytest.raises(Conflict, match="already holds"):
        restore(folder, tmp_path / "all")
    with pytest.raises(Invalid, match="before the end of this backup"):
        restore(folder, tmp_path / "early", made.begun)
    with pytest.raises(Invalid, match="does not reach"):
        await asyncio.to_thread(
            restore, folder, tmp_path / "late", datetime.now(UTC) + timedelta(hours=1)
        )
    assert not (tmp_path / "late" / "postgres").exists()


def test_what_is_no_backup_or_no_database_is_refused(tmp_path: Path):
    with pytest.raises(NotFound, match="no finished backup"):
        restore(tmp_path, tmp_path / "data")
    with pytest.raises(NotFound, match="no embedded database"):
        back_up(tmp_path / "data", tmp_path / "backups")
    with pytest.raises(NotFound, match="no embedded database"):
        upgrade_data(tmp_path / "data")
    assert backups(tmp_path) == []


async def test_a_backup_can_be_made_while_nothing_runs(server: Server, tmp_path: Path):
    dsn = server.start(tmp_path / "data")
    await migrate(dsn)
    await initialise(dsn)
    server.stop()
    made = await asyncio.to_thread(back_up, tmp_path / "data", tmp_path / "backups")
    assert made.node == 1
    assert running(Cluster.at(tmp_path / "data")) is None


def test_there_is_nothing_to_upgrade(server: Server, tmp_path: Path):
    server.start(tmp_path)
    with pytest.raises(Conflict, match="nothing to do"):
        upgrade_data(tmp_path)


@pytest.mark.skipif(not OLD.exists(), reason="needs the programs of PostgreSQL 15 (postgresql-15)")
async def test_data_of_an_older_version_is_carried_over(open_folder: Path):
    tmp_path = open_folder / "old"
    old = Server(SMALL, programs=external(OLD))
    try:
        dsn = old.start(tmp_path)
        await migrate(dsn)
        before = await initialise(dsn)
        for rid in (1, 2, 3):
            await write(dsn, rid)
        async with await Database.open(dsn) as db, Consumer("a", db).poll(limit=2) as batch:
            assert [change.rid for change in batch.changes] == [1, 2]
        with pytest.raises(Conflict, match="is running"):
            upgrade_data(tmp_path)
    finally:
        old.stop()
    with pytest.raises(Conflict, match="upgrade-data"):
        Server(SMALL).start(tmp_path)
    with pytest.raises(NotFound, match="--old-bin"):
        upgrade_data(tmp_path, tmp_path)

    kept = await asyncio.to_thread(upgrade_data, tmp_path)

    assert (kept / "data" / "PG_VERSION").read_text() == "15\n"
    assert not (tmp_path / UPGRADE).exists()
    new = Server(SMALL)
    try:
        dsn = new.start(tmp_path)
        after = await installation(dsn)
        assert after.hash_key == before.hash_key
        assert after.epoch != before.epoch
        # The feed goes on where it was: what was read is not read again, what is new is seen.
        await write(dsn, 4)
        async with await Database.open(dsn) as db, Consumer("a", db).poll() as batch:
            assert batch.restored
            assert [change.rid for change in batch.changes] == [3, 4]
    finally:
        new.stop("immediate")
    assert Cluster.at(tmp_path).major() == binaries().major


def test_an_upgrade_that_was_cut_off_between_the_renames_is_completed(
    server: Server, tmp_path: Path
):
    server.start(tmp_path)
    server.stop()
    (tmp_path / UPGRADE).mkdir()
    (tmp_path / "postgres").rename(tmp_path / UPGRADE / "postgres")
    server.start(tmp_path)
    assert server.ready()
    assert (tmp_path / "postgres").exists()
