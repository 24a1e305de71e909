"""A site's own search parameter, from POST to search, and the proof that all rows agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from xinglin.cdr.access import Access
from xinglin.cdr.assembly import Assembly, assemble
from xinglin.cdr.index import deep
from xinglin.cdr.operations import Call, Parameter, Parameters
from xinglin.cdr.operations.reindexing import Reindexing
from xinglin.fhir import json
from xinglin.kernel.clock import SystemClock
from xinglin.kernel.errors import Malformed, NotFound

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from xinglin.kernel.database import Database

BED = {
    "resourceType": "SearchParameter",
    "url": "urn:sp:bed",
    "name": "Bed",
    "status": "active",
    "description": "The bed a patient lies in",
    "code": "bed",
    "base": ["Patient"],
    "type": "token",
    "expression": "Patient.extension('urn:bed').value as code",
}


def patient(bed: str) -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "extension": [{"url": "urn:bed", "valueCode": bed}],
        "name": [{"family": "王", "given": ["小明"]}],
        "deceasedDateTime": "2024-05-05",
    }


@pytest_asyncio.fixture
async def assembly(db: Database) -> AsyncIterator[Assembly]:
    made = await assemble(db, SystemClock())
    made.reindexer.grace = 0
    yield made
    await made.repository.close()


def call(name: str, **given: str) -> Call:
    parameters = Parameters(tuple(Parameter(k, v) for k, v in given.items()))
    return Call(Access.local(), name, "system", "", "", parameters, None, "http://x/fhir")


def values(body: Any) -> dict[str, Any]:
    return {
        one["name"]: next(v for k, v in one.items() if k != "name") for one in body["parameter"]
    }


async def search(assembly: Assembly, db: Database, query: str) -> list[str]:
    style: Any = type("Style", (), {"base": "http://x/fhir", "strict": True, "lang": "en"})
    result = await assembly.search(db, Access.local(), ("Patient",), query, style)
    bundle = json.decode(result.body)
    return [entry["resource"]["id"] for entry in bundle.get("entry", ())]


@pytest.mark.shows("search:custom-parameter", "operation:reindex")
async def test_from_post_to_search(assembly: Assembly, db: Database) -> None:
    repository, local = assembly.repository, Access.local()
    first = await repository.create(local, "Patient", patient("A1"))
    await repository.create(local, "Patient", patient("A2"))
    await repository.create(local, "SearchParameter", BED)
    with pytest.raises(Malformed, match="bed"):
        await search(assembly, db, "bed=A1")
    operations = Reindexing(db, assembly.reindexer)
    reply = await operations.start(call("reindex"))
    assert reply.status == 202
    started = values(reply.body)
    assert (started["state"], started["total"], started["type"]) == ("running", 2, "Patient")
    while await assembly.reindexer.work():
        pass
    done = values((await operations.status(call("reindex-status", run=str(started["run"])))).body)
    assert (done["state"], done["done"], done["changed"]) == ("done", 2, 2)
    assert await search(assembly, db, "bed=A1") == [first.id]
    changed = patient("B7") | {"id": first.id}
    await repository.update(local, "Patient", first.id, changed)
    assert await search(assembly, db, "bed=A1") == []
    assert await search(assembly, db, "bed=B7") == [first.id]
    assert (await deep.check(db, assembly.repository.context.indexer)).agrees


async def test_rows_agree_after_every_kind_of_write(assembly: Assembly, db: Database) -> None:
    repository, local = assembly.repository, Access.local()
    made = await repository.create(local, "Patient", patient("A1"))
    clinic = await repository.create(local, "Organization", {"resourceType": "Organization"})
    visit = await repository.create(
        local,
        "Encounter",
        {
            "resourceType": "Encounter",
            "status": "finished",
            "class": {"code": "AMB"},
            "subject": {"reference": f"Patient/{made.id}"},
            "serviceProvider": {"reference": f"Organization/{clinic.id}"},
        },
    )
    weight = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "体重"},
        "encounter": {"reference": f"Encounter/{visit.id}"},
        "subject": {"reference": f"Patient/{made.id}"},
        "valueQuantity": {"value": 70, "unit": "公斤"},
        "effectiveInstant": "2024-05-05T07:30:00Z",
    }
    for _ in range(2):
        await repository.create(local, "Observation", weight)
    gone = await repository.create(local, "Observation", weight)
    await repository.update(
        local, "Observation", gone.id, weight | {"id": gone.id, "status": "amended"}
    )
    await repository.delete(local, "Observation", gone.id)
    report = await deep.check(db, assembly.repository.context.indexer)
    assert report.agrees, report
    assert report.resources == 6
    assert report.rows > 40


async def test_status_of_what_is_not_there(assembly: Assembly, db: Database) -> None:
    operations = Reindexing(db, assembly.reindexer)
    with pytest.raises(Malformed, match="which run"):
        await operations.status(call("reindex-status"))
    with pytest.raises(NotFound):
        await operations.status(call("reindex-status", run="99"))
    with pytest.raises(Malformed, match="Patent"):
        await operations.start(call("reindex", type="Patent"))
