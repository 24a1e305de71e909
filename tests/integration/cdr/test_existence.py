"""References to what is not there, where a site asks for the check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from xinglin.cdr.existence import hold_references
from xinglin.fhir import definitions
from xinglin.kernel.errors import Invalid

if TYPE_CHECKING:
    from xinglin.cdr.access import Access
    from xinglin.cdr.repository import Repository
    from xinglin.kernel.database import Database


def observation(patient: str) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "pulse"},
        "subject": {"reference": patient},
    }


@pytest.fixture
def strict(repository: Repository) -> Repository:
    repository.on_write(definitions.resource_types(), hold_references(repository.context))
    return repository


async def test_without_the_setting_a_target_may_come_later(repository: Repository, local: Access):
    assert (await repository.create(local, "Observation", observation("Patient/a"))).status == 201


async def test_a_target_that_is_absent_or_deleted_is_refused(
    strict: Repository, local: Access, db: Database
):
    with pytest.raises(Invalid, match="Patient/a is referred to"):
        await strict.create(local, "Observation", observation("Patient/a"))
    assert await db.fetchval("select count(*) from change") == 0
    await strict.update(local, "Patient", "a", {"resourceType": "Patient", "id": "a"})
    assert (await strict.create(local, "Observation", observation("Patient/a"))).status == 201
    await strict.delete(local, "Patient", "a")
    with pytest.raises(Invalid):
        await strict.create(local, "Observation", observation("Patient/a"))


async def test_a_target_in_the_same_transaction_is_there(strict: Repository, local: Access):
    bundle = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {
                "fullUrl": "urn:uuid:7b1c8f8e-0000-4000-8000-000000000001",
                "resource": {"resourceType": "Patient"},
                "request": {"method": "POST", "url": "Patient"},
            },
            {
                "resource": observation("urn:uuid:7b1c8f8e-0000-4000-8000-000000000001"),
                "request": {"method": "POST", "url": "Observation"},
            },
        ],
    }
    assert (await strict.bundle(local, bundle, base="http://h.test/fhir")).status == 200
