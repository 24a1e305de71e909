"""Every access through the FHIR API has its row before it is answered."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import asyncpg
import httpx
import pytest_asyncio

from xinglin.kernel.database import Database
from xinglin.trust.audit import Event, chain

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.integration.conftest import Running


@pytest_asyncio.fixture
async def fhir(running: Running) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Content-Type": "application/fhir+json", **running.auth}
    async with httpx.AsyncClient(
        base_url=running.fhir, headers=headers, timeout=30, trust_env=False
    ) as client:
        yield client


@pytest_asyncio.fixture
async def trail(session_dsn: str) -> AsyncIterator[Database]:
    async with await Database.open(session_dsn, max_size=2) as db:
        yield db


async def about(db: Database, answer: httpx.Response) -> list[Event]:
    rows = await db.fetch("select entries from audit order by at, seq")
    lines = (line for row in rows for line in row["entries"].split("\n"))
    events = [chain.read(line).event for line in lines]
    return [one for one in events if one.request == answer.headers["x-request-id"]]


async def test_a_read(fhir: httpx.AsyncClient, trail: Database) -> None:
    assert (await fhir.put("/Patient/au-1", content=patient("au-1"))).status_code == 201
    answer = await fhir.get("/Patient/au-1?_elements=name")
    (row,) = await about(trail, answer)
    assert (row.kind, row.status, row.type, row.id) == ("read", 200, "Patient", "au-1")
    assert (row.actor, row.role, row.address) == ("admin", "operator", "127.0.0.1")
    assert row.account > 0
    assert row.query == "_elements=name"
    assert len(row.patients) == 1


async def test_what_is_refused(fhir: httpx.AsyncClient, trail: Database) -> None:
    for answer, status in (
        (await fhir.get("/Patient/au-none"), 404),
        (await fhir.get("/Nothing/1"), 404),
        (await fhir.get("/$nothing"), 404),
        (await fhir.get("/Patient?nonsense=1", headers={"Prefer": "handling=strict"}), 400),
    ):
        (row,) = await about(trail, answer)
        assert row.status == answer.status_code == status


async def test_whoever_shows_nothing(running: Running, trail: Database) -> None:
    async with httpx.AsyncClient(base_url=running.fhir, trust_env=False) as client:
        answer = await client.get("/Patient/au-1")
    assert answer.status_code == 401
    (row,) = await about(trail, answer)
    assert (row.status, row.kind, row.id, row.actor) == (401, "read", "au-1", "")


async def test_a_search_tells_what_was_asked_and_how_many_came(
    fhir: httpx.AsyncClient, trail: Database
) -> None:
    await fhir.put("/Patient/au-2", content=patient("au-2"))
    answer = await fhir.get("/Patient?_id=au-2&name=%E5%BC%A0")
    (row,) = await about(trail, answer)
    assert (row.kind, row.type, row.query, row.count) == (
        *("search_type", "Patient", "_id=au-2&name=张", 0),
    )
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await fhir.post("/Patient/_search", content="_id=au-2", headers=form)
    (row,) = await about(trail, answer)
    assert (row.kind, row.query, row.count) == ("search_type", "_id=au-2", 1)


async def test_a_write_is_on_record_before_and_after(
    fhir: httpx.AsyncClient, trail: Database
) -> None:
    answer = await fhir.post("/Patient", content=patient())
    begun, done = await about(trail, answer)
    assert (begun.phase, begun.status, begun.kind) == ("b", 0, "create")
    assert (done.phase, done.status, done.version) == ("e", 201, "1")
    assert f"Patient/{done.id}/_history/1" in answer.headers["location"]


async def test_a_stream_is_on_record_at_both_ends(fhir: httpx.AsyncClient, trail: Database) -> None:
    await fhir.put("/Patient/au-3", content=patient("au-3"))
    answer = await fhir.get("/Patient/au-3/$everything")
    assert answer.json()["total"] == 1
    begun, done = await about(trail, answer)
    assert (begun.phase, begun.note, begun.id) == ("b", "$everything", "au-3")
    assert done.phase == "e"
    assert done.note.endswith("bytes")


async def test_public_answers_are_not(fhir: httpx.AsyncClient, trail: Database) -> None:
    assert await about(trail, await fhir.get("/metadata")) == []


async def test_without_its_record_nothing_goes_out(
    fhir: httpx.AsyncClient, trail: Database, session_dsn: str
) -> None:
    await fhir.put("/Patient/au-4", content=patient("au-4"))
    owner = await asyncpg.connect(session_dsn)
    try:
        await owner.execute("alter table audit rename to audit_gone")
        answer = await fhir.get("/Patient/au-4")
        assert answer.status_code == 503
        assert "on record" in answer.text
        assert "birthDate" not in answer.text
        assert (await fhir.put("/Patient/au-4", content=patient("au-4", "2001"))).status_code == 503
        await owner.execute("alter table audit_gone rename to audit")
        answer = await fhir.get("/Patient/au-4")
        assert answer.json()["birthDate"] == "2000"
    finally:
        await owner.close()


def patient(id_: str = "", born: str = "2000") -> bytes:
    body: dict[str, Any] = {"resourceType": "Patient", "birthDate": born}
    if id_:
        body["id"] = id_
    return json.dumps(body).encode()
