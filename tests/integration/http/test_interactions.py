"""The interactions with their headers, through HTTP: what a client sees of each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PATCH = {"Content-Type": "application/json-patch+json"}


def patient(**more: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", **more}


@pytest.mark.shows(
    "interaction:read", "interaction:create", "interaction:update", "interaction:delete"
)
def test_life_of_a_resource(fhir: httpx.Client) -> None:
    made = fhir.post("/Patient", json=patient(active=True))
    assert made.status_code == 201
    location = made.headers["location"]
    id_ = made.json()["id"]
    assert location == f"{fhir.base_url}Patient/{id_}/_history/1"
    assert made.headers["etag"] == 'W/"1"'

    read = fhir.get(f"/Patient/{id_}")
    assert read.json() == made.json()
    assert read.headers["last-modified"].endswith(" GMT")
    unchanged = fhir.get(f"/Patient/{id_}", headers={"If-None-Match": read.headers["etag"]})
    assert unchanged.status_code == 304
    assert unchanged.content == b""
    since = {"If-Modified-Since": read.headers["last-modified"]}
    assert fhir.get(f"/Patient/{id_}", headers=since).status_code == 304

    second = fhir.put(
        f"/Patient/{id_}", json=patient(id=id_, active=False), headers={"If-Match": 'W/"1"'}
    )
    assert (second.status_code, second.headers["etag"]) == (200, 'W/"2"')
    late = fhir.put(f"/Patient/{id_}", json=patient(id=id_), headers={"If-Match": 'W/"1"'})
    assert late.status_code == 412

    steps = [{"op": "add", "path": "/gender", "value": "female"}]
    third = fhir.patch(f"/Patient/{id_}", content=json.dumps(steps), headers=PATCH)
    assert (third.status_code, third.json()["gender"]) == (200, "female")
    fhirpath = {
        "resourceType": "Parameters",
        "parameter": [
            {
                "name": "operation",
                "part": [
                    {"name": "type", "valueCode": "replace"},
                    {"name": "path", "valueString": "Patient.gender"},
                    {"name": "value", "valueCode": "other"},
                ],
            }
        ],
    }
    assert fhir.patch(f"/Patient/{id_}", json=fhirpath).json()["gender"] == "other"

    assert fhir.delete(f"/Patient/{id_}").status_code == 204
    assert fhir.get(f"/Patient/{id_}").status_code == 410
    assert fhir.delete(f"/Patient/{id_}").status_code in (200, 204)
    assert fhir.get(f"/Patient/{id_}/_history/1").json()["active"] is True
    assert fhir.get(location).headers["etag"] == 'W/"1"'

    again = fhir.put(f"/Patient/{id_}", json=patient(id=id_))
    assert again.status_code == 201
    history = fhir.get(f"/Patient/{id_}/_history").json()
    versions = [one["response"]["etag"] for one in history["entry"]]
    assert versions == [f'W/"{n}"' for n in (6, 5, 4, 3, 2, 1)]


def test_head_and_formats(fhir: httpx.Client) -> None:
    fhir.put("/Patient/formats", json=patient(id="formats")).raise_for_status()
    head = fhir.head("/Patient/formats")
    whole = fhir.get("/Patient/formats")
    assert head.content == b""
    assert head.headers["content-length"] == str(len(whole.content))
    plain = fhir.get("/Patient/formats", headers={"Accept": "text/html,*/*;q=0.8"})
    assert plain.headers["content-type"].startswith("application/json")
    assert fhir.get("/Patient/formats?_format=application/fhir%2Bjson").status_code == 200
    assert "\n  " in fhir.get("/Patient/formats?_pretty=true").text


def test_numbers_come_back_to_the_last_zero(fhir: httpx.Client) -> None:
    body = (
        '{"resourceType":"Observation","id":"exact","status":"final","code":{"text":"x"},'
        '"valueQuantity":{"value":128.50},"component":[{"code":{"text":"a"},'
        '"valueQuantity":{"value":1E-7}},{"code":{"text":"b"},"valueQuantity":{"value":0.0000001}}]}'
    )
    fhir.put("/Observation/exact", content=body).raise_for_status()
    text = fhir.get("/Observation/exact").text
    for number in ("128.50", "1E-7", "0.0000001"):
        assert f'"value":{number}' in text
    found = fhir.get("/Observation?_id=exact").text
    assert '"value":128.50' in found


@pytest.mark.shows(
    "interaction:conditional-create",
    "interaction:conditional-update",
    "interaction:conditional-patch",
    "interaction:conditional-delete",
)
def test_conditional_create_update_patch_delete(fhir: httpx.Client) -> None:
    mark = patient(identifier=[{"system": "cond", "value": "1"}])
    where = {"If-None-Exist": "identifier=cond|1"}
    first = fhir.post("/Patient", json=mark, headers=where)
    second = fhir.post("/Patient", json=mark, headers=where)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]

    updated = fhir.put("/Patient?identifier=cond|1", json={**mark, "active": True})
    assert (updated.status_code, updated.json()["id"]) == (200, first.json()["id"])
    created = fhir.put(
        "/Patient?identifier=cond|2", json=patient(identifier=[{"system": "cond", "value": "2"}])
    )
    assert created.status_code == 201
    steps = json.dumps([{"op": "replace", "path": "/active", "value": False}])
    patched = fhir.patch("/Patient?identifier=cond|1", content=steps, headers=PATCH)
    assert patched.json()["active"] is False
    assert fhir.delete("/Patient?identifier=cond|1").status_code == 204
    assert fhir.get(f"/Patient/{first.json()['id']}").status_code == 410


@pytest.mark.shows("search:post")
def test_search_by_get_and_by_form_is_the_same(fhir: httpx.Client) -> None:
    for number in range(3):
        made = patient(id=f"form-{number}", name=[{"family": "Formular", "given": [f"G{number}"]}])
        fhir.put(f"/Patient/form-{number}", json=made).raise_for_status()
    get = fhir.get("/Patient?family=formular&_sort=given").json()
    post = fhir.post("/Patient/_search?_sort=given", content="family=formular", headers=FORM).json()
    ids = [one["resource"]["id"] for one in get["entry"]]
    assert ids == [one["resource"]["id"] for one in post["entry"]] == ["form-0", "form-1", "form-2"]
    system = fhir.post("/_search", content="_type=Patient&_id=form-1", headers=FORM).json()
    assert [one["resource"]["id"] for one in system["entry"]] == ["form-1"]


@pytest.mark.shows("search:paging", "search:result:_count")
def test_pages_reach_everything_once(fhir: httpx.Client) -> None:
    for number in range(7):
        fhir.put(
            f"/Patient/page-{number}",
            json=patient(id=f"page-{number}", name=[{"family": "Seitenweise"}]),
        ).raise_for_status()
    address: str | None = "/Patient?family=seitenweise&_count=3&_sort=_id&_total=accurate"
    found: list[str] = []
    sizes: list[int] = []
    while address:
        bundle = fhir.get(address).json()
        assert bundle["total"] == 7
        found += [one["resource"]["id"] for one in bundle["entry"]]
        sizes.append(len(bundle["entry"]))
        address = next((one["url"] for one in bundle["link"] if one["relation"] == "next"), None)
    assert found == [f"page-{number}" for number in range(7)]
    assert sizes == [3, 3, 1]


@pytest.mark.shows("search:compartment")
def test_compartments(fhir: httpx.Client) -> None:
    fhir.put("/Patient/comp", json=patient(id="comp")).raise_for_status()
    observation = {
        "resourceType": "Observation",
        "id": "comp-o",
        "status": "final",
        "code": {"text": "x"},
        "subject": {"reference": "Patient/comp"},
    }
    fhir.put("/Observation/comp-o", json=observation).raise_for_status()
    for address in ("/Patient/comp/Observation", "/Patient/comp/*?_type=Observation"):
        bundle = fhir.get(address).json()
        assert [one["resource"]["id"] for one in bundle["entry"]] == ["comp-o"]


@pytest.mark.parametrize("level", ["/_history", "/Patient/_history", "/Patient/hist/_history"])
@pytest.mark.shows(
    "interaction:history:instance", "interaction:history:type", "interaction:history:system"
)
def test_history_at_three_levels(fhir: httpx.Client, level: str) -> None:
    fhir.put("/Patient/hist", json=patient(id="hist", active=True)).raise_for_status()
    fhir.put("/Patient/hist", json=patient(id="hist", active=False)).raise_for_status()
    bundle = fhir.get(f"{level}?_count=1").json()
    assert bundle["type"] == "history"
    assert bundle["entry"][0]["resource"]["id"] == "hist"
    following = next(one["url"] for one in bundle["link"] if one["relation"] == "next")
    assert fhir.get(following).json()["entry"]


@pytest.mark.shows("interaction:transaction")
def test_a_transaction_and_its_preferences(fhir: httpx.Client) -> None:
    urn = "urn:uuid:0b6c3a2e-0000-4000-8000-000000000001"
    bundle = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {
                "fullUrl": urn,
                "resource": patient(),
                "request": {"method": "POST", "url": "Patient"},
            },
            {
                "resource": {
                    "resourceType": "Basic",
                    "code": {"text": "x"},
                    "subject": {"reference": urn},
                },
                "request": {"method": "POST", "url": "Basic"},
            },
        ],
    }
    answer = fhir.post("", json=bundle, headers={"Prefer": "return=representation"}).json()
    first, second = (one["resource"] for one in answer["entry"])
    assert second["subject"]["reference"] == f"Patient/{first['id']}"
    minimal = fhir.post("", json=bundle, headers={"Prefer": "return=minimal"}).json()
    assert all("resource" not in one for one in minimal["entry"])
    assert all(one["response"]["location"] for one in minimal["entry"])


def test_the_public_address_is_used_where_one_is_set(
    tmp_path: Path, dsn: str, launch: Callable[..., Any]
) -> None:
    running = launch(tmp_path / "data", dsn=dsn, fhir_base_url="https://hospital.test/r4")
    with running.client() as client:
        made = client.put("/Patient/a", json=patient(id="a"))
        assert made.headers["location"] == "https://hospital.test/r4/Patient/a/_history/1"
        basic = {
            "resourceType": "Basic",
            "id": "b",
            "code": {"text": "x"},
            "subject": {"reference": "https://hospital.test/r4/Patient/a"},
        }
        client.put("/Basic/b", json=basic).raise_for_status()
        found = client.get("/Basic?subject=Patient/a").json()
        assert [one["fullUrl"] for one in found["entry"]] == ["https://hospital.test/r4/Basic/b"]


def test_what_is_written_belongs_to_the_acting_institution(fhir: httpx.Client) -> None:
    organization = {"resourceType": "Organization", "id": "acting"}
    fhir.put("/Organization/acting", json=organization).raise_for_status()
    acting = {"X-Acting-Organization": "Organization/acting"}
    basic = {"resourceType": "Basic", "code": {"text": "x"}}
    assert fhir.post("/Basic", json=basic, headers=acting).status_code == 201
    unknown = {"X-Acting-Organization": "Organization/none"}
    assert fhir.post("/Basic", json=basic, headers=unknown).status_code == 404
    wrong = {"X-Acting-Organization": "Patient/1"}
    assert fhir.post("/Basic", json=basic, headers=wrong).status_code == 400
