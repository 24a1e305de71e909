"""Kill -9 amid reads and writes of two workers: every answered request has its row.

And every change has its beginning on record, every beginning an end, and the chains are whole.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from tests.support.patience import seconds

from xinglin.kernel.database import Database
from xinglin.kernel.embedded import Cluster
from xinglin.trust.audit import chain

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from xinglin.trust.audit import Event

CLIENTS = 6
KIND = {"Content-Type": "application/fhir+json"}


class Clients:
    """Ask under a name of their own for each request, and remember what was answered."""

    def __init__(self) -> None:
        self.answered: dict[str, int] = {}
        self.written: set[str] = set()
        self._turn = 0

    async def run(self, base: str, auth: dict[str, str], enough: int) -> None:
        goal = len(self.answered) + enough
        async with (
            httpx.AsyncClient(headers=KIND | auth, timeout=10, trust_env=False) as client,
            asyncio.TaskGroup() as crew,
        ):
            for number in range(CLIENTS):
                crew.create_task(self._ask(client, base, number, goal))

    async def _ask(self, client: httpx.AsyncClient, base: str, number: int, goal: int) -> None:
        while len(self.answered) < goal:
            self._turn += 1
            name = f"kill-{self._turn}"
            with contextlib.suppress(httpx.HTTPError):
                await self._one(client, f"{base}/Basic", name, number)

    async def _one(self, client: httpx.AsyncClient, url: str, name: str, number: int) -> None:
        headers = {"X-Request-Id": name}
        if self._turn % 3:
            answer = await client.get(f"{url}/b{number}", headers=headers)
        else:
            body = {"resourceType": "Basic", "code": {"text": name}}
            answer = await client.post(url, content=json.dumps(body), headers=headers)
        self.answered[name] = answer.status_code


async def killed(running: Any, clients: Clients, enough: int) -> None:
    """Let them ask, and pull the plug in the middle: once a worker, then everything."""
    asking = asyncio.create_task(
        asyncio.wait_for(clients.run(running.fhir, running.auth, enough * 3), seconds(60))
    )
    start = len(clients.answered)
    async with asyncio.timeout(seconds(60)):
        while len(clients.answered) < start + enough:  # noqa: ASYNC110  several clients count
            await asyncio.sleep(0.01)
        os.kill(running.workers()[0], signal.SIGKILL)
        while len(clients.answered) < start + 2 * enough:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    for pid in [running.process.pid, *running.workers()]:
        os.kill(pid, signal.SIGKILL)
    await asyncio.to_thread(running.kill)
    asking.cancel()
    with contextlib.suppress(asyncio.CancelledError, TimeoutError, ExceptionGroup):
        await asking


@pytest.mark.timeout(seconds(240))
async def test_every_answered_request_has_its_row(
    tmp_path: Path, launch: Callable[..., Any]
) -> None:
    data, clients = tmp_path / "data", Clients()
    for _ in range(2):
        await killed(await asyncio.to_thread(launch, data, processes=2), clients, 60)
    await asyncio.to_thread(launch, data, processes=2)
    async with await Database.open(Cluster.at(data).dsn(), max_size=2) as db:
        await check(db, clients)
    command = [sys.executable, "-m", "xinglin.cli", "audit", "verify", "--data", str(data)]
    done = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, timeout=seconds(60), check=False
    )
    assert done.returncode == 0, done.stderr
    assert "nothing was tampered with" in done.stderr


async def check(db: Database, clients: Clients) -> None:
    rows = await db.fetch("select entries from audit order by at")
    events = [chain.read(line).event for one in rows for line in one["entries"].split("\n")]
    told: dict[str, list[Event]] = {}
    for event in events:
        told.setdefault(event.request, []).append(event)
    for name, status in clients.answered.items():
        assert status in [event.status for event in told[name]], (name, status)
    begun = {e.request for e in events if e.phase == "b" and not e.status}
    assert begun == {e.request for e in events if e.phase == "e" and e.kind == "create"}
    made = await db.fetch("select id from resource where ver > 0 and body like '%kill-%'")
    assert made
    recovered = " ".join(e.note for e in events if "recovered" in e.note)
    known = {event.id for event in events if event.kind == "create" and event.version}
    for row in made:
        assert row["id"] in known or row["id"] in recovered
