"""The operations at their addresses, on a running server.

docs/howto/patient-index.md
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .conftest import identified, parameters, part, someone

if TYPE_CHECKING:
    import httpx


def test_register_match_merge_and_ask_for_numbers(fhir: httpx.Client) -> None:
    person = someone("郎惠芝", birthDate="1931-09-02", identifier=identified("HTTP-1", "MR"))
    made = fhir.post("/Patient/$register", json=parameters(patient=person))
    assert made.status_code == 201, made.text
    one = part(made.json(), "patient")["id"]
    assert made.headers["location"].startswith(f"{fhir.base_url}Patient/{one}/_history/1")
    again = fhir.post("/Patient/$register", json=parameters(patient=person))
    assert (again.status_code, part(again.json(), "outcome")) == (200, "candidates")
    other = someone("郎惠枝", birthDate="1931-09-02", identifier=identified("HTTP-2", "MR"))
    made = fhir.post("/Patient/$register", json=parameters(patient=other, decision="create"))
    two = part(made.json(), "patient")["id"]
    queue = fhir.get("/$match-queue").json()
    assert any({one, two} == {p["resource"]["id"] for p in pair["part"][:2]}
               for pair in queue["parameter"] if pair["name"] == "pair")  # fmt: skip
    names = {"source-patient": f"Patient/{two}", "target-patient": f"Patient/{one}"}
    assert fhir.get("/Patient/$merge").status_code == 405
    merged = fhir.post("/Patient/$merge", json=parameters(**names))
    assert merged.status_code == 200, merged.text
    found = fhir.get(
        "/Patient/$ihe-pix", params={"sourceIdentifier": "http://hospital.test/mr|HTTP-1"}
    )
    assert part(found.json(), "targetIdentifier")["value"] == "HTTP-2"
    wrong = fhir.post(
        "/Patient/$merge", json=parameters(**names), headers={"Accept-Language": "zh"}
    )
    assert wrong.status_code == 409
    assert "已并入" in wrong.json()["issue"][0]["details"]["text"]
    undone = fhir.post("/Patient/$unmerge", json=parameters(**{"source-patient": f"Patient/{two}"}))
    assert undone.status_code == 200, undone.text
    assert fhir.get("/$match-status").json()["parameter"]


def test_the_audit_says_whose_data_were_shown(fhir: httpx.Client) -> None:
    person = someone("臧慕瑶", birthDate="1949-10-02", gender="female")
    made = fhir.post("/Patient/$register", json=parameters(patient=person))
    id_ = part(made.json(), "patient")["id"]

    def seen() -> int:
        found = fhir.get(
            "/AuditEvent", params={"patient": f"Patient/{id_}", "_count": "100"}
        ).json()
        return sum("$match" in str(e) for e in found.get("entry", ()))

    before = seen()
    fhir.post("/Patient/$match", json=parameters(resource=person)).raise_for_status()
    assert seen() > before
