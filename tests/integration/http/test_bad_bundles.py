"""Bad bundles: refused whole, with the place; nothing is written.

https://hl7.org/fhir/R4/http.html#transaction
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.integration.http.refusals import count, refused

if TYPE_CHECKING:
    import httpx

PATIENT = {"resourceType": "Patient"}


def transaction(*entries: dict[str, Any], type_: str = "transaction") -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": type_, "entry": list(entries)}


def entry(method: str, url: str, resource: Any = None, **more: Any) -> dict[str, Any]:
    made = {"request": {"method": method, "url": url, **more.pop("request", {})}, **more}
    return made if resource is None else {**made, "resource": resource}


A, B = (
    "urn:uuid:aaaaaaaa-0000-4000-8000-000000000001",
    "urn:uuid:aaaaaaaa-0000-4000-8000-000000000002",
)

BUNDLES: dict[str, Any] = {
    "no entries' requests": transaction({"resource": PATIENT}),
    "unknown method": transaction(entry("FETCH", "Patient")),
    "unknown type": transaction(entry("POST", "Nothing", PATIENT)),
    "other type": transaction(entry("POST", "Observation", PATIENT)),
    "absolute address": transaction(entry("POST", "http://elsewhere.test/fhir/Patient", PATIENT)),
    "no resource": transaction(entry("POST", "Patient")),
    "twice the same": transaction(
        entry("PUT", "Patient/twice", {**PATIENT, "id": "twice"}),
        entry("PUT", "Patient/twice", {**PATIENT, "id": "twice"}),
    ),
    "written and deleted": transaction(
        entry("PUT", "Patient/twice", {**PATIENT, "id": "twice"}),
        entry("DELETE", "Patient/twice"),
    ),
    "twice the same fullUrl": transaction(
        entry("POST", "Patient", PATIENT, fullUrl=A), entry("POST", "Patient", PATIENT, fullUrl=A)
    ),
    "unknown urn": transaction(
        entry(
            "POST",
            "Patient",
            {**PATIENT, "managingOrganization": {"reference": B}},
            fullUrl=A,
        )
    ),
    "conditional reference to nothing": transaction(
        entry(
            "POST",
            "Patient",
            {**PATIENT, "managingOrganization": {"reference": "Organization?identifier=no|such"}},
        )
    ),
    "conditional reference to many": transaction(
        entry(
            "POST",
            "Patient",
            {**PATIENT, "generalPractitioner": [{"reference": "Practitioner?identifier=m|m"}]},
        )
    ),
    "invalid in the middle": transaction(
        entry("POST", "Patient", PATIENT),
        entry("POST", "Patient", {**PATIENT, "gender": "x"}),
        entry("POST", "Patient", PATIENT),
    ),
    "version that is not there": transaction(
        entry("POST", "Patient", PATIENT),
        entry(
            "PUT",
            "Patient/nobody",
            {**PATIENT, "id": "nobody"},
            request={"ifMatch": 'W/"7"'},
        ),
    ),
    "read of nothing": transaction(entry("POST", "Patient", PATIENT), entry("GET", "Patient/none")),
    "not a bundle to do": transaction(entry("POST", "Patient", PATIENT), type_="collection"),
    "not a bundle": PATIENT,
}


@pytest.fixture(scope="module")
def _many(fhir: httpx.Client) -> None:
    """Two practitioners with the same identifier."""
    for _ in range(2):
        made = {"resourceType": "Practitioner", "identifier": [{"system": "m", "value": "m"}]}
        assert fhir.post("/Practitioner", json=made).is_success


@pytest.mark.usefixtures("_many")
@pytest.mark.parametrize("name", BUNDLES)
@pytest.mark.shows(
    "input:conflicting-conditional-references", "interaction:transaction:all-or-nothing"
)
def test_transactions_are_refused_whole(fhir: httpx.Client, name: str) -> None:
    before = count(fhir)
    refused(fhir.post("", json=BUNDLES[name]), 400, 404, 409, 412, 422)
    assert count(fhir) == before


@pytest.mark.shows("input:circular-urn-uuid")
def test_circular_references_are_no_mistake(fhir: httpx.Client) -> None:
    made = fhir.post(
        "",
        json=transaction(
            entry("POST", "Patient", {**PATIENT, "link": [_link(B)]}, fullUrl=A),
            entry("POST", "Patient", {**PATIENT, "link": [_link(A)]}, fullUrl=B),
        ),
    )
    assert made.status_code == 200, made.text
    assert len(made.json()["entry"]) == 2


def _link(target: str) -> dict[str, Any]:
    return {"other": {"reference": target}, "type": "seealso"}


@pytest.mark.shows("interaction:batch")
def test_a_batch_does_what_it_can(fhir: httpx.Client) -> None:
    before = count(fhir)
    answer = fhir.post(
        "",
        json=transaction(
            entry("POST", "Patient", PATIENT),
            entry("POST", "Patient", {**PATIENT, "gender": "x"}),
            entry("GET", "Patient/none"),
            type_="batch",
        ),
    )
    assert answer.status_code == 200
    statuses = [one["response"]["status"][:3] for one in answer.json()["entry"]]
    assert statuses[0] == "201"
    assert statuses[1] in ("400", "422")
    assert statuses[2] == "404"
    assert count(fhir) == before + 1
