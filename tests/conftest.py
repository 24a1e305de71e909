"""What every test may ask for: a database of its own, and the data beside the checkout.

One embedded server per run, shared by all xdist workers; it follows the process that runs the
tests and so ends with it, however that ends. Design, section 6, rule 11.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings

from xinglin.kernel.database import Database, on_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

ROOT = Path(__file__).parents[1]
TEMPLATE = "template_xinglin"

# The same examples every time, and no complaint about a busy machine: a build must not fail by
# chance. TEST_HYPOTHESIS=explore looks for new ones; `make endure` does.
settings.register_profile(
    "steady", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "explore", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile(os.environ.get("TEST_HYPOTHESIS", "steady"))


@pytest.fixture(scope="session")
def server_dsn(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> str:
    """The address of the run's server (database ``postgres``), for a superuser."""
    base = tmp_path_factory.getbasetemp()
    worker = hasattr(request.config, "workerinput")
    shared, run = (base.parent, os.getppid()) if worker else (base, os.getpid())
    with (shared / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        address = shared / "postgres.dsn"
        if not address.exists():
            address.write_text(_launch(run))
    return address.read_text()


def _launch(run: int) -> str:
    script = ROOT / "tests" / "support" / "postgres.py"
    process = subprocess.Popen(
        [sys.executable, script, str(run)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    with process.stdout:
        said = process.stdout.readline().strip()
    if not said:
        process.wait(60)
        pytest.exit("the test database did not start: its error stands above", returncode=3)
    process.returncode = 0  # it outlives this fixture on purpose: it follows the run itself
    return said


@pytest_asyncio.fixture(scope="session")
async def _admin(server_dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(server_dsn)
    yield connection
    await connection.close()


_count = 0


@pytest_asyncio.fixture
async def fresh(
    server_dsn: str, _admin: asyncpg.Connection
) -> AsyncIterator[Callable[[], Awaitable[str]]]:
    """Makes fresh, migrated databases, and removes them after the test."""
    names: list[str] = []

    async def make() -> str:
        global _count  # noqa: PLW0603 - one number per database of this process
        _count += 1
        names.append(f"t_{os.getpid()}_{_count}")
        await _admin.execute(f"create database {names[-1]} template {TEMPLATE} strategy file_copy")
        return on_database(server_dsn, names[-1])

    yield make
    for name in names:
        await _admin.execute(f"drop database {name} with (force)")


@pytest_asyncio.fixture
async def dsn(fresh: Callable[[], Awaitable[str]]) -> str:
    """The address of a fresh, migrated database of this test alone."""
    return await fresh()


@pytest_asyncio.fixture
async def db(dsn: str) -> AsyncIterator[Database]:
    """A pool on a fresh database."""
    async with await Database.open(dsn, min_size=1, max_size=8) as database:
        yield database


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of test data; a test that asks for it carries the marker ``shared_data``."""
    folder = Path(os.environ.get("XINGLIN_SHARED_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"needs the test data beside the checkout ({folder.name} is not there)")
    return folder


@pytest.fixture(scope="session")
def official_package() -> Path:
    """The official R4 package (5,307 examples and definitions), fetched once with npm."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "xinglin"
    package = cache / "hl7.fhir.r4.examples-4.0.1.tgz"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "package.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not package.exists():
            command = ["npm", "pack", "--silent", "hl7.fhir.r4.examples@4.0.1"]
            try:
                subprocess.run(command, cwd=cache, check=True, timeout=120, capture_output=True)
            except (OSError, subprocess.SubprocessError) as error:
                pytest.skip(f"needs npm to fetch the official R4 examples: {error}")
    return package
