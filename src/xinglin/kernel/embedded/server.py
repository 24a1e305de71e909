"""Starting and stopping the embedded PostgreSQL server.

PostgreSQL 18, sections 18.3 (starting) and 18.5 (shutting down).
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xinglin.kernel.embedded.cluster import Cluster
from xinglin.kernel.embedded.owner import dies_with_parent
from xinglin.kernel.embedded.runtime import Binaries, binaries
from xinglin.kernel.embedded.trouble import start_failed, start_slow

if TYPE_CHECKING:
    from collections.abc import Mapping

# Runs in the data directory. Without the file `on`, which the first backup makes, finished log is
# not kept; with it, a file is in the archive under its name only when it is whole and on disk.
ARCHIVE = (
    "test ! -e ../archive/on || cmp -s %p ../archive/%f || "
    "{ test ! -e ../archive/%f && cp %p ../archive/.%f && sync ../archive/.%f && "
    "mv ../archive/.%f ../archive/%f; }"
)
OPTIONS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "archive_mode": "on",
    "archive_command": ARCHIVE,
    "archive_timeout": "5min",
    "wal_compression": "pglz",
    "random_page_cost": "1.1",
    "jit": "off",
    # A failing statement would otherwise put patient data into the log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
# For throw-away clusters of tests: a crash of the machine may lose them.
THROWAWAY: Mapping[str, str] = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "archive_mode": "off",
    "max_wal_senders": "0",
    "shared_buffers": "128MB",
    "max_connections": "300",
}
_MODES = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}


class Server:
    """One embedded server; ``start`` gives the address of its database.

    Call ``start`` from a thread that lives as long as the server is wanted (the main thread):
    with ``follow`` the server stops when the thread that started it ends, however it ends.
    """

    def __init__(
        self,
        options: Mapping[str, str] | None = None,
        *,
        follow: bool = True,
        patience: float = 60.0,
        programs: Binaries | None = None,
    ) -> None:
        self._options = {**OPTIONS, **(options or {})}
        self._follow = follow
        self._patience = patience
        self._programs = programs
        self._process: subprocess.Popen[Any] | None = None
        self.cluster: Cluster | None = None

    def start(self, data_dir: Path) -> str:
        """Start the server of a data directory, or find it running; return the DSN.

        Refuses with Unavailable (disk full, cannot start) or Conflict (another major version).
        """
        programs = self._programs or binaries()
        self.cluster = cluster = Cluster.at(data_dir)
        cluster.prepare(programs, durable=self._options.get("fsync") != "off")
        pid = running(cluster)
        if pid is None:
            self._reap()
            _clear_leftovers(cluster)
            pid = self._launch(programs, cluster)
        self._await_ready(cluster, pid)
        return cluster.dsn()

    def ready(self) -> bool:
        """Tell whether the server accepts connections."""
        cluster = self.cluster
        return cluster is not None and running(cluster) is not None and _is_ready(cluster)

    def stop(self, mode: str = "fast", patience: float = 30.0) -> None:
        """Stop the server: ``fast`` ends sessions cleanly, ``immediate`` is for throw-away data."""
        pid = running(self.cluster) if self.cluster else None
        if pid is not None:
            _end(pid, _MODES[mode], patience)
        self._reap(patience)
        if self.cluster:
            self.cluster.forget_socket()

    def _reap(self, patience: float = 10.0) -> None:
        if self._process is not None:
            self._process.wait(timeout=patience)
            self._process = None

    def _launch(self, programs: Binaries, cluster: Cluster) -> int:
        options = {**self._options, "unix_socket_directories": str(cluster.socket_dir())}
        settings = [f"--{name}={value}" for name, value in options.items()]
        before = dies_with_parent(os.getpid()) if self._follow else None
        if cluster.log.exists():
            cluster.log.replace(cluster.log.with_suffix(".log.1"))
        with cluster.log.open("ab") as log:
            cluster.log.chmod(0o600)
            cluster.owner.take(cluster.log)
            process = subprocess.Popen(  # noqa: S603 - our own program
                [programs["postgres"], "-D", cluster.where(), *settings],
                cwd=cluster.pgdata,
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=before,  # noqa: PLW1509 - only prctl and getppid, see owner.py
                **cluster.owner.popen(),
            )
        self._process = process
        return process.pid

    def _await_ready(self, cluster: Cluster, pid: int) -> None:
        deadline = time.monotonic() + self._patience
        while not (running(cluster) == pid and _is_ready(cluster)):
            if self._process is not None and self._process.poll() is not None:
                self._process = None
                raise start_failed(cluster.data_dir, cluster.log, cluster.log.read_text())
            if time.monotonic() > deadline:
                raise start_slow(cluster.data_dir, cluster.log, self._patience)
            time.sleep(0.01)


def running(cluster: Cluster) -> int | None:
    """Return the process number of the live server of a cluster, by its postmaster.pid.

    A number left over by a killed server may belong to another program by now: it counts only
    if that process works inside this cluster's directory.
    """
    try:
        pid = int((cluster.pgdata / "postmaster.pid").read_text().split("\n", 1)[0])
        inside = Path(f"/proc/{pid}/cwd").samefile(cluster.pgdata)
    except (OSError, ValueError):
        return None
    return pid if inside and "Z" not in _state(pid) else None


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2][:3]
    except OSError:
        return "Z"


def _is_ready(cluster: Cluster) -> bool:
    # Line 8 of postmaster.pid, as pg_ctl reads it (miscadmin.h, LOCK_FILE_LINE_PM_STATUS).
    try:
        lines = (cluster.pgdata / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[7].strip() == "ready"


def _clear_leftovers(cluster: Cluster) -> None:
    # Sessions outlive a killed server by a moment. Only when none of them works in the directory
    # any more may its lock be removed; PostgreSQL itself refuses a stale lock whose number was
    # taken by another process of the same user.
    lock = cluster.pgdata / "postmaster.pid"
    if not lock.exists():
        return
    for pid in _inside(cluster.pgdata):
        _end(pid, signal.SIGQUIT, 5.0)
    lock.unlink(missing_ok=True)
    for leftover in cluster.socket_dir().glob(".s.PGSQL.*"):
        leftover.unlink(missing_ok=True)


def _inside(folder: Path) -> list[int]:
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdecimal() and (entry / "cwd").samefile(folder):
                found.append(int(entry.name))
    return [pid for pid in found if pid != os.getpid()]


def _end(pid: int, how: signal.Signals, patience: float) -> None:
    with contextlib.suppress(ProcessLookupError):
        descriptor = os.pidfd_open(pid)
        try:
            os.kill(pid, how)
            ended, _, _ = select.select([descriptor], [], [], patience)
            if not ended:
                os.kill(pid, signal.SIGQUIT if how is not signal.SIGQUIT else signal.SIGKILL)
                select.select([descriptor], [], [], patience)
        finally:
            os.close(descriptor)
