"""Operations through HTTP: everything, meta, validate, terminology, bulk export and import."""

from __future__ import annotations

import json
import os
import signal
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ASYNC = {"Prefer": "respond-async"}


def put(fhir: httpx.Client, resource: dict[str, Any]) -> None:
    answer = fhir.put(f"/{resource['resourceType']}/{resource['id']}", json=resource)
    assert answer.is_success, answer.text


@pytest.fixture(scope="module")
def chart(fhir: httpx.Client) -> str:
    """A patient with an encounter, 300 dated observations and a practitioner; and a neighbour."""
    put(fhir, {"resourceType": "Practitioner", "id": "doc", "name": [{"family": "Doc"}]})
    for name in ("ev", "neighbour"):
        put(fhir, {"resourceType": "Patient", "id": name})
    subject = {"reference": "Patient/ev"}
    put(
        fhir,
        {
            "resourceType": "Encounter",
            "id": "ev-visit",
            "status": "finished",
            "class": {"code": "AMB"},
            "subject": subject,
            "participant": [{"individual": {"reference": "Practitioner/doc"}}],
        },
    )
    entries = [
        {
            "resource": {
                "resourceType": "Observation",
                "id": f"ev-{n}",
                "status": "final",
                "code": {"text": "c"},
                "subject": subject,
                "encounter": {"reference": "Encounter/ev-visit"},
                "effectiveDateTime": f"20{n % 20:02}-01-01",
            },
            "request": {"method": "PUT", "url": f"Observation/ev-{n}"},
        }
        for n in range(300)
    ]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    assert fhir.post("", json=bundle).is_success
    put(
        fhir,
        {
            "resourceType": "Observation",
            "id": "not-mine",
            "status": "final",
            "code": {"text": "c"},
            "subject": {"reference": "Patient/neighbour"},
        },
    )
    return "Patient/ev"


def names(bundle: dict[str, Any]) -> list[str]:
    return [entry["fullUrl"].split("/fhir/")[1] for entry in bundle.get("entry", [])]


@pytest.mark.shows("operation:everything")
def test_everything_has_no_cap_and_nothing_twice(fhir: httpx.Client, chart: str) -> None:
    bundle = fhir.get(f"/{chart}/$everything").json()
    found = names(bundle)
    assert len(found) == len(set(found)) == bundle["total"] == 303
    assert {"Patient/ev", "Encounter/ev-visit", "Observation/ev-299", "Practitioner/doc"} < set(
        found
    )
    assert "Observation/not-mine" not in found


def test_everything_in_pages_is_the_same(fhir: httpx.Client, chart: str) -> None:
    address: str | None = f"/{chart}/$everything?_count=100"
    found: set[str] = set()
    pages = 0
    while address:
        bundle = fhir.get(address).json()
        pages += 1
        found.update(names(bundle))
        address = next((one["url"] for one in bundle["link"] if one["relation"] == "next"), None)
    assert pages == 4
    assert len(found) == 303


def test_everything_narrowed(fhir: httpx.Client, chart: str) -> None:
    of_type = fhir.get(f"/{chart}/$everything?_type=Encounter,Practitioner").json()
    assert set(names(of_type)) == {"Encounter/ev-visit", "Practitioner/doc"}
    dated = fhir.get(f"/{chart}/$everything?start=2005&end=2006-01-01&_type=Observation").json()
    assert len(names(dated)) == 30
    later = fhir.get(f"/{chart}/$everything?_since=2999-01-01T00:00:00Z&_type=Observation").json()
    assert names(later) == []
    posted = fhir.post(
        f"/{chart}/$everything",
        json={
            "resourceType": "Parameters",
            "parameter": [{"name": "_type", "valueCode": "Encounter"}],
        },
    )
    assert names(posted.json()) == ["Encounter/ev-visit"]


def test_everything_of_an_encounter(fhir: httpx.Client, chart: str) -> None:
    found = names(fhir.get("/Encounter/ev-visit/$everything").json())
    assert len(found) == len(set(found)) == 303
    assert chart in found


@pytest.mark.shows("operation:meta", "operation:meta-add", "operation:meta-delete")
def test_meta(fhir: httpx.Client) -> None:
    put(fhir, {"resourceType": "Patient", "id": "tagged", "active": True})
    given = {
        "resourceType": "Parameters",
        "parameter": [{"name": "meta", "valueMeta": {"tag": [{"system": "s", "code": "c"}]}}],
    }
    added = fhir.post("/Patient/tagged/$meta-add", json=given).json()
    assert added["parameter"][0]["valueMeta"]["tag"] == [{"system": "s", "code": "c"}]
    again = fhir.post("/Patient/tagged/$meta-add", json=given).json()
    assert again == added
    assert names(fhir.get("/Patient?_tag=s|c").json()) == ["Patient/tagged"]
    fhir.post("/Patient/tagged/$meta-delete", json=given).raise_for_status()
    assert "tag" not in fhir.get("/Patient/tagged/$meta").json()["parameter"][0]["valueMeta"]
    assert fhir.get("/Patient/tagged/$meta-add").status_code == 405


@pytest.mark.parametrize(
    ("path", "body", "errors"),
    [
        ("/Patient/$validate", {"resourceType": "Patient"}, 0),
        ("/Patient/$validate", {"resourceType": "Patient", "contact": [{"gender": "male"}]}, 1),
        ("/Patient/$validate", {"resourceType": "Observation", "status": "final"}, 2),
        ("/Patient/tagged/$validate?mode=update", {"resourceType": "Patient", "id": "x"}, 1),
        ("/Patient/tagged/$validate?mode=delete", None, 0),
        ("/Patient/tagged/$validate", None, 0),
    ],
)
@pytest.mark.shows("operation:validate")
def test_validate(fhir: httpx.Client, path: str, body: Any, errors: int) -> None:
    put(fhir, {"resourceType": "Patient", "id": "tagged", "active": True})
    answer = fhir.post(path, json=body) if body else fhir.post(path)
    assert answer.status_code == 200
    found = [one for one in answer.json()["issue"] if one["severity"] == "error"]
    assert len(found) == errors, answer.text


@pytest.mark.shows("operation:validate", "validation:profiles")
def test_validate_against_a_stored_profile(fhir: httpx.Client) -> None:
    put(
        fhir,
        {
            "resourceType": "StructureDefinition",
            "id": "born",
            "url": "urn:test:born",
            "name": "Born",
            "status": "active",
            "kind": "resource",
            "abstract": False,
            "type": "Patient",
            "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Patient",
            "derivation": "constraint",
            "differential": {
                "element": [{"id": "Patient.birthDate", "path": "Patient.birthDate", "min": 1}]
            },
        },
    )
    patient = {"resourceType": "Patient", "meta": {"profile": ["urn:test:born"]}}

    def errors(resource: dict[str, Any]) -> list[Any]:
        told = fhir.post("/Patient/$validate", json=resource).json()["issue"]
        return [one for one in told if one["severity"] == "error"]

    assert "birthDate" in json.dumps(errors(patient))
    assert errors({**patient, "birthDate": "2020"}) == []


def test_terminology_and_search_agree(fhir: httpx.Client) -> None:
    expansion = fhir.get(
        "/ValueSet/$expand", params={"url": "http://hl7.org/fhir/ValueSet/administrative-gender"}
    ).json()
    codes = {one["code"] for one in expansion["expansion"]["contains"]}
    assert codes == {"male", "female", "other", "unknown"}
    put(fhir, {"resourceType": "Patient", "id": "gendered", "gender": "other"})
    found = fhir.get(
        "/Patient?_id=gendered&gender:in=http://hl7.org/fhir/ValueSet/administrative-gender"
    )
    assert names(found.json()) == ["Patient/gendered"]


def follow(client: httpx.Client, begun: httpx.Response) -> dict[str, Any]:
    assert begun.status_code == 202, begun.text
    while (answer := client.get(begun.headers["content-location"])).status_code == 202:
        assert answer.headers["x-progress"]
    assert answer.status_code == 200, answer.text
    return answer.json()


def lines(client: httpx.Client, output: dict[str, Any]) -> list[dict[str, Any]]:
    answer = client.get(output["url"])
    assert answer.headers["content-type"] == "application/fhir+ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]


@pytest.mark.shows("operation:export:system", "operation:export:patient", "operation:export:group")
def test_export(fhir: httpx.Client, chart: str) -> None:
    manifest = follow(fhir, fhir.get("/$export?_type=Encounter,Observation", headers=ASYNC))
    assert [one["type"] for one in manifest["output"]] == ["Encounter", "Observation"]
    for one in manifest["output"]:
        assert len(lines(fhir, one)) == one["count"]
    assert {one["id"] for one in lines(fhir, manifest["output"][0])} >= {"ev-visit"}

    group = {"resourceType": "Group", "id": "g", "type": "person", "actual": True}
    put(fhir, {**group, "member": [{"entity": {"reference": "Patient/neighbour"}}]})
    manifest = follow(fhir, fhir.get("/Group/g/$export", headers=ASYNC))
    assert {one["type"]: one["count"] for one in manifest["output"]} == {
        "Group": 1,  # membership puts it into the compartment of the patient
        "Observation": 1,
        "Patient": 1,
    }
    manifest = follow(fhir, fhir.get("/Patient/$export?_type=Observation", headers=ASYNC))
    assert manifest["output"][0]["count"] >= 301


def test_export_of_elements_is_marked_as_a_subset(fhir: httpx.Client, chart: str) -> None:
    asked = fhir.get("/$export?_type=Encounter&_elements=Encounter.class", headers=ASYNC)
    one = lines(fhir, follow(fhir, asked)["output"][0])[0]
    assert set(one) == {"resourceType", "id", "meta", "status", "class"}
    assert one["meta"]["tag"][-1]["code"] == "SUBSETTED"


def test_export_with_filters(fhir: httpx.Client, chart: str) -> None:
    filters = "Observation?date=ge2015-01-01&subject=Patient/ev,Observation?_id=not-mine"
    asked = {"_type": "Observation,Encounter", "_typeFilter": filters}
    manifest = follow(fhir, fhir.get("/$export", params=asked, headers=ASYNC))
    found = {one["type"]: {r["id"] for r in lines(fhir, one)} for one in manifest["output"]}
    assert "ev-visit" in found["Encounter"]
    assert len(found["Observation"]) == 76
    assert "not-mine" in found["Observation"]


def test_export_since_tells_what_is_gone(fhir: httpx.Client) -> None:
    put(fhir, {"resourceType": "Basic", "id": "going", "code": {"text": "x"}})
    since = fhir.get("/Basic/going").json()["meta"]["lastUpdated"]
    fhir.delete("/Basic/going").raise_for_status()
    asked = fhir.get("/$export", params={"_type": "Basic", "_since": since}, headers=ASYNC)
    manifest = follow(fhir, asked)
    gone = lines(fhir, manifest["deleted"][0])
    assert {"DELETE", "Basic/going"} <= set(gone[0]["entry"][0]["request"].values())


def test_a_job_can_be_taken_back(fhir: httpx.Client) -> None:
    begun = fhir.get("/$export", headers=ASYNC)
    place = begun.headers["content-location"]
    assert fhir.delete(place).status_code == 202
    assert fhir.get(place).status_code == 404
    assert fhir.get(f"{place}/Patient.ndjson").status_code == 404


def asked(*files: Path) -> dict[str, Any]:
    parts = [
        {
            "name": "input",
            "part": [
                {"name": "type", "valueCode": file.stem},
                {"name": "url", "valueUrl": file.as_uri()},
            ],
        }
        for file in files
    ]
    given = [{"name": "inputFormat", "valueCode": "application/fhir+ndjson"}, *parts]
    return {"resourceType": "Parameters", "parameter": given}


def write(path: Path, resources: list[Any]) -> Path:
    path.write_bytes(b"".join(json.dumps(one).encode() + b"\n" for one in resources))
    return path


@pytest.mark.shows("operation:import")
def test_import_takes_the_good_lines_and_tells_of_the_bad(
    fhir: httpx.Client, tmp_path: Path
) -> None:
    good = [{"resourceType": "Basic", "id": f"im-{n}", "code": {"text": "im"}} for n in range(600)]
    bad = [{"resourceType": "Basic", "id": "im-bad"}, {"resourceType": "Nothing"}, 7]
    file = write(tmp_path / "Basic.ndjson", [*good[:300], *bad, *good[300:], good[0]])
    manifest = follow(fhir, fhir.post("/$import", json=asked(file), headers=ASYNC))
    assert manifest["output"] == [{"type": "Basic", "count": 601, "inputUrl": file.as_uri()}]
    told = lines(fhir, manifest["error"][0])
    assert [one["resourceType"] for one in told] == ["OperationOutcome"] * 3
    assert "Basic/im-bad" in told[0]["text"]["div"]
    assert fhir.get("/Basic?code:text=im&_summary=count").json()["total"] == 600
    assert fhir.get("/Basic/im-0").json()["meta"]["versionId"] == "1"


@pytest.mark.parametrize("address", ["http://example.test/x", "file:///no/such/file", ""])
def test_import_reads_only_files_of_this_machine(fhir: httpx.Client, address: str) -> None:
    given = asked()
    part = {"name": "input", "part": [{"name": "url", "valueUrl": address}]}
    given["parameter"].append(part)
    assert fhir.post("/$import", json=given, headers=ASYNC).status_code == 400


def test_jobs_go_on_after_a_kill(tmp_path: Path, dsn: str, launch: Callable[..., Any]) -> None:
    resources = [
        {"resourceType": "Basic", "id": f"j-{n}", "code": {"text": "x" * 2000}} for n in range(6000)
    ]
    file = write(tmp_path / "Basic.ndjson", resources)
    running = launch(tmp_path / "data", dsn=dsn, processes=2)
    with running.client() as client:
        begun = client.post(f"{running.fhir}/$import", json=asked(file), headers=ASYNC)
        place = begun.headers["content-location"].split("/fhir/")[1]
        while client.get(f"{running.fhir}/{place}").headers["x-progress"] == "waiting":
            pass
        for pid in [running.process.pid, *running.workers()]:
            os.kill(pid, signal.SIGKILL)
        running.kill()
        running = launch(tmp_path / "data", dsn=dsn, processes=2)
        while (answer := client.get(f"{running.fhir}/{place}")).status_code == 202:
            pass
        assert answer.json()["output"][0]["count"] == 6000, answer.text
        total = client.get(f"{running.fhir}/Basic?_summary=count").json()["total"]
        assert total == 6000


@pytest.mark.parametrize(
    "meta", [1.5, "x", [], {"profile": "x"}, {"profile": [{"reference": "x"}, None]}]
)
def test_validate_tells_of_a_meta_that_is_none(fhir: httpx.Client, meta: Any) -> None:
    answer = fhir.post("/Patient/$validate", json={"resourceType": "Patient", "meta": meta})
    assert answer.status_code == 200, answer.text
    assert all(one["expression"][0].startswith("Patient.meta") for one in answer.json()["issue"])
