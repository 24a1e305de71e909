"""Patches on stored resources; what comes out is held to the rules of an update."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from xinglin.fhir import json
from xinglin.kernel.errors import (
    Gone,
    Invalid,
    Malformed,
    NotFound,
    PreconditionFailed,
    Refusal,
)

from .conftest import content, patient

if TYPE_CHECKING:
    from xinglin.cdr.access import Access
    from xinglin.cdr.repository import Repository
    from xinglin.kernel.database import Database


def step(op: str, path: str, value: Any = None) -> dict[str, Any]:
    return {"op": op, "path": path} | ({"value": value} if value is not None else {})


@pytest.mark.shows("interaction:patch:json")
async def test_json_patch(repository: Repository, local: Access, db: Database):
    await repository.update(local, "Patient", "p", patient(gender="male", active=True))
    done = await repository.patch(
        local,
        "Patient",
        "p",
        [
            step("test", "/gender", "male"),
            step("replace", "/gender", "female"),
            step("remove", "/active"),
        ],
        if_match='W/"1"',
    )
    assert (done.status, done.version) == (200, 2)
    stored = content(done)
    assert stored["gender"] == "female"
    assert "active" not in stored
    assert stored["meta"]["versionId"] == "2"
    assert await db.fetchval("select count(*) from history") == 1


@pytest.mark.shows("interaction:patch:fhirpath")
async def test_fhirpath_patch(repository: Repository, local: Access):
    await repository.update(local, "Patient", "p", patient(gender="male"))
    parts = [
        {"name": "type", "valueCode": "replace"},
        {"name": "path", "valueString": "Patient.gender"},
        {"name": "value", "valueCode": "other"},
    ]
    body = {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": parts}]}
    assert content(await repository.patch(local, "Patient", "p", body))["gender"] == "other"


async def test_numbers_that_are_not_touched_stay(repository: Repository, local: Access):
    body = json.decode(
        b'{"resourceType":"Observation","status":"final","code":{"text":"x"},'
        b'"valueQuantity":{"value":1.50}}'
    )
    await repository.update(local, "Observation", "o", body)
    done = await repository.patch(
        local, "Observation", "o", [step("replace", "/status", "amended")]
    )
    assert b'"value":1.50}' in done.body


async def test_a_patch_that_changes_nothing_is_no_version(repository: Repository, local: Access):
    await repository.update(local, "Patient", "p", patient(gender="male"))
    done = await repository.patch(local, "Patient", "p", [step("replace", "/gender", "male")])
    assert done.version == 1


@pytest.mark.parametrize(
    ("steps", "kind"),
    [
        ([step("replace", "/gender", "m")], Invalid),
        ([step("add", "/unknown", 1)], Invalid),
        ([step("replace", "/id", "q")], Malformed),
        ([step("replace", "/resourceType", "Person")], Malformed),
        ([step("remove", "/nothing")], Refusal),
        ([step("test", "/gender", "female")], Refusal),
        ([step("jump", "/gender")], Refusal),
        (["text"], Refusal),
        ({"resourceType": "Patient"}, Refusal),
        ({"resourceType": "Parameters", "parameter": [{"name": "operation"}]}, Refusal),
    ],
)
async def test_bad_patches(
    repository: Repository, local: Access, db: Database, steps: Any, kind: type[Refusal]
):
    await repository.update(local, "Patient", "p", patient(gender="male"))
    with pytest.raises(kind) as refused:
        await repository.patch(local, "Patient", "p", steps)
    assert 400 <= refused.value.status < 500
    assert await db.fetchval("select max(ver) from resource") == 1


async def test_what_cannot_be_patched(repository: Repository, local: Access):
    with pytest.raises(NotFound):
        await repository.patch(local, "Patient", "p", [])
    await repository.update(local, "Patient", "p", patient())
    with pytest.raises(PreconditionFailed):
        await repository.patch(local, "Patient", "p", [], if_match='W/"4"')
    await repository.delete(local, "Patient", "p")
    with pytest.raises(Gone):
        await repository.patch(local, "Patient", "p", [])
