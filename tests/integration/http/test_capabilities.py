"""The CapabilityStatement says what is there, and what it says is there.

https://hl7.org/fhir/R4/capabilitystatement.html, terminologycapabilities.html, http.html#capabilities
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from xinglin.fhir.validation.full import validate_fully

if TYPE_CHECKING:
    import httpx

VALUES = {
    "string": "x",
    "token": "x",
    "date": "2026-01-01",
    "reference": "x",
    "quantity": "1",
    "number": "1",
    "uri": "http://example.org",
}


@pytest.fixture(scope="module")
def statement(fhir: httpx.Client) -> dict[str, Any]:
    return fhir.get("/metadata").json()


@pytest.mark.shows("interaction:capabilities")
@pytest.mark.parametrize("mode", ["full", "normative", "terminology"])
def test_it_is_valid(fhir: httpx.Client, mode: str) -> None:
    found = fhir.get(f"/metadata?mode={mode}")
    assert found.status_code == 200
    wanted = "TerminologyCapabilities" if mode == "terminology" else "CapabilityStatement"
    assert found.json()["resourceType"] == wanted
    assert [i.en for i in validate_fully(found.json(), []) if i.severity == "error"] == []


def test_another_mode_is_refused(fhir: httpx.Client) -> None:
    assert fhir.get("/metadata?mode=nothing").status_code == 400


def test_terminology_names_the_systems(fhir: httpx.Client) -> None:
    systems = {one["uri"] for one in fhir.get("/metadata?mode=terminology").json()["codeSystem"]}
    assert "http://hl7.org/fhir/administrative-gender" in systems


@pytest.mark.parametrize("type_", ["Patient", "Observation", "Location", "ValueSet", "Task"])
def test_every_parameter_that_is_declared_can_be_used(
    fhir: httpx.Client, statement: dict[str, Any], type_: str
) -> None:
    resources = {one["type"]: one for one in statement["rest"][0]["resource"]}
    refused = {
        one["name"]: answer.text
        for one in resources[type_]["searchParam"]
        if one["type"] in VALUES
        if (answer := search(fhir, type_, one["name"], VALUES[one["type"]])).status_code != 200
    }
    assert refused == {}


def search(fhir: httpx.Client, type_: str, name: str, value: str) -> httpx.Response:
    """Strictly, so that an unknown parameter is refused."""
    asked = {name: value, "_count": "0"}
    return fhir.get(f"/{type_}", params=asked, headers={"Prefer": "handling=strict"})


def test_every_operation_that_is_declared_is_there(
    fhir: httpx.Client, statement: dict[str, Any]
) -> None:
    rest = statement["rest"][0]
    declared = {("", one["name"]) for one in rest["operation"]}
    declared |= {
        (one["type"], operation["name"])
        for one in rest["resource"]
        if one["type"] in {"Patient", "Encounter", "Group", "CodeSystem", "ValueSet", "ConceptMap"}
        for operation in one.get("operation", ())
    }
    assert len(declared) > 30
    for type_, name in sorted(declared):
        for place in (f"/{type_}/${name}", f"/{type_}/nobody/${name}") if type_ else (f"/${name}",):
            answer = fhir.get(place)
            assert answer.status_code < 500
            if answer.json().get("issue", [{}])[0].get("code") != "not-supported":
                break
            if answer.status_code == 405:  # it changes data, and is called by POST
                break
        else:
            pytest.fail(f"{type_}/${name} is declared, and not there")
