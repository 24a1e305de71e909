"""Talking to the embedded server from a command: running already, or started for the while.

PostgreSQL 18, the reference pages of its client programs.
"""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

from xinglin.kernel.backup import trouble
from xinglin.kernel.embedded import Server
from xinglin.kernel.embedded.cluster import PORT, USER, Cluster
from xinglin.kernel.embedded.server import running

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from pathlib import Path

    from xinglin.kernel.embedded import Binaries


def existing(data_dir: Path) -> Cluster:
    """Return the cluster of a data directory, or refuse."""
    cluster = Cluster.at(data_dir)
    if not cluster.initialised:
        raise trouble.no_cluster(data_dir)
    return cluster


@contextmanager
def serving(
    data_dir: Path,
    programs: Binaries,
    options: Mapping[str, str] | None = None,
    patience: float = 600.0,
) -> Generator[str]:
    """Give the address of the cluster's server; stop it afterwards if it was not running."""
    cluster = Cluster.at(data_dir)
    was_running = running(cluster) is not None
    server = Server(options, programs=programs, patience=patience)
    try:
        yield server.start(data_dir)
    finally:
        if not was_running:
            server.stop(patience=120)


def environment(cluster: Cluster) -> dict[str, str]:
    """Return the environment in which PostgreSQL's programs find the server."""
    return {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "LC_ALL": "C.UTF-8",
        "PGHOST": str(cluster.socket_dir()),
        "PGPORT": str(PORT),
        "PGUSER": USER,
        "PGPASSWORD": cluster.password(),
    }


def run(command: list[str], cluster: Cluster) -> str:
    """Run a program against the cluster; return what it wrote, or refuse with its last words."""
    done = subprocess.run(  # noqa: S603 - our own programs and paths
        command, env=environment(cluster), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise trouble.failed(command[0].rpartition("/")[2], done.stderr)
    return done.stdout
