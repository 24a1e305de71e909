"""Bad input: each gets a 4xx with an OperationOutcome that names the place; nothing is written.

Issue "the clinical data repository", section "Bad input and bad days".
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.integration.http.refusals import count, refused

if TYPE_CHECKING:
    import httpx

PATIENT = {"resourceType": "Patient"}


BODIES: dict[str, bytes] = {
    "empty": b"",
    "not JSON": b"{",
    "cut off": b'{"resourceType":"Patient","name":[{"family":"L',
    "an array": b"[]",
    "a text": b'"Patient"',
    "null": b"null",
    "trailing comma": b'{"resourceType":"Patient",}',
    "two values": b'{"resourceType":"Patient"}{"resourceType":"Patient"}',
    "not UTF-8": b'{"resourceType":"Patient","name":[{"family":"\xff"}]}',
    "UTF-16": '{"resourceType":"Patient"}'.encode("utf-16"),
    "no type": b"{}",
    "unknown type": b'{"resourceType":"Patent"}',
    "other type": b'{"resourceType":"Observation"}',
    "type is a number": b'{"resourceType":1}',
    "unknown element": b'{"resourceType":"Patient","nme":[]}',
    "empty array": b'{"resourceType":"Patient","name":[]}',
    "empty object": b'{"resourceType":"Patient","name":[{}]}',
    "null element": b'{"resourceType":"Patient","name":null}',
    "null in array": b'{"resourceType":"Patient","name":[null]}',
    "empty string": b'{"resourceType":"Patient","gender":""}',
    "wrong cardinality": b'{"resourceType":"Patient","name":{"family":"Li"}}',
    "wrong type": b'{"resourceType":"Patient","active":"true"}',
    "number for string": b'{"resourceType":"Patient","name":[{"family":7}]}',
    "duplicate key": b'{"resourceType":"Patient","active":true,"active":false}',
    "deep duplicate key": b'{"resourceType":"Patient","name":[{"family":"a","family":"b"}]}',
    "NaN": b'{"resourceType":"Patient","multipleBirthInteger":NaN}',
    "infinite": b'{"resourceType":"Patient","multipleBirthInteger":Infinity}',
    "text for a number": b'{"resourceType":"Patient","multipleBirthInteger":"1"}',
    "fraction for an integer": b'{"resourceType":"Patient","multipleBirthInteger":1.5}',
    "huge integer": b'{"resourceType":"Patient","multipleBirthInteger":99999999999}',
    "NUL": b'{"resourceType":"Patient","name":[{"family":"a\\u0000b"}]}',
    "raw NUL": b'{"resourceType":"Patient","name":[{"family":"a\x00b"}]}',
    "lone surrogate": b'{"resourceType":"Patient","name":[{"family":"\\ud800"}]}',
    "bad date": b'{"resourceType":"Patient","birthDate":"1980-02-30"}',
    "date with a time": b'{"resourceType":"Patient","birthDate":"1980-02-03T10:00:00Z"}',
    "unknown code": b'{"resourceType":"Patient","gender":"x"}',
    "two of a choice": b'{"resourceType":"Patient","deceasedBoolean":true,"deceasedDateTime":"2020"}',
    "reference to a wrong type": (
        b'{"resourceType":"Patient","managingOrganization":{"reference":"Patient/1"}}'
    ),
    "misaligned primitive arrays": (
        b'{"resourceType":"Patient","name":[{"given":["a"],"_given":[null,{"id":"x"}]}]}'
    ),
    "deep nesting": b'{"resourceType":"Patient","extension":' + b'[{"extension":' * 500 + b"[]",
    "5,000 levels": b"[" * 5_000 + b"]" * 5_000,
    "bad id": b'{"resourceType":"Patient","id":"a b"}',
}


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.shows(
    "input:malformed-json",
    "input:wrong-type",
    "input:unknown-element",
    "input:deep-nesting",
    "input:duplicate-key",
    "input:bad-date",
    "input:nan",
    "input:nul",
    "input:lone-surrogate",
    "input:wrong-resource-type",
)
def test_bodies(fhir: httpx.Client, name: str) -> None:
    before = count(fhir)
    refused(fhir.post("/Patient", content=BODIES[name]))
    refused(fhir.put("/Patient/bad-body", content=BODIES[name]))
    if name != "bad id":
        refused(fhir.post("/Patient/$validate", content=BODIES[name]), 200, 400, 422)
    assert count(fhir) == before


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ("unknown element", "Patient.nme"),
        ("unknown code", "Patient.gender"),
        ("bad date", "Patient.birthDate"),
        ("number for string", "Patient.name[0].family"),
        ("deep duplicate key", "Patient.name[0].family"),
        ("lone surrogate", "Patient.name[0].family"),
        ("reference to a wrong type", "Patient.managingOrganization.reference"),
    ],
)
def test_the_place_is_named(fhir: httpx.Client, body: str, place: str) -> None:
    issue = refused(fhir.post("/Patient", content=BODIES[body]))
    assert issue["expression"] == [place]


@pytest.mark.shows("validation:all-issues")
def test_all_issues_come_at_once(fhir: httpx.Client) -> None:
    body = b'{"resourceType":"Patient","gender":"x","birthDate":"y","contact":[{"gender":"z"}]}'
    outcome = fhir.post("/Patient", content=body).json()
    places = {issue["expression"][0] for issue in outcome["issue"]}
    assert places == {"Patient.gender", "Patient.birthDate", "Patient.contact[0].gender"}


def test_id_of_the_address_and_of_the_body_must_agree(fhir: httpx.Client) -> None:
    refused(fhir.put("/Patient/one", json={**PATIENT, "id": "two"}))
    refused(fhir.put("/Patient/one", json=PATIENT))


SEARCHES = [
    "/Patient?birthdate=yesterday",
    "/Patient?birthdate=2020-13-01",
    "/Patient?birthdate=xx2020",
    "/Observation?value-quantity=abc",
    "/Observation?value-quantity=eq",
    "/Patient?name:unknown=x",
    "/Patient?birthdate:exact=2020",
    "/Patient?gender:missing=perhaps",
    "/Patient?_count=-1",
    "/Patient?_count=x",
    "/Patient?_include=nothing",
    "/Patient?_has:Observation=x",
    "/Patient?_has:Nothing:patient:code=x",
    "/Patient?organization:Nothing.name=x",
    "/Patient?_summary=perhaps",
    "/Patient?_total=perhaps",
    "/Patient?_filter=name",
    "/Patient?_filter=name eq",
    "/Patient?_filter=(name eq a",
    "/Patient?_lastUpdated=x",
    "/Patient?general-practitioner:Patient=1",
    "/Patient?_page=invented",
    "/Patient?_elements=",
    "/Nothing?name=x",
    "?_type=Nothing",
    "/Patient/1/Nothing",
    "/Patient/_history?_since=x",
    "/Patient/_history?_count=x",
    "/_history?_at=x",
]


@pytest.mark.parametrize("address", SEARCHES)
@pytest.mark.shows("input:invalid-search-value", "input:unknown-modifier")
def test_searches(fhir: httpx.Client, address: str) -> None:
    if address == "/Patient?_elements=":
        assert fhir.get(address).status_code in (200, 400)
        return
    refused(fhir.get(address), 400, 404, 422)


@pytest.mark.parametrize(
    "value",
    [
        "'; drop table resource; --",
        "' or '1'='1",
        "%27%29%3B+select+pg_sleep%2810%29--",
        "$1",
        "\\",
        "\\,\\|\\$",
        "|",
        "||",
        "a|b|c|d",
        ",",
        ",,,",
        "$$",
        "(",
        "%25",
        "_",
        "\u202e",
        "\U0001f600",
        "x" * 5000,
    ],
)
@pytest.mark.parametrize(
    "param", ["name", "identifier", "general-practitioner", "_id", "_tag", "_profile", "_text"]
)
@pytest.mark.shows("input:sql-looking")
def test_sql_looking_values_find_nothing(fhir: httpx.Client, param: str, value: str) -> None:
    answer = fhir.get("/Patient", params={param: value})
    assert answer.status_code in (200, 400), answer.text
    if answer.status_code == 400:
        refused(answer)
    else:
        assert not [e for e in answer.json().get("entry", []) if e["search"]["mode"] == "match"]


@pytest.mark.parametrize(
    "query",
    [
        "_sort=nothing",
        "_include=Patient:nothing",
        "_revinclude=Observation:nothing",
        "_has:Observation:nothing:code=x",
        "organization.nothing=x",
    ],
)
def test_unknown_names_within_parameters_are_refused_under_strict(
    fhir: httpx.Client, query: str
) -> None:
    lenient = fhir.get(f"/Patient?{query}").json()
    own = next(link["url"] for link in lenient["link"] if link["relation"] == "self")
    assert "nothing" not in own
    refused(fhir.get(f"/Patient?{query}", headers={"Prefer": "handling=strict"}))


@pytest.mark.shows("interaction:handling:strict", "interaction:handling:lenient")
def test_unknown_parameters_are_told_or_refused(fhir: httpx.Client) -> None:
    lenient = fhir.get("/Patient?nothing=1&active=true")
    assert lenient.status_code == 200
    own = next(link["url"] for link in lenient.json()["link"] if link["relation"] == "self")
    assert "active=true" in own
    assert "nothing" not in own
    refused(fhir.get("/Patient?nothing=1", headers={"Prefer": "handling=strict"}))


@pytest.mark.shows("input:foreign-cursor")
def test_cursors_of_another_query_are_refused(fhir: httpx.Client) -> None:
    for _ in range(3):
        assert fhir.post("/Basic", json={"resourceType": "Basic", "code": {"text": "c"}}).is_success
    page = fhir.get("/Basic?_count=1").json()
    following = next(link["url"] for link in page["link"] if link["relation"] == "next")
    assert fhir.get(following).status_code == 200
    refused(fhir.get(following.replace("/Basic?", "/Patient?")))
    refused(fhir.get(following.replace("_count=1", "_count=1&code=x")))
    refused(fhir.get(following[:-3]))


@pytest.mark.parametrize(
    ("steps", "statuses"),
    [
        ([{"op": "add"}], (400, 422)),
        ([{"op": "nothing", "path": "/active", "value": True}], (400, 422)),
        ([{"op": "replace", "path": "/nothing/0", "value": 1}], (400, 422)),
        ([{"op": "test", "path": "/active", "value": False}], (400, 409, 412, 422)),
        ([{"op": "replace", "path": "/gender", "value": "x"}], (400, 422)),
        ([{"op": "replace", "path": "/id", "value": "other"}], (400, 422)),
        ([{"op": "replace", "path": "/resourceType", "value": "Group"}], (400, 422)),
        ([{"op": "add", "path": "active", "value": True}], (400, 422)),
        ("nothing", (400, 422)),
    ],
)
def test_patches(fhir: httpx.Client, steps: Any, statuses: tuple[int, ...]) -> None:
    fhir.put(
        "/Patient/patched", json={**PATIENT, "id": "patched", "active": True}
    ).raise_for_status()
    before = fhir.get("/Patient/patched").content
    kind = {"Content-Type": "application/json-patch+json"}
    refused(fhir.patch("/Patient/patched", content=json.dumps(steps), headers=kind), *statuses)
    assert fhir.get("/Patient/patched").content == before


@pytest.mark.parametrize(
    ("headers", "statuses"),
    [
        ({"If-Match": "3"}, (400,)),
        ({"If-Match": 'W/"99"'}, (412,)),
        ({"If-Match": 'W/"x"'}, (412,)),
        ({"If-None-Match": "*"}, (412,)),
    ],
)
def test_preconditions(
    fhir: httpx.Client, headers: dict[str, str], statuses: tuple[int, ...]
) -> None:
    known = {**PATIENT, "id": "known"}
    fhir.put("/Patient/known", json=known).raise_for_status()
    refused(fhir.put("/Patient/known", json=known, headers=headers), *statuses)


@pytest.mark.parametrize(
    "address",
    [
        "/Patient/none/$everything",
        "/Patient/none/$meta",
        "/Patient/known/$everything?_type=Nothing",
        "/Patient/known/$everything?_since=x",
        "/Patient/known/$everything?_count=0",
        "/ValueSet/$expand",
        "/ValueSet/$expand?url=http://no.such/set",
        "/CodeSystem/$lookup?system=http://no.such/system&code=x",
        "/CodeSystem/$lookup",
        "/$export",
        "/Patient/$everything-else",
        "/_async/nothing",
        "/_async/nothing/Patient.ndjson",
        "/$reindex-status",
    ],
)
def test_operations(fhir: httpx.Client, address: str) -> None:
    fhir.put("/Patient/known", json={**PATIENT, "id": "known"}).raise_for_status()
    refused(fhir.get(address), 400, 404, 422)


@pytest.mark.parametrize(
    "query",
    [
        "_outputFormat=csv",
        "_type=Nothing",
        "_since=x",
        "_typeFilter=Patient%3Fnothing%3D1",
        "_typeFilter=Nothing%3Fa%3D1",
        "_type=Group&_typeFilter=Patient%3Factive%3Dtrue",
    ],
)
def test_exports(fhir: httpx.Client, query: str) -> None:
    refused(fhir.get(f"/$export?{query}", headers={"Prefer": "respond-async"}))
