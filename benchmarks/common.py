"""What the benchmarks share: a server, its twin, wrk, processor time, results with machine and date.

Protocol: docs/howto/benchmark.md. Figures are printed, never asserted.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
XINGLIN = Path(sys.executable).with_name("xinglin")
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Figure:
    """One run of wrk: rate in requests per second, latencies in milliseconds."""

    rate: float
    p50: float
    p95: float
    p99: float
    errors: int
    cpu_server: float
    cpu_database: float
    seconds: float


@dataclass
class Result:
    """What a benchmark found, kept with the machine and the date."""

    claim: str
    machine: str
    date: str
    rows: list[dict] = field(default_factory=list)


def options(description: str, **extra: object) -> argparse.Namespace:
    """The options every benchmark takes; ``extra`` adds integer options with their defaults."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--seconds", type=int, default=60, help="length of a counted run")
    parser.add_argument("--warm", type=int, default=10, help="length of the warm-up")
    parser.add_argument("--rounds", type=int, default=3, help="counted runs; the median is quoted")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--data", type=Path, default=None, help="keep the data directory here")
    for name, default in extra.items():
        parser.add_argument(f"--{name}", type=type(default), default=default)
    return parser.parse_args()


def machine() -> str:
    """Processor, cores and memory of this machine, without its name."""
    with contextlib.suppress(OSError):
        info = Path("/proc/cpuinfo").read_text(encoding="utf-8")
        model = re.search(r"model name\s*:\s*(.+)", info)
        memory = re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text(encoding="utf-8"))
        gib = int(memory[1]) / 2**20 if memory else 0
        name = model[1] if model else platform.processor()
        return f"{name}, {os.cpu_count()} cores, {gib:.0f} GiB"
    return platform.platform()


def free_port() -> int:
    """A loopback port nobody listens on just now."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def descendants(pid: int) -> set[int]:
    """A process and everything below it."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            text = stat.read_text(encoding="utf-8")
            parent = int(text.rsplit(")", 1)[1].split()[1])
            children.setdefault(parent, []).append(int(stat.parent.name))
    found, todo = set(), [pid]
    while todo:
        one = todo.pop()
        found.add(one)
        todo += children.get(one, [])
    return found


def processor_seconds(pids: set[int]) -> tuple[float, float]:
    """Processor seconds of Python processes and of PostgreSQL among ``pids``."""
    python = database = 0.0
    for pid in pids:
        with contextlib.suppress(OSError, ValueError):
            text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
            fields = text.rsplit(")", 1)[1].split()
            used = (int(fields[11]) + int(fields[12]) + int(fields[13]) + int(fields[14])) / TICKS
            if text.split("(", 1)[1].startswith("postgres"):
                database += used
            else:
                python += used
    return python, database


def resident(pids: set[int]) -> dict[int, float]:
    """Resident memory in MB of the Python processes among ``pids``."""
    out = {}
    for pid in pids:
        with contextlib.suppress(OSError, ValueError):
            text = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
            if "Name:\tpostgres" not in text and (found := re.search(r"VmRSS:\s*(\d+)", text)):
                out[pid] = int(found[1]) / 1024
    return out


@dataclass
class Server:
    """A running platform, or its twin."""

    url: str
    pid: int
    data: Path
    root: int
    token: str = ""

    @property
    def auth(self) -> dict[str, str]:
        """The header that shows who asks; the twin does not look at it."""
        return {"Authorization": f"Bearer {self.token}"}

    def cpu(self) -> tuple[float, float]:
        """Processor seconds so far of (server, database)."""
        python, _ = processor_seconds(descendants(self.pid))
        _, database = processor_seconds(descendants(self.root))
        return python, database


@contextlib.contextmanager
def platform_server(data: Path | None, *, empty: bool = True) -> Iterator[Server]:
    """Start `xinglin up` on a data directory (a fresh one when None) and stop it again."""
    folder = data or Path(tempfile.mkdtemp(prefix="xinglin-bench-"))
    port = free_port()
    command = [str(XINGLIN), "up", "--data", str(folder), "--port", str(port)]
    process = subprocess.Popen(command + ["--empty"] * empty, stdout=subprocess.PIPE, text=True)
    try:
        for line in process.stdout or ():
            if line.startswith("ready "):
                break
        command = [str(XINGLIN), "token", "--data", str(folder), "--user", "admin"]
        token = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
        yield Server(f"http://127.0.0.1:{port}", process.pid, folder, process.pid, token)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        if data is None:
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def twin_server(server: Server, queries: Path | None = None) -> Iterator[Server]:
    """Start the twin on the database of ``server``."""
    from dataset import dsn  # noqa: PLC0415
    from xinglin.fhir.definitions import resource_types  # noqa: PLC0415

    port = free_port()
    types = {name: number for number, name in enumerate(resource_types(), 1)}
    env = dict(os.environ, TWIN_DSN=dsn(server.data), TWIN_TYPES=json.dumps(types))
    if queries:
        env["TWIN_QUERIES"] = str(queries)
    granian = Path(sys.executable).with_name("granian")
    command = [str(granian), "--interface", "asgi", "--port", str(port), "--workers", "2"]
    command += ["--loop", "uvloop", "--no-access-log", "--log-level", "error", "limit_core:app"]
    process = subprocess.Popen(command, cwd=HERE, env=env)
    try:
        wait_for(f"http://127.0.0.1:{port}/fhir/Patient/none", (200, 404))
        url = f"http://127.0.0.1:{port}"
        yield Server(url, process.pid, server.data, server.root, server.token)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def wait_for(url: str, statuses: tuple[int, ...], seconds: float = 30) -> None:
    """Wait until ``url`` answers with one of ``statuses``."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            try:
                with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310
                    status = answer.status
            except urllib.error.HTTPError as error:
                status = error.code
            if status in statuses:
                return
        time.sleep(0.1)
    raise TimeoutError(url)


MILLI = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60000.0}


def wrk(server: Server, script: str, seconds: int, connections: int, *args: str) -> Figure:
    """One run of wrk with a Lua script from benchmarks/wrk."""
    before, start = server.cpu(), time.monotonic()
    command = ["wrk", "-t2", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s"]
    command += ["-H", f"Authorization: Bearer {server.token}"]
    command += ["-s", str(HERE / "wrk" / script), server.url, "--", *args]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    spent, after = time.monotonic() - start, server.cpu()
    found = re.search(r"FIGURES (.+)", done.stdout)
    if not found:
        raise RuntimeError(done.stdout + done.stderr)
    requests, micros, p50, p95, p99, errors = (float(x) for x in found[1].split())
    return Figure(
        rate=requests / (micros / 1e6),
        p50=p50 / 1000,
        p95=p95 / 1000,
        p99=p99 / 1000,
        errors=int(errors),
        cpu_server=after[0] - before[0],
        cpu_database=after[1] - before[1],
        seconds=spent,
    )


def measure(server: Server, script: str, opts: argparse.Namespace, *args: str) -> Figure:
    """Warm up, then the run with the median rate of ``opts.rounds``."""
    wrk(server, script, opts.warm, opts.connections, *args)
    runs = [wrk(server, script, opts.seconds, opts.connections, *args) for _ in range(opts.rounds)]
    middle = statistics.median_low(run.rate for run in runs)
    return next(run for run in runs if run.rate == middle)


def database_size(data: Path) -> int:
    """Bytes of the database of a data directory."""
    import asyncio  # noqa: PLC0415

    import asyncpg  # noqa: PLC0415

    from dataset import dsn  # noqa: PLC0415

    async def ask() -> int:
        connection = await asyncpg.connect(dsn(data))
        try:
            return await connection.fetchval("select pg_database_size(current_database())")
        finally:
            await connection.close()

    return asyncio.run(ask())


def report(claim: str, rows: list[dict]) -> None:
    """Print the rows and keep them under benchmarks/results."""
    result = Result(claim, machine(), datetime.now(UTC).date().isoformat(), rows)
    print(f"# {claim}: {result.machine}, {result.date}")
    for row in rows:
        print(
            "  "
            + "  ".join(
                f"{k}={v:,.2f}" if isinstance(v, float) else f"{k}={v}" for k, v in row.items()
            )
        )
    target = HERE / "results" / f"{claim}.json"
    old = json.loads(target.read_text(encoding="utf-8")) if target.exists() else []
    target.write_text(json.dumps([*old, asdict(result)], indent=1) + "\n", encoding="utf-8")
