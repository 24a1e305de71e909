"""A real server process for tests: `xinglin up` on a random loopback port, asked by HTTP.

Design, section 5 (set-up contract).
"""

from __future__ import annotations

import functools
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import httpx
import pytest
import pytest_asyncio
from tests.support.patience import seconds

from xinglin.kernel.database import on_database
from xinglin.kernel.settings import DatabaseSettings, Settings
from xinglin.serving import borrow

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

TEMPLATE = "template_xinglin"


class Running:
    """``xinglin up --empty`` on a data directory; ``dsn`` empty: with its embedded database."""

    def __init__(self, data: Path, dsn: str = "", processes: int = 1, **settings: str) -> None:
        self.data = data
        self.settings = Settings(data=str(data), database=DatabaseSettings(dsn=dsn))
        self.log = data.with_suffix(".log")
        env = {k: v for k, v in os.environ.items() if not k.startswith("XINGLIN_")}
        env |= {f"XINGLIN_{name.upper()}": value for name, value in settings.items()}
        env["XINGLIN_PROCESSES"] = str(processes)
        if dsn:
            env["XINGLIN_DATABASE_DSN"] = dsn
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "xinglin.cli",
                    "up",
                    "--data",
                    str(data),
                    "--port",
                    "0",
                    "--empty",
                ],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=env,
            )
        self.url = self._ready()
        self.fhir = f"{self.url}/fhir"

    def _ready(self) -> str:
        assert self.process.stdout
        for line in self.process.stdout:
            if line.startswith("ready "):
                return line.split()[1]
        self.process.wait()
        raise AssertionError(f"the server did not start: {self.log.read_text()[-2000:]}")

    @functools.cached_property
    def token(self) -> str:
        """A token of the local administrator, who may do everything."""
        made: list[str] = []
        # In a thread: the loop of an async test is at work in this one.
        asked = threading.Thread(target=lambda: made.append(borrow.token(self.settings)))
        asked.start()
        asked.join()
        return made[0]

    @property
    def auth(self) -> dict[str, str]:
        """The header that shows it."""
        return {"Authorization": f"Bearer {self.token}"}

    def client(self, **options: Any) -> httpx.Client:
        """A client at the FHIR base that may do everything."""
        headers = self.auth | options.pop("headers", {})
        given = {"base_url": self.fhir, "timeout": 30, "trust_env": False} | options
        return httpx.Client(headers=headers, **given)

    def workers(self) -> list[int]:
        """Process numbers of the workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in children.split() if b"postgres" not in _command(int(pid))]

    def postgres(self) -> int:
        """Process number of the embedded database."""
        return int((self.data / "postgres" / "data" / "postmaster.pid").read_text().split()[0])

    def kill(self) -> None:
        """As if the power went: no process of it gets a word in."""
        self.process.send_signal(signal.SIGKILL)
        self._reap()

    def stop(self, patience: float = seconds(10)) -> int:
        """Stop it cleanly; return the exit status."""
        self.process.terminate()
        try:
            return self.process.wait(patience)
        finally:
            self._reap()

    def _reap(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


@pytest.fixture
def launch() -> Iterator[Callable[..., Running]]:
    """Starts servers and ends those that the test left running."""
    started: list[Running] = []

    def start(data: Path, **how: str | int) -> Running:
        started.append(Running(data, **how))
        return started[-1]

    yield start
    for running in started:
        running.stop()


@pytest_asyncio.fixture(scope="session")
async def session_dsn(server_dsn: str) -> AsyncIterator[str]:
    """A database that the tests of one process share through its server."""
    connection = await asyncpg.connect(server_dsn)
    name = f"s_{os.getpid()}"
    await connection.execute(f"create database {name} template {TEMPLATE} strategy file_copy")
    yield on_database(server_dsn, name)
    await connection.execute(f"drop database {name} with (force)")
    await connection.close()


@pytest.fixture(scope="session")
def running(session_dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One server for all tests of a process that do not kill it."""
    running = Running(tmp_path_factory.mktemp("up") / "data", session_dsn)
    yield running
    running.stop()


@pytest.fixture(scope="session")
def fhir(running: Running) -> Iterator[httpx.Client]:
    """A client at the FHIR base of the shared server."""
    with running.client(headers={"Content-Type": "application/fhir+json"}) as client:
        yield client
