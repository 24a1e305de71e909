"""A repository on a fresh database, and a few resources to put into it."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import pytest_asyncio

from xinglin.cdr.access import Access, Scope
from xinglin.cdr.assembly import assemble
from xinglin.fhir import json
from xinglin.kernel.clock import FixedClock, SystemClock
from xinglin.kernel.database import Database, on_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import asyncpg

    from xinglin.cdr.interactions.result import Result
    from xinglin.cdr.repository import Repository

BASE = "http://hospital.test/fhir"
S = "http://hospital.test/mrn"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 3, 1, 8, 30, 15, 123456, tzinfo=UTC))


@pytest_asyncio.fixture
async def repository(db: Database, clock: FixedClock) -> AsyncIterator[Repository]:
    assembly = await assemble(db, clock)
    yield assembly.repository
    await assembly.repository.close()


@pytest_asyncio.fixture(scope="module")
async def still(
    server_dsn: str, _admin: asyncpg.Connection, request: pytest.FixtureRequest
) -> AsyncIterator[Repository]:
    """A repository for all tests of a module that write nothing: a database takes a while."""
    name = f"s_{os.getpid()}_{request.module.__name__.rpartition('.')[2]}"
    await _admin.execute(f"create database {name} template template_xinglin")
    async with await Database.open(on_database(server_dsn, name)) as db:
        repository = (await assemble(db, SystemClock())).repository
        yield repository
        await repository.close()
    await _admin.execute(f"drop database {name} with (force)")


@pytest.fixture
def local() -> Access:
    return Access.local()


def content(result: Result) -> dict[str, Any]:
    """The body of a result, decoded exactly."""
    return json.decode(result.body)


def plain(result: Result) -> Any:
    """The body of a result, decoded without care for numbers."""
    return msgspec.json.decode(result.body)


def patient(**more: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", **more}


def observation(subject: str, code: str = "8867-4", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "subject": {"reference": subject},
        **more,
    }


def entry(method: str, url: str, resource: Any = None, full_url: str = "", **request: str) -> Any:
    made: dict[str, Any] = {"request": {"method": method, "url": url, **request}}
    if resource is not None:
        made["resource"] = resource
    if full_url:
        made["fullUrl"] = full_url
    return made


def bundle(*entries: Any, type_: str = "transaction") -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": type_, "entry": list(entries)}


async def rid(db: Database, id_: str) -> int:
    return await db.fetchval("select rid from resource where id = $1", id_)


def access(*scopes: Scope, **more: Any) -> Access:
    return Access(actor="nurse", scopes=scopes, **more)


def of_patient(number: int, letters: str = "cruds", *types: str) -> Scope:
    return Scope(frozenset(types) if types else None, letters, patients=(number,))


@pytest.fixture
async def two(repository: Repository, local: Access) -> None:
    """Patients a and b, an observation of each."""
    for id_ in "ab":
        await repository.update(
            local, "Patient", id_, patient(identifier=[{"system": S, "value": id_}])
        )
        await repository.update(local, "Observation", f"o{id_}", observation(f"Patient/{id_}"))
