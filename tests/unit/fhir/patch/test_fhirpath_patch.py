"""FHIRPath Patch beyond the official suite: choices, extensions, errors, no mutation."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from xinglin.fhir.patch import fhirpath_patch
from xinglin.kernel.errors import Invalid, Malformed

PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "deceasedBoolean": False,
    "birthDate": "1974-12-25",
    "name": [{"family": "Li", "given": ["Wei", "Min"], "_given": [None, {"id": "g"}]}],
}


def operation(kind: str, **parts: Any) -> dict[str, Any]:
    listed: list[dict[str, Any]] = [{"name": "type", "valueCode": kind}]
    for name, value in parts.items():
        key = "valueInteger" if isinstance(value, int) else "valueString"
        listed.append({"name": name, **(value if isinstance(value, dict) else {key: value})})
    return {"name": "operation", "part": listed}


def patch(*operations: Any) -> dict[str, Any]:
    given = copy.deepcopy(PATIENT)
    try:
        return fhirpath_patch(PATIENT, {"resourceType": "Parameters", "parameter": [*operations]})
    finally:
        assert given == PATIENT


def test_a_choice_takes_the_type_of_the_new_value() -> None:
    died = {"valueDateTime": "2020-01-01"}
    out = patch(operation("replace", path="Patient.deceased", value=died))
    assert out["deceasedDateTime"] == "2020-01-01"
    assert "deceasedBoolean" not in out
    out = patch(
        operation("delete", path="Patient.deceased"),
        operation("add", path="Patient", name="deceased", value=died),
    )
    assert out["deceasedDateTime"] == "2020-01-01"


def test_extensions_of_primitives() -> None:
    extension = {"valueExtension": {"url": "http://x.example", "valueCode": "a"}}
    added = operation("add", path="Patient.birthDate", name="extension", value=extension)
    out = patch(added)
    assert out["_birthDate"] == {"extension": [extension["valueExtension"]]}
    out = patch(added, operation("delete", path="Patient.birthDate.extension"))
    assert out == PATIENT
    out = patch(operation("delete", path="Patient.name.given[1].id"))
    assert out["name"] == [{"family": "Li", "given": ["Wei", "Min"]}]


def test_lists_of_primitives_keep_their_extensions_aligned() -> None:
    out = patch(operation("move", path="Patient.name[0].given", source=1, destination=0))
    assert out["name"][0]["given"] == ["Min", "Wei"]
    assert out["name"][0]["_given"] == [{"id": "g"}, None]
    out = patch(operation("insert", path="name.given", index=1, value="X"))
    assert out["name"][0]["given"] == ["Wei", "X", "Min"]
    assert out["name"][0]["_given"] == [None, None, {"id": "g"}]
    out = patch(operation("delete", path="Patient.name.given.where($this = 'Min')"))
    assert out["name"] == [{"family": "Li", "given": ["Wei"]}]


def test_insert_into_a_list_that_is_not_there_yet() -> None:
    phone = {"valueContactPoint": {"value": "1"}}
    out = patch(operation("insert", path="Patient.telecom", index=0, value=phone))
    assert out["telecom"] == [{"value": "1"}]


def test_resources_can_be_added() -> None:
    inner = {"resource": {"resourceType": "Basic", "id": "b"}}
    out = patch(operation("add", path="Patient", name="contained", value=inner))
    assert out["contained"] == [inner["resource"]]


def test_deleting_nothing_is_no_error() -> None:
    assert patch(operation("delete", path="Patient.maritalStatus")) == PATIENT


@pytest.mark.parametrize(
    "bad",
    [
        operation("delete", path="Patient.name.given"),
        operation("delete", path="Patient"),
        operation("replace", path="Patient.gender", value="male"),
        operation("replace", path="Patient.name.count()", value="male"),
        operation("add", path="Patient", name="birthDate", value={"valueDate": "2000"}),
        operation("add", path="Patient", name="colour", value="red"),
        operation("add", path="Patient.name", name="use", value={"part": [{"name": "nope"}]}),
        operation("add", path="Patient", name="multipleBirth", value={"valueCode": "x"}),
        operation("insert", path="Patient.name", index=2, value={"valueHumanName": {}}),
        operation("insert", path="Patient.birthDate", index=0, value="x"),
        operation("insert", path="Patient.name.first()", index=0, value="x"),
        operation("insert", path="Patient.contact.telecom", index=0, value="x"),
        operation("move", path="Patient.name", source=0, destination=1),
    ],
)
def test_what_cannot_be_applied(bad: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        patch(operation("delete", path="Patient.photo"), bad)
    assert refused.value.issues[0].expression == ("Parameters.parameter[1]",)


@pytest.mark.parametrize(
    "bad",
    [
        {"name": "other"},
        7,
        operation("grow", path="Patient"),
        operation("add", path="Patient", name="x"),
        operation("delete"),
        operation("delete", path="Patient.."),
        operation("delete", path="Patient.name.single(1, 2)"),
        operation("delete", path={"valueCode": "Patient"}),
        operation("delete", path="Patient.name.given.single()"),
        operation("move", path="Patient.name", source="0", destination=0),
        operation("move", path="Patient.name", source=-1, destination=0),
        operation("insert", path="Patient.birthDate.single(1).x", index=0, value="x"),
        operation("replace", path="Patient.birthDate", value={}),
    ],
)
def test_what_is_no_patch(bad: Any) -> None:
    with pytest.raises(Malformed) as refused:
        patch(bad)
    assert refused.value.issues[0].expression == ("Parameters.parameter[0]",)


@pytest.mark.parametrize("bad", [None, [], {"resourceType": "Patient"}, {"parameter": []}])
def test_only_parameters_are_a_patch(bad: Any) -> None:
    with pytest.raises(Malformed):
        fhirpath_patch(PATIENT, bad)
    with pytest.raises(Malformed):
        fhirpath_patch(PATIENT, {"resourceType": "Parameters", "parameter": 3})


def test_nesting_has_an_end() -> None:
    value = {"valueExtension": {"url": "urn:x"}}
    steps = [
        operation("add", path="Patient" + ".extension" * n, name="extension", value=value)
        for n in range(40)
    ]
    with pytest.raises(Invalid) as refused:
        patch(*steps)
    assert refused.value.issues[0].expression == ("Parameters.parameter[39]",)
