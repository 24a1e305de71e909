"""`xinglin up`: starts, refuses, restarts its workers, stops; always with a clear word."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import httpx
from tests.support.patience import seconds

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def refused(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "xinglin.cli", "up", "--empty", *arguments],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return " ".join(done.stderr.split())


def answered(url: str) -> int:
    """The status of the first answer; whoever starts does not listen at once."""
    deadline = time.monotonic() + seconds(10)
    while True:
        try:
            return httpx.get(url, trust_env=False).status_code
        except httpx.TransportError:
            assert time.monotonic() < deadline, "nobody listens"
            time.sleep(0.05)


def test_start_and_stop_with_the_embedded_database(
    tmp_path: Path, launch: Callable[..., object]
) -> None:
    data = tmp_path / "data"
    first = launch(data, processes=2)
    assert httpx.get(first.url + "/health/ready", trust_env=False).status_code == 200

    port = first.url.rpartition(":")[2]
    assert f"Port {port} on 127.0.0.1 is not free" in refused(
        "--data", str(tmp_path / "other"), "--port", port
    )
    assert f"in use by the server with process number {first.process.pid}" in refused(
        "--data", str(data), "--port", "0"
    )

    began = time.monotonic()
    assert first.stop() == 0
    assert time.monotonic() - began < seconds(10)
    assert not (data / "postgres" / "data" / "postmaster.pid").exists()

    began = time.monotonic()
    launch(data)
    assert time.monotonic() - began < seconds(10), "the second start takes under 10 seconds"


def test_listens_on_loopback_only(tmp_path: Path) -> None:
    said = refused("--data", str(tmp_path), "--host", "0.0.0.0")  # noqa: S104  what is refused
    assert "in clear" in said


def test_a_killed_worker_is_replaced(
    tmp_path: Path, dsn: str, launch: Callable[..., object]
) -> None:
    running = launch(tmp_path / "data", dsn=dsn, processes=2)
    victim = running.workers()[0]
    os.kill(victim, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while len(set(running.workers()) - {victim}) < 2:
        assert time.monotonic() < deadline, "no new worker came up"
        time.sleep(0.02)  # the only sign of a new process is that it is there
    # The one that was killed may have been the only one that listened already.
    assert answered(running.url + "/health/ready") == 200


def test_workers_end_with_a_killed_launcher(
    tmp_path: Path, dsn: str, launch: Callable[..., object]
) -> None:
    running = launch(tmp_path / "data", dsn=dsn)
    followed = [os.pidfd_open(pid) for pid in running.workers()]
    assert followed
    running.kill()
    for descriptor in followed:
        ended, _, _ = select.select([descriptor], [], [], seconds(10))
        assert ended, "a worker outlived its launcher"
        os.close(descriptor)


def test_stops_in_time_amid_work(tmp_path: Path, dsn: str, launch: Callable[..., Any]) -> None:
    running = launch(tmp_path / "data", dsn=dsn, processes=2)
    file = tmp_path / "Basic.ndjson"
    line = b'{"resourceType":"Basic","code":{"text":"%s"}}\n' % (b"x" * 500)
    file.write_bytes(line * 40_000)
    asked = {
        "resourceType": "Parameters",
        "parameter": [{"name": "input", "part": [{"name": "url", "valueUrl": file.as_uri()}]}],
    }
    wait = {"Prefer": "respond-async"}
    with running.client(headers=wait) as client:
        place = client.post("/$import", json=asked).headers["content-location"]
        while client.get(place).headers.get("x-progress") == "waiting":
            pass
        assert client.get("/$export").status_code == 202
        began = time.monotonic()
        assert running.stop() == 0
        assert time.monotonic() - began < seconds(10)
