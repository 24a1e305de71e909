"""Invariants of the specification: which are broken, where, and how severely."""

import pytest

from xinglin.fhir.definitions import Constraint
from xinglin.fhir.path.model import type_def
from xinglin.fhir.path.node import Node
from xinglin.fhir.validation import validate
from xinglin.fhir.validation.invariants import Scope, check, validate_invariants


def broken(resource, *, also_best_practice=False):
    assert validate(resource) == []
    issues = validate_invariants(resource)
    assert all(i.en != i.zh for i in issues)
    found = [(i.severity, i.expression[0], i.zh.split("约束 ")[1].split("（")[0]) for i in issues]
    return [f for f in found if also_best_practice or f[2] != "dom-6"]


def patient(**extra):
    return {"resourceType": "Patient", **extra}


ORGANIZATION = {"resourceType": "Organization", "id": "o", "name": "x"}


@pytest.mark.parametrize(
    ("resource", "found"),
    [
        (patient(contact=[{"gender": "male"}]), [("error", "Patient.contact[0]", "pat-1")]),
        (patient(contact=[{"name": {"text": "x"}}]), []),
        (patient(identifier=[{"period": {"start": "2024-02", "end": "2023"}}]), [("error", "Patient.identifier[0].period", "per-1")]),
        (patient(contained=[ORGANIZATION]), [("error", "Patient", "dom-3")]),
        (patient(contained=[ORGANIZATION], managingOrganization={"reference": "#o"}), []),
        (patient(contained=[{"resourceType": "Basic", "id": "b", "code": {"text": "x"}, "subject": {"reference": "#"}}]), []),
        (patient(contained=[ORGANIZATION, ORGANIZATION | {"id": "p", "partOf": {"reference": "#o"}}], managingOrganization={"reference": "#p"}), []),
        (patient(contained=[ORGANIZATION | {"meta": {"versionId": "1"}}], managingOrganization={"reference": "#o"}), [("error", "Patient", "dom-4")]),
        ({"resourceType": "Organization", "telecom": [{"system": "phone", "value": "1", "use": "home"}], "name": "x"}, [("error", "Organization.telecom[0]", "org-3")]),
        ({"resourceType": "Organization", "active": True}, [("error", "Organization", "org-1")]),
        ({"resourceType": "Bundle", "type": "batch", "entry": [{"resource": patient(contact=[{"gender": "male"}]), "request": {"method": "POST", "url": "Patient"}}]}, [("error", "Bundle.entry[0].resource.contact[0]", "pat-1")]),
        ({"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "valueQuantity": {"value": 1, "code": "kg"}}, [("error", "Observation.value", "qty-3")]),
        ({"resourceType": "Library", "status": "draft", "type": {"text": "x"}, "name": "not a name"}, [("warning", "Library", "lib-0")]),
        ({"resourceType": "Library", "status": "draft", "type": {"text": "x"}}, []),
    ],
)  # fmt: skip
@pytest.mark.shows("validation:invariants")
def test_a_broken_rule_is_named_with_its_place(resource, found):
    assert broken(resource) == found


def test_a_missing_narrative_is_a_warning():
    assert broken(patient(), also_best_practice=True) == [("warning", "Patient", "dom-6")]


def test_a_rule_that_cannot_be_evaluated_is_a_warning():
    root = Node(patient(), type_def("Patient"), None, None, "", None)
    issues = []
    for expression in ("name..", "nothing()", "(1 | 2) + 1"):
        check(root, Constraint("x-1", "error", "x", expression), Scope(root, root), issues)
    assert [(i.severity, i.code) for i in issues] == [("warning", "processing")] * 3
    assert "x-1" in issues[0].zh
