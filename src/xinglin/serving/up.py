"""``xinglin up``: the database, the workers, the demo data; started in order, stopped in order.

Design, section 5 (set-up contract).
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import importlib
import os
import shutil
import signal
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import msgspec
from granian.constants import Interfaces, Loops, SSLProtocols
from granian.log import LogLevels
from granian.server import Server as Granian

from xinglin.kernel import database, embedded
from xinglin.kernel.settings import Settings
from xinglin.serving import lock, tls
from xinglin.serving.launch import Launch

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

KILL_AFTER = 5  # seconds that workers have to finish their requests
READY_WITHIN = 60.0  # seconds
# Standard output carries nothing but the line that scripts wait for.
_LOG_HANDLERS = {
    name: {"class": "logging.StreamHandler", "formatter": kind, "stream": "ext://sys.stderr"}
    for name, kind in (("console", "generic"), ("access", "access"))
}


class Plan(msgspec.Struct, frozen=True):
    """What ``xinglin up`` was asked for."""

    settings: Settings
    data: Path
    port: int
    empty: bool = False
    tls: tls.Files | None = None

    @property
    def near(self) -> str:
        """The address by which this machine reaches it."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.settings.host, self.settings.host)  # noqa: S104  looked at

    @property
    def address(self) -> str:
        """Where it will answer."""
        host = f"[{self.near}]" if ":" in self.near else self.near
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}"


def plan(settings: Settings, *, empty: bool) -> Plan:
    """Check the host, choose the port; raises a Refusal when either cannot be had."""
    lock.check_host(settings)
    files = tls.opened(settings)
    port = lock.usable_port(settings.host, settings.port)
    return Plan(settings, settings.data_dir(), port, empty, files)


def up(plan: Plan, say: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; raises a Refusal when it cannot start."""
    with (
        contextlib.closing(lock.hold(plan.data, plan.address)),
        _stopping_by_signal(),
        _postgres(plan) as dsn,
        _metrics(plan.data),
    ):
        asyncio.run(_prepare(plan, dsn))
        Launch(plan.settings, dsn, str(plan.data), os.getpid()).publish()
        _serve(plan, say)


@contextlib.contextmanager
def _metrics(data: Path) -> Generator[None]:
    """A fresh folder in which the workers add up their figures."""
    folder = data / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _stopping_by_signal() -> Generator[None]:
    """Until the workers run, a signal must still unwind what was started."""

    def leave(number: int, _frame: object) -> NoReturn:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def _postgres(plan: Plan) -> Generator[str]:
    if plan.settings.database.dsn:
        yield plan.settings.database.dsn
        return
    with embedded.Keeper(plan.data) as keeper:
        yield keeper.dsn


async def _prepare(plan: Plan, dsn: str) -> None:
    await database.migrate(dsn)
    await database.initialise(dsn, plan.settings.node, plan.settings.timezone)
    await database.move(dsn, plan.settings.timezone)


def _serve(plan: Plan, say: Callable[[str], None]) -> None:
    ended = threading.Event()
    companions: list[subprocess.Popen[bytes]] = []
    watch = threading.Thread(target=_announce, args=(plan, say, ended, companions), daemon=True)
    watch.start()
    # Workers are forked: what is loaded before that is loaded once, and its memory shared.
    importlib.import_module("xinglin.app")
    os.register_at_fork(after_in_child=_end_when_told)
    try:
        _granian(plan).serve()
    finally:
        ended.set()
        for companion in companions:
            companion.terminate()
        watch.join(timeout=2)


def _end_when_told() -> None:
    """A worker told to stop while it starts would else run the launcher's handler, and stay."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _granian(plan: Plan) -> Any:
    return Granian(
        "xinglin.app:create",
        plan.settings.host,
        plan.port,
        interface=Interfaces.ASGI,
        factory=True,
        workers=plan.settings.processes,
        loop=Loops.uvloop,
        websockets=False,
        log_level=LogLevels.warning,
        log_dictconfig={"handlers": _LOG_HANDLERS},
        respawn_failed_workers=True,
        workers_kill_timeout=KILL_AFTER,
        **_secured(plan.tls),
    )


def _secured(files: tls.Files | None) -> dict[str, Any]:
    if files is None:
        return {}
    return {
        "ssl_cert": files.certificate,
        "ssl_key": files.key,
        "ssl_protocol_min": SSLProtocols.tls12,
    }


def answers(host: str, port: int, path: str = "/health/ready", *, secure: bool = False) -> bool:
    """Whether the server is ready."""
    connection = _connection(host, port, secure=secure)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _connection(host: str, port: int, *, secure: bool) -> http.client.HTTPConnection:
    if not secure:
        return http.client.HTTPConnection(host, port, timeout=5)
    # Nothing is told or believed here: it is our own child that is asked whether it is there.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection(host, port, timeout=5, context=context)


def _announce(
    plan: Plan,
    say: Callable[[str], None],
    ended: threading.Event,
    companions: list[subprocess.Popen[bytes]],
) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while not answers(plan.near, plan.port, secure=plan.tls is not None):
        if ended.wait(0.05) or time.monotonic() > deadline:
            return
    say(f"ready {plan.address}")
    if not plan.empty:
        companions.append(_demo(plan))


def _demo(plan: Plan) -> subprocess.Popen[bytes]:
    """Loads the demo data through the API, in a process of its own."""
    return subprocess.Popen(  # noqa: S603  our own program
        [
            *(sys.executable, "-m", "xinglin.cli", "demo"),
            *("--url", f"{plan.address}/fhir", "--data", str(plan.data)),
        ]
    )
