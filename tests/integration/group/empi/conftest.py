"""The patient index over a repository on a fresh database, and calls of its operations."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest_asyncio

from xinglin.cdr.access import Access
from xinglin.cdr.assembly import assemble
from xinglin.cdr.operations import Registry
from xinglin.cdr.operations.parameters import of_query, of_resource
from xinglin.cdr.operations.registry import Call
from xinglin.fhir import json
from xinglin.group.empi import PatientIndex
from xinglin.kernel.clock import FixedClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from xinglin.cdr.repository import Repository
    from xinglin.kernel.database import Database

BASE = "http://hospital.test/fhir"
LOCAL = Access.local()


class Desk:
    """What a client sees: resources and operations, under an access."""

    def __init__(self, repository: Repository, db: Database) -> None:
        self.repository = repository
        self.db = db
        self.table = Registry()
        self.room = PatientIndex(repository)
        self.room.register(self.table)

    async def call(
        self,
        name: str,
        parameters: dict[str, Any] | None = None,
        *,
        access: Access = LOCAL,
        id_: str = "",
        lang: str = "en",
        **query: str,
    ) -> tuple[int, dict[str, Any]]:
        """Status and body of an operation."""
        level = "system" if name.startswith("match-") and not id_ else "instance" if id_ else "type"
        method = "GET" if parameters is None else "POST"
        operation = self.table.find(name, level, "Patient", method)
        given = of_query(list(query.items()))
        if parameters is not None:
            given = of_resource(parameters)
        reply = await operation.handler(
            Call(access, name, level, "Patient", id_, given, None, BASE, lang)
        )
        body = reply.body
        assert not isinstance(body, bytes) or body
        return reply.status, json.decode(json.encode(body)) if isinstance(
            body, dict
        ) else json.decode(body)

    async def put(self, patient: dict[str, Any]) -> str:
        """A patient as an interface or an import writes him; his id."""
        result = await self.repository.create(LOCAL, patient["resourceType"], patient)
        return result.id

    async def get(self, id_: str, type_: str = "Patient") -> dict[str, Any]:
        return json.decode((await self.repository.read(LOCAL, type_, id_)).body)

    async def work(self) -> None:
        """Match all that is new."""
        while await self.room.worker.step():
            pass


def parameters(**given: Any) -> dict[str, Any]:
    """A Parameters resource: resources, references (``Patient/x``), booleans, codes."""
    return {"resourceType": "Parameters", "parameter": [_one(k, v) for k, v in given.items()]}


def _one(name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return {"name": name, "resource": value}
    if isinstance(value, bool):
        return {"name": name, "valueBoolean": value}
    if isinstance(value, int):
        return {"name": name, "valueInteger": value}
    if value.startswith("Patient/"):
        return {"name": name, "valueReference": {"reference": value}}
    return {"name": name, "valueString": value}


def part(body: dict[str, Any], name: str) -> Any:
    """The value of a parameter of an answer."""
    found = [p for p in body["parameter"] if p["name"] == name]
    assert found, (name, body)
    one = found[0]
    return next(v for k, v in one.items() if k != "name")


NUMBER = "990101198003041231"


def someone(name: str = "王晓明", **more: Any) -> dict[str, Any]:
    """A man born on 4 March 1980 with a phone."""
    made = {
        "resourceType": "Patient",
        "name": [{"text": name, "family": name[0], "given": [name[1:]]}],
        "birthDate": "1980-03-04",
        "gender": "male",
        "telecom": [{"system": "phone", "value": "16412345678"}],
    }
    return {k: v for k, v in (made | more).items() if v}


def identified(value: str, kind: str = "NI") -> list[dict[str, Any]]:
    code = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": kind}]}
    return [{"type": code, "system": f"http://hospital.test/{kind.lower()}", "value": value}]


@pytest_asyncio.fixture
async def desk(db: Database) -> AsyncIterator[Desk]:
    clock = FixedClock(datetime(2026, 3, 1, 8, 30, 15, tzinfo=UTC))
    assembly = await assemble(db, clock)
    yield Desk(assembly.repository, db)
    await assembly.repository.close()
