"""Base backups of the embedded server, and the log that is archived from the first one on.

PostgreSQL 18, sections 25.3.1 (archiving) and 25.3.2 (base backup); pg_basebackup.
"""

from __future__ import annotations

import asyncio
import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import asyncpg
import msgspec

from xinglin.kernel.backup import trouble
from xinglin.kernel.backup.session import existing, run, serving
from xinglin.kernel.embedded import binaries

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from xinglin.kernel.embedded import Binaries
    from xinglin.kernel.embedded.cluster import Cluster

_DESCRIPTION = "xinglin.json"
_PARTIAL = ".partial"


class Backup(msgspec.Struct, frozen=True):
    """One finished backup, as its description says."""

    folder: str
    postgres: int
    node: int
    epoch: str
    begun: datetime
    finished: datetime
    bytes: int
    archive: str


def back_up(data_dir: Path, target: Path, say: Callable[[str], None] = lambda _: None) -> Backup:
    """Copy the database into a new folder below ``target`` while it is in use.

    From the first backup on the write-ahead log is archived beside the cluster, so that any moment
    after a backup can be restored. The copy is verified before it gets its name.
    """
    cluster = existing(data_dir)
    programs = binaries()
    target.mkdir(parents=True, exist_ok=True)
    begun = datetime.now(UTC)
    work = target / f"{begun:%Y%m%dT%H%M%SZ}{_PARTIAL}"
    try:
        with serving(data_dir, programs) as dsn:
            start_archiving(cluster)
            say("copying / 复制")
            _copy(cluster, programs, work)
            node, epoch = asyncio.run(_after(dsn))
        say("verifying / 校验")
        run([programs["pg_verifybackup"], "--no-parse-wal", "--quiet", str(work)], cluster)
        return _finish(
            work,
            Backup(
                folder=str(work.with_suffix("")),
                postgres=programs.major,
                node=node,
                epoch=epoch,
                begun=begun,
                finished=datetime.now(UTC),
                bytes=sum(path.stat().st_size for path in work.iterdir()),
                archive=str(cluster.archive),
            ),
        )
    finally:
        shutil.rmtree(work, ignore_errors=True)


def start_archiving(cluster: Cluster) -> None:
    """Keep finished log files from now on (see ``embedded.server.ARCHIVE``)."""
    switch = cluster.archive / "on"
    if not switch.exists():
        switch.touch(mode=0o600)
        cluster.owner.take(switch)


def backups(target: Path) -> list[Backup]:
    """Return the finished backups below a folder, oldest first."""
    return [read(path.parent) for path in sorted(target.glob(f"*/{_DESCRIPTION}"))]


def read(folder: Path) -> Backup:
    """Return the description of a backup, or refuse."""
    try:
        return msgspec.json.decode((folder / _DESCRIPTION).read_bytes(), type=Backup)
    except (OSError, msgspec.MsgspecError) as error:
        raise trouble.no_backup(folder) from error


def _copy(cluster: Cluster, programs: Binaries, work: Path) -> None:
    run(
        [
            programs["pg_basebackup"],
            f"--pgdata={work}",
            "--format=tar",
            "--gzip",
            "--compress=client-gzip:1",
            "--wal-method=stream",
            "--checkpoint=fast",
            "--no-password",
        ],
        cluster,
    )


async def _after(dsn: str) -> tuple[int, str]:
    connection = await asyncpg.connect(dsn)
    try:
        # What was committed up to now reaches the archive.
        await connection.execute("select pg_switch_wal()")
        row = await connection.fetchrow("select node, epoch from installation")
        return (row["node"], str(row["epoch"])) if row else (0, "")
    finally:
        await connection.close()


def _finish(work: Path, backup: Backup) -> Backup:
    (work / _DESCRIPTION).write_bytes(msgspec.json.format(msgspec.json.encode(backup), indent=2))
    work.rename(backup.folder)
    return backup
