"""Restoring a backup into an empty directory, up to a moment.

PostgreSQL 18, section 25.3.5 (recovery) and 19.5.6 (recovery target).
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import uuid
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

from xinglin.kernel.backup import base, trouble
from xinglin.kernel.backup.session import existing
from xinglin.kernel.embedded import Server, binaries
from xinglin.kernel.embedded.cluster import USER, Cluster
from xinglin.kernel.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

# Numbers handed out after the moment restored to may be known elsewhere: they are not given again.
_GAP = 1 << 22
_SIGNAL = "recovery.signal"
_TRUST = "local all all trust\n"


def restore(
    folder: Path,
    data_dir: Path,
    until: datetime | None = None,
    archive: Path | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> base.Backup:
    """Restore a backup and the archived log after it, up to and with a moment (aware).

    The data directory must be empty. It gets a password of its own and a new epoch, which readers
    of the feed see; start the platform on it afterwards.
    """
    backup = base.read(folder)
    if until is not None and until <= backup.finished:
        raise trouble.too_early(until, backup.finished)
    if Cluster.at(data_dir).home.exists():
        raise trouble.not_empty(data_dir)
    log = archive or Path(backup.archive)
    try:
        say("unpacking / 解包")
        _unpack(folder, data_dir, log)
        say("replaying the log / 重放日志")
        _recover(data_dir, until)
    except BaseException:
        # Half a restore must not be taken for a whole one.
        shutil.rmtree(Cluster.at(data_dir).home, ignore_errors=True)
        raise
    return backup


def _unpack(folder: Path, data_dir: Path, log: Path) -> None:
    cluster = Cluster.at(data_dir)
    cluster.make_folders()
    cluster.pgdata.mkdir(mode=0o700)
    wal = cluster.pgdata / "pg_wal"
    for name, place in (("base.tar.gz", cluster.pgdata), ("pg_wal.tar.gz", wal)):
        command = ["tar", "-xzf", str(folder / name), "-C", str(place), "--no-same-owner"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise trouble.failed("tar", done.stderr)
    source = cluster.home / "replay"
    source.mkdir(mode=0o700)
    for path in log.iterdir() if log.is_dir() else ():
        if path.name != "on" and not path.name.startswith("."):
            shutil.copyfile(path, source / path.name)
    (cluster.pgdata / _SIGNAL).touch()
    (cluster.pgdata / "trust.conf").write_text(_TRUST)
    for path in (cluster.pgdata, *cluster.pgdata.rglob("*"), source, *source.iterdir()):
        path.chmod(0o700 if path.is_dir() else 0o600)
        cluster.owner.take(path)


def _recover(data_dir: Path, until: datetime | None) -> None:
    options = {
        "restore_command": "cp ../replay/%f %p",
        "recovery_target_action": "promote",
        # The socket's folder is open to the server's user alone: the password is set anew.
        "hba_file": f"{Cluster.at(data_dir).where()}/trust.conf",
        "archive_mode": "off",
    }
    if until is not None:
        options["recovery_target_time"] = until.astimezone(UTC).isoformat(sep=" ")
    server = Server(options, programs=binaries(), patience=24 * 3600)
    try:
        dsn = server.start(data_dir)
        asyncio.run(_begin_anew(dsn, existing(data_dir).password()))
    except (Refusal, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        said = existing(data_dir).log.read_text(errors="replace")
        if "before configured recovery target was reached" in said:
            raise trouble.too_late(said) from error
        raise
    finally:
        server.stop(patience=600)
    home = existing(data_dir).home
    (home / "data" / "trust.conf").unlink()
    shutil.rmtree(home / "replay")


async def _begin_anew(dsn: str, password: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        # "ready" comes with consistency; the rest of the log is replayed behind it.
        while await connection.fetchval("select pg_is_in_recovery()"):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        async with connection.transaction():
            await connection.execute(f"alter role {USER} password '{_quoted(password)}'")
            await connection.execute("update installation set epoch = $1", uuid.uuid4())
            for sequence in ("change_seq", "rid_seq"):
                await connection.execute(
                    f"select setval('{sequence}', last_value + {_GAP}) from {sequence}"
                )
    finally:
        await connection.close()


def _quoted(text: str) -> str:
    return text.replace("'", "''")
