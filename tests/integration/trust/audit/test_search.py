"""AuditEvent over the chain: search, paging, read, who saw a patient; and what others stored."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from xinglin.fhir import json as fhir_json
from xinglin.fhir import validation

if TYPE_CHECKING:
    import httpx


@pytest.fixture(scope="module")
def seen(fhir: httpx.Client) -> str:
    """A patient who was written once, read five times, searched for, and asked for in vain."""
    id_ = "as-1"
    assert fhir.put(f"/Patient/{id_}", content=patient(id_)).status_code == 201
    for _ in range(5):
        assert fhir.get(f"/Patient/{id_}").status_code == 200
    assert fhir.get(f"/Observation?subject=Patient/{id_}&code=1").status_code == 200
    assert fhir.get(f"/Patient/{id_}/_history/9").status_code == 404
    return id_


def patient(id_: str) -> bytes:
    return json.dumps({"resourceType": "Patient", "id": id_}).encode()


def resources(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    return [entry["resource"] for entry in answer.json().get("entry", [])]


def subtypes(answer: httpx.Response) -> list[str]:
    return [one["subtype"][0]["code"] for one in resources(answer)]


def test_what_is_about_a_patient_newest_first(fhir: httpx.Client, seen: str) -> None:
    answer = fhir.get(f"/AuditEvent?patient=Patient/{seen}&type=rest&_total=accurate")
    assert subtypes(answer) == ["vread", "search-type", *["read"] * 5, "update"]
    assert answer.json()["total"] == 8
    found = resources(answer)
    assert [one["outcome"] for one in found] == ["4", *["0"] * 7]
    people = [
        e["what"]["reference"] for e in found[0]["entity"] if e.get("type", {}).get("code") == "1"
    ]
    assert people == [f"Patient/{seen}"]
    assert found[0]["entity"][1]["what"]["reference"] == f"Patient/{seen}/_history/9"


def test_each_is_a_valid_resource(fhir: httpx.Client, seen: str) -> None:
    for one in resources(fhir.get("/AuditEvent?_count=50")):
        raw = json.dumps(one, ensure_ascii=False).encode()
        issues = validation.validate(fhir_json.decode(raw))
        assert not [i for i in issues if i.severity in ("error", "fatal")], issues


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("subtype=read", 5),
        ("subtype=http://hl7.org/fhir/restful-interaction|read,update", 6),
        ("type=http://dicom.nema.org/resources/ontology/DCM|110114", 0),
        ("action=U", 1),
        ("action=U,E", 2),
        ("outcome=4", 1),
        ("outcome=0", 7),
        ("outcome=8,12", 0),
        ("date=ge2020", 8),
        ("date=lt2020", 0),
        ("date=ge2020&date=le2020-12", 0),
        ("entity=Patient/as-1", 8),
        ("entity=Patient/none", 0),
        ("agent=Practitioner/none", 0),
        ("altid=nobody", 0),
        ("patient=none", 0),
        ("_count=3", 3),
        ("_summary=count", 0),
    ],
)
def test_parameters(fhir: httpx.Client, seen: str, query: str, count: int) -> None:
    assert len(resources(fhir.get(f"/AuditEvent?patient={seen}&type=rest&{query}"))) == count


@pytest.mark.parametrize(
    "query", ["date=tomorrow", "date=ap2020", "patient=a/b/c/d e", "_count=x", "_sort=agent"]
)
def test_refusals_say_what_to_write(fhir: httpx.Client, query: str) -> None:
    answer = fhir.get(f"/AuditEvent?{query}")
    assert answer.status_code == 400
    assert answer.json()["issue"][0]["details"]["text"]


@pytest.mark.parametrize("way", ["-date", "date"])
def test_pages(fhir: httpx.Client, seen: str, way: str) -> None:
    found: list[str] = []
    url = f"/AuditEvent?patient={seen}&type=rest&_count=3&_sort={way}"
    for _ in range(3):
        answer = fhir.get(url)
        found += [one["id"] for one in resources(answer)]
        links = {link["relation"]: link["url"] for link in answer.json()["link"]}
        if "next" not in links or "_page=stored" in links["next"]:
            break
        parts = urlsplit(links["next"])
        url = f"/AuditEvent?{parts.query}"
    assert len(found) == len(set(found)) == 8
    times = [fhir.get(f"/AuditEvent/{one}").json()["recorded"] for one in found]
    assert times == sorted(times, reverse=way == "-date")


def test_by_post(fhir: httpx.Client, seen: str) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = fhir.post("/AuditEvent/_search", content=f"patient={seen}&subtype=read", headers=form)
    assert len(resources(answer)) == 5


def test_a_row_is_read_and_never_changed(fhir: httpx.Client, seen: str) -> None:
    one = resources(fhir.get(f"/AuditEvent?patient={seen}&_count=1"))[0]
    url = f"/AuditEvent/{one['id']}"
    answer = fhir.get(url)
    assert answer.json() == one
    assert answer.headers["etag"] == 'W/"1"'
    for refused in (fhir.put(url, content=json.dumps(one)), fhir.delete(url)):
        assert refused.status_code == 405
        assert refused.headers["allow"] == "GET, HEAD, OPTIONS"
        assert "cannot be changed" in refused.text
    assert fhir.get("/AuditEvent/chain-1000-999999999").status_code == 404


def test_what_other_systems_store_comes_after(fhir: httpx.Client, seen: str) -> None:
    stored = {
        "resourceType": "AuditEvent",
        "id": "from-pacs",
        "type": {"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "110104"},
        "recorded": "2026-01-01T00:00:00Z",
        "agent": [{"requestor": True, "who": {"display": "PACS"}}],
        "source": {"observer": {"display": "PACS"}},
        "entity": [{"what": {"reference": f"Patient/{seen}"}}],
    }
    answer = fhir.put("/AuditEvent/from-pacs", content=json.dumps(stored))
    assert answer.is_success, answer.text
    assert fhir.get("/AuditEvent/from-pacs").json()["type"]["code"] == "110104"
    assert [one["id"] for one in resources(fhir.get("/AuditEvent?_id=from-pacs"))] == ["from-pacs"]
    first = fhir.get(f"/AuditEvent?entity=Patient/{seen}&_count=50")
    assert all(one["id"].startswith("chain-") for one in resources(first))
    (after,) = [one["url"] for one in first.json()["link"] if one["relation"] == "next"]
    assert [one["id"] for one in resources(fhir.get(after))] == ["from-pacs"]


def test_who_saw(fhir: httpx.Client, seen: str) -> None:
    answer = fhir.get(f"/Patient/{seen}/$who-saw")
    assert answer.status_code == 200, answer.text
    (person,) = answer.json()["parameter"]
    parts = {
        part["name"]: next(v for k, v in part.items() if k != "name") for part in person["part"]
    }
    assert parts["times"] in (7, 8)  # and what a PACS told about him, if it did
    assert parts["first"] < parts["last"]
    assert parts["breakGlass"] is False
    assert fhir.get("/Patient/nobody-at-all/$who-saw").status_code == 404
    nobody = fhir.get(f"/Patient/{seen}/$who-saw?date=lt2020").json()
    assert nobody["parameter"] == [{"name": "persons", "valueInteger": 0}]
