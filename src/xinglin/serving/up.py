"""``xinglin up``: the database, the workers, the demo data; started in order, stopped in order.

Design, section 5 (set-up contract).
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import asyncpg
import msgspec
from granian.constants import Interfaces, Loops
from granian.log import LogLevels
from granian.server import Server as Granian

from xinglin.kernel import database, embedded
from xinglin.serving import lock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KILL_AFTER = 5  # seconds that workers have to finish their requests
READY_WITHIN = 60.0  # seconds


class Plan(msgspec.Struct, frozen=True):
    """What ``xinglin up`` was asked for."""

    data: Path
    port: int
    host: str = "127.0.0.1"
    workers: int = 2
    empty: bool = False
    dsn: str | None = None
    node: int = 1
    timezone: str = "Asia/Shanghai"
    log_level: str = "warning"


def up(plan: Plan, say: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; raises a Refusal when it cannot start."""
    lock.check_host(plan.host)
    lock.check_port(plan.host, plan.port)
    with contextlib.closing(lock.hold(plan.data)), _stopping_by_signal(), _postgres(plan) as dsn:
        asyncio.run(_prepare(plan, dsn))
        os.environ |= {
            "XINGLIN_DSN": dsn,
            "XINGLIN_DATA": str(plan.data),
            "XINGLIN_PARENT": str(os.getpid()),
        }
        _serve(plan, say)


@contextlib.contextmanager
def _stopping_by_signal() -> Iterator[None]:
    """Until the workers run, a signal must still unwind what was started."""

    def leave(number: int, _frame: object) -> NoReturn:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def _postgres(plan: Plan) -> Iterator[str]:
    if plan.dsn:
        yield plan.dsn
        return
    server = embedded.Server()
    try:
        yield server.start(plan.data)
    finally:
        server.stop(patience=4)


async def _prepare(plan: Plan, dsn: str) -> None:
    if not plan.dsn:
        await _create_database(dsn)
    await database.migrate(dsn)
    await database.initialise(dsn, plan.node, plan.timezone)


async def _create_database(dsn: str) -> None:
    """A new cluster has only the databases of initdb."""
    try:
        connection = await asyncpg.connect(dsn)
    except asyncpg.InvalidCatalogNameError:
        connection = await asyncpg.connect(database.on_database(dsn, "postgres"))
        await connection.execute("create database xinglin")
    await connection.close()


def _serve(plan: Plan, say: Callable[[str], None]) -> None:
    ended = threading.Event()
    companions: list[subprocess.Popen[bytes]] = []
    watch = threading.Thread(target=_announce, args=(plan, say, ended, companions), daemon=True)
    watch.start()
    try:
        _granian(plan).serve()
    finally:
        ended.set()
        for companion in companions:
            companion.terminate()
        watch.join(timeout=2)


def _granian(plan: Plan) -> Any:
    return Granian(
        "xinglin.app:create",
        plan.host,
        plan.port,
        interface=Interfaces.ASGI,
        factory=True,
        workers=plan.workers,
        loop=Loops.uvloop,
        websockets=False,
        log_level=LogLevels(plan.log_level),
        respawn_failed_workers=True,
        workers_kill_timeout=KILL_AFTER,
    )


def answers(host: str, port: int, path: str = "/health/ready") -> bool:
    """Whether the server is ready."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _announce(
    plan: Plan,
    say: Callable[[str], None],
    ended: threading.Event,
    companions: list[subprocess.Popen[bytes]],
) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while not answers(plan.host, plan.port):
        if ended.wait(0.05) or time.monotonic() > deadline:
            return
    say(f"ready http://{plan.host}:{plan.port}")
    if not plan.empty:
        companions.append(_demo(plan))


def _demo(plan: Plan) -> subprocess.Popen[bytes]:
    """Loads the demo data through the API, in a process of its own."""
    return subprocess.Popen(  # noqa: S603  our own program
        [
            *(sys.executable, "-m", "xinglin.cli", "demo"),
            *("--url", f"http://{plan.host}:{plan.port}/fhir", "--data", str(plan.data)),
        ]
    )
