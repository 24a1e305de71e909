"""Create, read, update, delete by HTTP: statuses, headers, and what is answered with them.

https://hl7.org/fhir/R4/http.html
"""

from __future__ import annotations

import gzip
import re
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from xinglin.fhir.validation import validate

if TYPE_CHECKING:
    import httpx

DATE = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT")


def patient(**more: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "name": [{"family": "Stranger"}], **more}


def new(fhir: httpx.Client, **more: Any) -> str:
    """The id of a new Patient."""
    answer = fhir.post("/Patient", json=patient(**more))
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


@pytest.mark.shows("interaction:create")
def test_create_gives_an_id_and_says_where(fhir: httpx.Client) -> None:
    answer = fhir.post("/Patient", json=patient(id="mine", meta={"versionId": "7"}))
    body = answer.json()
    assert answer.status_code == 201
    assert body["id"] != "mine"
    assert body["meta"]["versionId"] == "1"
    assert answer.headers["location"] == f"{fhir.base_url}Patient/{body['id']}/_history/1"
    assert answer.headers["etag"] == 'W/"1"'
    assert DATE.fullmatch(answer.headers["last-modified"])


@pytest.mark.shows("interaction:read", "interaction:vread", "interaction:delete")
def test_a_life(fhir: httpx.Client) -> None:
    id_ = new(fhir)
    one = f"/Patient/{id_}"
    first = fhir.get(one)
    assert (first.status_code, first.headers["etag"]) == (200, 'W/"1"')
    second = fhir.put(one, json=patient(id=id_, active=True))
    assert (second.status_code, second.headers["etag"]) == (200, 'W/"2"')
    assert fhir.delete(one).status_code == 204
    gone = fhir.get(one)
    assert (gone.status_code, gone.headers["etag"]) == (410, 'W/"3"')
    assert gone.json()["issue"][0]["code"] == "deleted"
    assert fhir.head(one).status_code == 410
    assert fhir.get(f"{one}/_history/1").json() == first.json()
    assert fhir.get(f"{one}/_history/3").status_code == 410
    assert fhir.get(f"{one}/_history/9").status_code == 404
    assert fhir.delete(one).status_code == 204
    again = fhir.put(one, json=patient(id=id_))
    assert (again.status_code, again.headers["etag"]) == (201, 'W/"4"')
    assert fhir.get(one).status_code == 200


@pytest.mark.shows("interaction:update", "interaction:update-as-create")
def test_an_update_carries_the_id_of_its_address(fhir: httpx.Client) -> None:
    id_ = uuid4().hex
    for body in (patient(), patient(id="other")):
        answer = fhir.put(f"/Patient/{id_}", json=body)
        assert answer.status_code == 400, answer.text
        assert answer.json()["issue"][0]["expression"] == ["Patient.id"]
    made = fhir.put(f"/Patient/{id_}", json=patient(id=id_))
    assert made.status_code == 201
    assert made.headers["location"].endswith(f"/Patient/{id_}/_history/1")


@pytest.mark.shows("interaction:if-match", "interaction:if-none-match")
def test_preconditions_of_updates(fhir: httpx.Client) -> None:
    id_ = new(fhir)
    body = patient(id=id_, gender="female")
    refused = fhir.put(f"/Patient/{id_}", json=body, headers={"If-Match": 'W/"7"'})
    assert refused.status_code == 412
    refused = fhir.put(f"/Patient/{id_}", json=body, headers={"If-None-Match": "*"})
    assert refused.status_code == 412
    assert fhir.put(f"/Patient/{id_}", json=body, headers={"If-Match": 'W/"1"'}).status_code == 200


@pytest.mark.shows("interaction:if-none-match", "interaction:if-modified-since")
def test_a_read_of_what_is_known_already(fhir: httpx.Client) -> None:
    id_ = new(fhir)
    known = fhir.get(f"/Patient/{id_}").headers
    for header, value, status in (
        ("If-None-Match", known["etag"], 304),
        ("If-None-Match", 'W/"2"', 200),
        ("If-Modified-Since", known["last-modified"], 304),
        ("If-Modified-Since", "Sat, 01 Jan 2000 00:00:00 GMT", 200),
    ):
        answer = fhir.get(f"/Patient/{id_}", headers={header: value})
        assert answer.status_code == status, (header, value)
        assert bool(answer.content) == (status == 200)


@pytest.mark.shows("interaction:prefer:minimal")
@pytest.mark.shows("interaction:prefer:representation")
@pytest.mark.shows("interaction:prefer:outcome")
@pytest.mark.parametrize(
    ("prefer", "kind"),
    [
        ("return=minimal", None),
        ("return=representation", "Patient"),
        ("return=OperationOutcome", "OperationOutcome"),
    ],
)
def test_prefer(fhir: httpx.Client, prefer: str, kind: str | None) -> None:
    answer = fhir.post("/Patient", json=patient(), headers={"Prefer": prefer})
    assert answer.status_code == 201
    assert "location" in answer.headers
    assert (answer.json()["resourceType"] if answer.content else None) == kind
    if kind:
        assert validate(answer.json()) == []


@pytest.mark.parametrize(
    ("query", "there", "gone"),
    [
        ("_elements=active", "active", "contact"),
        ("_summary=true", "active", "contact"),
        ("_summary=text", "id", "active"),
        ("_summary=data", "contact", "text"),
    ],
)
@pytest.mark.shows("interaction:read:_summary", "interaction:read:_elements")
def test_a_part_of_one_resource(fhir: httpx.Client, query: str, there: str, gone: str) -> None:
    id_ = new(fhir, active=True, contact=[{"name": {"text": "Next of kin"}}])
    part = fhir.get(f"/Patient/{id_}?{query}").json()
    assert there in part
    assert gone not in part
    assert [tag["code"] for tag in part["meta"]["tag"]] == ["SUBSETTED"]
    put = fhir.put(f"/Patient/{id_}", json=part)
    assert put.status_code == 422, "what was left out would be lost"


@pytest.mark.parametrize("query", ["_summary=count", "_summary=much", "_elements=a b"])
def test_parts_that_there_are_not(fhir: httpx.Client, query: str) -> None:
    assert fhir.get(f"/Patient/{new(fhir)}?{query}").status_code == 400


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/fhir+json; fhirVersion=4.0", 200),
        ("*/*", 200),
        ("application/fhir+xml, application/fhir+json;q=0.5", 200),
        ("application/fhir+xml;q=0.9, */*;q=0.1", 200),
        ("application/fhir+xml", 406),
        ("application/fhir+json;q=0", 406),
        ("text/plain", 406),
    ],
)
@pytest.mark.shows("interaction:accept")
def test_accept(fhir: httpx.Client, accept: str, status: int) -> None:
    answer = fhir.get(f"/Patient/{new(fhir)}", headers={"Accept": accept})
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("application/fhir+json")


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json; charset=utf-8", 201),
        ("application/fhir+json; fhirVersion=4.0", 201),
        ("application/fhir+json; fhirVersion=5.0", 415),
        ("application/fhir+xml", 415),
    ],
)
@pytest.mark.shows("interaction:content-type")
def test_content_type(fhir: httpx.Client, kind: str, status: int) -> None:
    answer = fhir.post("/Patient", json=patient(), headers={"Content-Type": kind})
    assert answer.status_code == status, answer.text


@pytest.mark.shows("interaction:gzip")
def test_compression_both_ways(fhir: httpx.Client) -> None:
    long = "杏林 🏥 " * 2000
    body = b'{"resourceType":"Patient","name":[{"text":"%s"}]}' % long.encode()
    headers = {"Content-Encoding": "gzip", "Accept-Encoding": "gzip"}
    answer = fhir.post("/Patient", content=gzip.compress(body), headers=headers)
    assert answer.status_code == 201
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < 1000
    assert answer.json()["name"][0]["text"] == long
    plain = fhir.get(f"/Patient/{answer.json()['id']}", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.json() == answer.json()


def test_a_format_in_a_form_is_heard(fhir: httpx.Client) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    plain = fhir.post("/Patient/_search", content="_format=application/json", headers=form)
    assert plain.headers["content-type"].startswith("application/json")
    assert fhir.post("/Patient/_search", content="_format=xml", headers=form).status_code == 406


def test_a_patch_does_not_take_the_id_away(fhir: httpx.Client) -> None:
    steps = [{"op": "remove", "path": "/id"}]
    kind = {"Content-Type": "application/json-patch+json"}
    refused = fhir.patch(f"/Patient/{new(fhir)}", json=steps, headers=kind)
    assert refused.status_code == 400
