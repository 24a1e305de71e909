"""A server or database for a command: the one that runs, or one for the while.

Design, section 5 (set-up contract).
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from typing import TYPE_CHECKING

from xinglin.kernel import embedded
from xinglin.kernel.clock import SystemClock
from xinglin.kernel.database import Database
from xinglin.kernel.errors import Issue, Unavailable
from xinglin.serving import lock, tls
from xinglin.trust import identity

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from xinglin.kernel.settings import Settings

ADMINISTRATOR = "admin"


@contextlib.contextmanager
def server(data: Path) -> Generator[str]:
    """The FHIR base of a server on a data directory; raises Unavailable."""
    running = lock.served_at(data)
    if running:
        yield f"{running}/fhir"
        return
    command = ("-m", "xinglin.cli", "up", "--data", str(data), "--port", "0", "--empty")
    with subprocess.Popen(  # noqa: S603  our own program
        [sys.executable, *command], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield f"{_ready(process)}/fhir"
        finally:
            process.terminate()


def _ready(process: subprocess.Popen[str]) -> str:
    assert process.stdout  # noqa: S101  asked for above
    for line in process.stdout:
        if line.startswith("ready "):
            return line.split()[1]
    raise Unavailable(
        Issue(
            "transient",
            "The server did not start; its messages are above",
            "服务未能启动；原因见上方信息",
        )
    )


def pin(settings: Settings, base: str) -> str:
    """The certificate to believe of our own server at an address; empty: that of no server here."""
    files = tls.found(settings)
    served = lock.served_at(settings.data_dir())
    own = files is not None and served is not None and base.startswith(served)
    return str(files.certificate) if own and files else ""


def token(settings: Settings) -> str:
    """A token of the local administrator: whoever may read the data directory may have one."""

    async def issue(dsn: str) -> str:
        async with await Database.open(dsn, max_size=1) as found:
            return await identity.issue(found, ADMINISTRATOR, SystemClock().now())

    with database(settings) as dsn:
        return asyncio.run(issue(dsn))


@contextlib.contextmanager
def database(settings: Settings) -> Generator[str]:
    """The DSN of the database, started for the while if it does not run; raises Unavailable."""
    if settings.database.dsn:
        yield settings.database.dsn
        return
    server = embedded.Server()
    running = lock.served_at(settings.data_dir()) is not None
    try:
        yield server.start(settings.data_dir())
    finally:
        if not running:
            server.stop()
