"""Batches, transactions and histories by HTTP: what each entry asks for and is answered.

https://hl7.org/fhir/R4/http.html#transaction and #history
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from xinglin.fhir.validation.full import validate_fully

if TYPE_CHECKING:
    import httpx


def entry(method: str, url: str, resource: Any = None, **more: str) -> dict[str, Any]:
    made: dict[str, Any] = {"request": {"method": method, "url": url, **more}}
    return made if resource is None else {"resource": resource, **made}


def send(fhir: httpx.Client, type_: str, *entries: dict[str, Any]) -> list[dict[str, Any]]:
    """The entries of the answer, which is itself valid."""
    body = {"resourceType": "Bundle", "type": type_, "entry": list(entries)}
    answer = fhir.post("", json=body)
    assert answer.status_code == 200, answer.text
    assert valid(answer)["type"] == f"{type_}-response"
    return answer.json()["entry"]


def valid(answer: httpx.Response) -> dict[str, Any]:
    """The resource, of which our own validator has nothing to say."""
    resource = answer.json()
    assert [i.en for i in validate_fully(resource, []) if i.severity == "error"] == []
    return resource


def statuses(entries: list[dict[str, Any]]) -> list[str]:
    return [one["response"]["status"][:3] for one in entries]


@pytest.fixture
def someone(fhir: httpx.Client) -> str:
    """The address of a Patient."""
    made = fhir.post("/Patient", json={"resourceType": "Patient", "gender": "male"})
    return f"Patient/{made.json()['id']}"


@pytest.mark.shows("interaction:batch", "interaction:capabilities")
@pytest.mark.shows("operation:in-a-batch")
def test_everything_that_can_be_asked_alone_can_be_asked_in_a_batch(
    fhir: httpx.Client, someone: str
) -> None:
    answers = send(
        fhir,
        "batch",
        entry("GET", someone),
        entry("GET", f"{someone}/_history/1"),
        entry("HEAD", someone),
        entry("GET", f"Patient?_id={someone[8:]}"),
        entry("POST", f"Patient/_search?_id={someone[8:]}"),
        entry("GET", f"{someone}/_history"),
        entry("GET", "metadata"),
        entry("GET", f"{someone}/$everything"),
        entry("POST", "Patient/$validate", {"resourceType": "Patient", "gender": "unheard of"}),
        entry("GET", "Patient/$nothing"),
    )
    assert statuses(answers) == ["200"] * 9 + ["404"]
    kinds = [one.get("resource", {}).get("resourceType") for one in answers[:9]]
    assert kinds == [
        "Patient", "Patient", None, "Bundle", "Bundle", "Bundle",
        "CapabilityStatement", "Bundle", "OperationOutcome",
    ]  # fmt: skip


@pytest.mark.shows("interaction:batch")
def test_one_entry_fails_and_the_others_do_not(fhir: httpx.Client, someone: str) -> None:
    answers = send(
        fhir,
        "batch",
        entry("POST", "Patient", {"resourceType": "Patient"}),
        entry("POST", "Patient", {"resourceType": "Patient", "gender": "unheard of"}),
        entry("GET", "Patient/nobody"),
        entry("PUT", someone, {"resourceType": "Patient"}),
        entry("DELETE", someone),
        entry("PUT", "Patient", {"resourceType": "Patient"}),
        entry("GET", "Patient/%zz"),
        entry("GET", "https://elsewhere.example/fhir/Patient/1"),
        entry("GET", "Patient?birthdate=soon"),
        entry("GET", "$export"),
        entry("GET", f"{someone}/Nothing"),
        entry("GET", "Nothing?name=x"),
        entry("GET", "Nothing/1/Patient"),
    )
    assert statuses(answers[:6]) == ["201", "422", "404", "400", "204", "400"]
    assert all(one.startswith("4") for one in statuses(answers[6:])), statuses(answers)
    outcome = answers[1]["response"]["outcome"]
    assert outcome["issue"][0]["expression"] == ["Bundle.entry[1].resource.gender"]


@pytest.mark.shows("interaction:if-none-match", "interaction:if-modified-since")
def test_an_entry_reads_what_is_not_known_yet(fhir: httpx.Client, someone: str) -> None:
    since = fhir.get(f"/{someone}").json()["meta"]["lastUpdated"]
    answers = send(
        fhir,
        "batch",
        entry("GET", someone, ifNoneMatch='W/"1"'),
        entry("GET", someone, ifNoneMatch='W/"2"'),
        entry("GET", someone, ifModifiedSince=since),
        entry("GET", someone, ifModifiedSince="2000-01-01T00:00:00Z"),
    )
    assert statuses(answers) == ["304", "200", "304", "200"]
    assert ["resource" in one for one in answers] == [False, True, False, True]


@pytest.mark.shows("interaction:transaction", "interaction:transaction:urn-uuid")
def test_references_to_entries_wherever_they_stand(fhir: httpx.Client) -> None:
    who, where = f"urn:uuid:{uuid4()}", "urn:oid:1.2.156.112635"
    link = {"reference": who}
    hospital = {"resourceType": "Organization", "name": "杏林医院"}
    observation = {
        "resourceType": "Observation",
        "text": {
            "status": "generated",
            "div": f'<div xmlns="http://www.w3.org/1999/xhtml"><a href="{who}">x</a></div>',
        },
        "contained": [{"resourceType": "Condition", "id": "c", "subject": link}],
        "extension": [{"url": "http://example.org/e", "valueReference": link}],
        "status": "final",
        "code": {"text": "x"},
        "subject": link,
        "focus": [{"reference": "#c"}],
        "performer": [{"reference": where}],
    }
    answers = send(
        fhir,
        "transaction",
        entry("POST", "Observation", observation),
        {"fullUrl": who, **entry("POST", "Patient", {"resourceType": "Patient"})},
        {"fullUrl": where, **entry("POST", "Organization", hospital)},
    )
    assert statuses(answers) == ["201"] * 3
    places = [one["response"]["location"].split("/fhir/")[1] for one in answers]
    patient, organization = (place.partition("/_history")[0] for place in places[1:])
    stored = fhir.get(f"/{places[0]}").json()
    assert stored["subject"]["reference"] == patient
    assert stored["contained"][0]["subject"]["reference"] == patient
    assert stored["extension"][0]["valueReference"]["reference"] == patient
    assert f'href="{patient}"' in stored["text"]["div"]
    assert stored["performer"][0]["reference"] == organization


@pytest.mark.shows("interaction:history:instance", "interaction:history:_count")
def test_a_history_says_what_was_done(fhir: httpx.Client, someone: str) -> None:
    brought = f"Patient/{uuid4()}"
    for one in (someone, brought):
        fhir.put(f"/{one}", json={"resourceType": "Patient", "id": one[8:], "active": True})
        fhir.delete(f"/{one}")
    history = valid(fhir.get(f"/{someone}/_history"))
    assert history["total"] == 3
    assert [(e["request"]["method"], e["request"]["url"]) for e in history["entry"]] == [
        ("DELETE", someone),
        ("PUT", someone),
        ("POST", "Patient"),
    ]
    assert ["resource" in e for e in history["entry"]] == [False, True, True]
    assert [e["response"]["etag"] for e in history["entry"]] == ['W/"3"', 'W/"2"', 'W/"1"']
    first = valid(fhir.get(f"/{brought}/_history"))["entry"][-1]
    assert first["request"] == {"method": "PUT", "url": brought}
    assert first["response"]["status"] == "201"
    page = valid(fhir.get(f"/{someone}/_history?_count=2"))
    following = next(one["url"] for one in page["link"] if one["relation"] == "next")
    assert len(valid(fhir.get(following))["entry"]) == 1


@pytest.mark.shows("interaction:handling:strict", "interaction:handling:lenient")
def test_a_parameter_that_no_history_has(fhir: httpx.Client, someone: str) -> None:
    assert fhir.get(f"/{someone}/_history?nothing=1&_pretty=true").status_code == 200
    strict = {"Prefer": "handling=strict"}
    assert fhir.get(f"/{someone}/_history?_pretty=true", headers=strict).status_code == 200
    refused = fhir.get(f"/{someone}/_history?nothing=1", headers=strict)
    assert refused.status_code == 400
    assert refused.json()["issue"][0]["expression"] == ["http.nothing"]
