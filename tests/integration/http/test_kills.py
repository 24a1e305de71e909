"""Kill -9 of the server and of PostgreSQL amid writes: what was acknowledged is there, and whole.

Issue "the clinical data repository", section "Bad input and bad days". Five kills here, fifty in
`make endure`.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import httpx
import pytest
from tests.support.patience import seconds

from xinglin.kernel.database import Database
from xinglin.kernel.embedded import Cluster
from xinglin.kernel.errors import Unavailable
from xinglin.kernel.feed import Consumer

if TYPE_CHECKING:
    from collections.abc import Callable

CLIENTS = 3
KIND = {"Content-Type": "application/fhir+json"}
LOST = (
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    Unavailable,
)


@dataclass
class Account:
    """What a client sent, and what was acknowledged."""

    sent: list[list[str]] = field(default_factory=list)
    acknowledged: list[list[str]] = field(default_factory=list)
    counter: str = ""
    tried: int = 0
    counted: int = 0


class Writers:
    """Clients that write transactions and count, while there is a server."""

    def __init__(self, auth: dict[str, str]) -> None:
        self.auth = auth
        self.accounts = [Account(counter=f"counter-{n}") for n in range(CLIENTS)]
        self.writes = 0
        self.progress = asyncio.Event()

    async def run(self, running: Any, stop: asyncio.Event) -> None:
        base, headers = running.fhir, KIND | self.auth
        async with (
            httpx.AsyncClient(headers=headers, timeout=10, trust_env=False) as client,
            asyncio.TaskGroup() as crew,
        ):
            for account in self.accounts:
                crew.create_task(self._write(client, base, account, stop))

    def _count(self) -> None:
        self.writes += 1
        self.progress.set()

    async def _write(
        self, client: httpx.AsyncClient, base: str, account: Account, stop: asyncio.Event
    ) -> None:
        while not stop.is_set():
            ids = [f"{account.counter}-{len(account.sent)}-{part}" for part in "abc"]
            account.sent.append(ids)
            if await _done(client.post(base, content=_transaction(ids))):
                account.acknowledged.append(ids)
                self._count()
            account.tried += 1
            url = f"{base}/Basic/{account.counter}"
            if await _done(client.put(url, content=_counter(account.counter, account.tried))):
                account.counted = account.tried
                self._count()


async def _done(request: Any) -> bool:
    try:
        answer = await request
    except httpx.HTTPError:
        await asyncio.sleep(0.02)
        return False
    assert answer.is_success or answer.status_code in (409, 503), answer.text
    return answer.is_success


def _transaction(ids: list[str]) -> bytes:
    patient, *rest = ids
    entries = [_entry({"resourceType": "Patient", "id": patient})]
    entries += [
        _entry(
            {
                "resourceType": "Basic",
                "id": one,
                "code": {"text": one},
                "subject": {"reference": f"Patient/{patient}"},
            }
        )
        for one in rest
    ]
    return json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries}).encode()


def _entry(resource: dict[str, Any]) -> dict[str, Any]:
    url = f"{resource['resourceType']}/{resource['id']}"
    return {"resource": resource, "request": {"method": "PUT", "url": url}}


def _counter(id_: str, value: int) -> bytes:
    return json.dumps(
        {
            "resourceType": "Basic",
            "id": id_,
            "code": {"text": "counter"},
            "identifier": [{"value": str(value)}],
        }
    ).encode()


class Reader:
    """A feed consumer with an effect in the database: one row for each change it saw."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                async with await Database.open(self.dsn, min_size=1, max_size=2) as database:
                    await self._follow(database, stop)
            except LOST:
                await asyncio.sleep(0.05)

    async def _follow(self, database: Database, stop: asyncio.Event) -> None:
        await database.execute(
            "create table if not exists seen (n bigserial, rid bigint, ver int, unique (rid, ver))"
        )
        consumer = Consumer("kills", database)
        while not stop.is_set():
            if not await self.once(consumer):
                await asyncio.sleep(0.02)

    @staticmethod
    async def once(consumer: Consumer) -> bool:
        async with consumer.poll() as batch:
            if batch.connection is not None:
                await batch.connection.executemany(
                    "insert into seen (rid, ver) values ($1, $2)",
                    [(change.rid, change.ver) for change in batch.changes],
                )
            return bool(batch.changes) or batch.more


def _kill_server(running: Any) -> bool:
    """Launcher and workers; the database follows. The server must be started again."""
    for pid in [running.process.pid, *running.workers()]:
        os.kill(pid, signal.SIGKILL)
    running.kill()
    return True


def _kill_everything(running: Any) -> bool:
    os.kill(running.postgres(), signal.SIGKILL)
    return _kill_server(running)


def _kill_postgres(running: Any) -> bool:
    os.kill(running.postgres(), signal.SIGKILL)
    return False


def _kill_backend(running: Any) -> bool:
    """One session of the database: PostgreSQL throws all others out and recovers."""
    pid = running.postgres()
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    sessions = [c for c in children if b"[local]" in Path(f"/proc/{c}/cmdline").read_bytes()]
    os.kill(int(sessions[0]), signal.SIGKILL)
    return False


def _kill_worker(running: Any) -> bool:
    os.kill(running.workers()[0], signal.SIGKILL)
    return False


KILLS = (_kill_server, _kill_postgres, _kill_worker, _kill_everything, _kill_backend)


@pytest.mark.parametrize("kills", [5, pytest.param(50, marks=pytest.mark.endure)])
async def test_nothing_acknowledged_is_lost(
    tmp_path: Path, launch: Callable[..., Any], kills: int
) -> None:
    data = tmp_path / "data"
    chance = random.Random(kills)  # noqa: S311
    running = await asyncio.to_thread(launch, data, processes=2)
    writers = Writers(running.auth)  # a token outlives every kill
    reading = asyncio.Event()
    reader = Reader(Cluster.at(data).dsn())
    following = asyncio.create_task(reader.run(reading))
    for number in range(kills):
        stop = asyncio.Event()
        writing = asyncio.create_task(writers.run(running, stop))
        await _writes(writers, writing, chance.randint(5, 40))
        if await asyncio.to_thread(KILLS[number % len(KILLS)], running):
            stop.set()
            await writing
            running = await asyncio.to_thread(launch, data, processes=2)
        else:
            await _writes(writers, writing, 5)  # it comes back by itself
            stop.set()
            await writing
    reading.set()
    await following
    await _check(running.fhir, writers)
    await _check_feed(reader)
    await asyncio.to_thread(_check_indexes, data)


async def _writes(writers: Writers, writing: asyncio.Task[None], more: int) -> None:
    """Wait for so many more acknowledged writes; fail with the writers."""
    wanted = writers.writes + more
    async with asyncio.timeout(60):
        while writers.writes < wanted:
            writers.progress.clear()
            moving = asyncio.create_task(writers.progress.wait())
            await asyncio.wait({moving, writing}, return_when=asyncio.FIRST_COMPLETED)
            moving.cancel()
            if writing.done():
                await writing


async def _check(base: str, writers: Writers) -> None:
    async with httpx.AsyncClient(headers=writers.auth, timeout=30, trust_env=False) as client:
        for account in writers.accounts:
            for ids in account.sent:
                answers = [
                    await _answer(client, f"{base}/{'Basic' if n else 'Patient'}/{one}")
                    for n, one in enumerate(ids)
                ]
                there = {answer.status_code for answer in answers}
                assert there in ({200}, {404}), f"half a transaction: {ids} {there}"
                assert there == {200} or ids not in account.acknowledged, f"lost: {ids}"
            stored = (await _answer(client, f"{base}/Basic/{account.counter}")).json()
            value = int(stored["identifier"][0]["value"])
            assert account.counted <= value <= account.tried


async def _answer(client: httpx.AsyncClient, url: str) -> httpx.Response:
    """What it says once it is there: 503 with Retry-After means that the database is starting."""
    async with asyncio.timeout(seconds(30)):
        while True:
            answer = await client.get(url)
            if answer.status_code != 503:
                return answer
            await asyncio.sleep(float(answer.headers["retry-after"]) / 10)


async def _check_feed(reader: Reader) -> None:
    async with await Database.open(reader.dsn, min_size=1, max_size=2) as database:
        consumer = Consumer("kills", database)
        while await reader.once(consumer):
            pass
        disorder = await database.fetch(
            "select rid from (select rid, ver, lag(ver) over (partition by rid order by n) as before"
            " from seen) s where ver <= before"
        )
        assert not disorder
        unseen = await database.fetchval(
            "select count(*) from (select rid, ver from change except select rid, ver from seen) d"
        )
        assert unseen == 0
        made_up = await database.fetchval(
            "select count(*) from (select rid, ver from seen except select rid, ver from change) d"
        )
        assert made_up == 0
        versions = await database.fetchval(
            "select count(*) from (select rid, ver from change except"
            " (select rid, ver from resource union select rid, ver from history)) d"
        )
        assert versions == 0
        assert await database.fetchval("select count(*) from seen") > 0


def _check_indexes(data: Path) -> None:
    command = [sys.executable, "-m", "xinglin.cli", "doctor", "--data", str(data), "--deep"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
