"""Invariants and profiles of the official package, on its own examples.

The examples that break an invariant of 4.0.1 are listed here with the reason.
"""

import copy
import tarfile

import pytest

from xinglin.fhir.json import decode
from xinglin.fhir.validation.invariants import validate_invariants
from xinglin.fhir.validation.profiles import validate_profile

NO_BASE = "a logical model without baseDefinition, which sdf-4 does not foresee"
KNOWN_BROKEN = {
    "StructureDefinition-Definition.json": NO_BASE,
    "StructureDefinition-Event.json": NO_BASE,
    "StructureDefinition-FiveWs.json": NO_BASE,
    "StructureDefinition-Request.json": NO_BASE,
}
CONFORMANCE = ("SearchParameter-", "ValueSet-", "CodeSystem-", "ConceptMap-", "Bundle-")


@pytest.fixture(scope="module")
def examples(official_package):
    """All but the biggest bundles, and one in ten of the thousands of code lists."""
    found = {}
    with tarfile.open(official_package) as archive:
        for number, member in enumerate(archive):
            name = member.name.rpartition("/")[2]
            skipped = name.startswith(CONFORMANCE) and number % 10
            if (
                name.endswith(".json")
                and name not in ("package.json", ".index.json")
                and not skipped
                and member.size < 1_000_000
            ):
                found[name] = decode(archive.extractfile(member).read())
    return found


def test_the_examples_keep_the_invariants_and_every_rule_can_be_evaluated(examples):
    broken, unclear = set(), []
    for name, resource in examples.items():
        issues = validate_invariants(resource)
        unclear += [(name, issue.en) for issue in issues if issue.code == "processing"]
        if any(issue.severity == "error" for issue in issues):
            broken.add(name)
    assert len(examples) > 1500
    assert unclear == []
    assert broken == set(KNOWN_BROKEN)


def test_the_examples_keep_the_profiles_that_they_claim(examples):
    profiles = {
        r["url"]: r for r in examples.values() if r["resourceType"] == "StructureDefinition"
    }
    checked, broken = 0, []
    for name, resource in examples.items():
        for claimed in resource.get("meta", {}).get("profile", []):
            if sd := profiles.get(claimed.partition("|")[0]):
                checked += 1
                broken += [(name, i.en) for i in validate_profile(resource, sd, find=profiles.get)]
    assert checked > 150
    assert broken == []


def change(resource, what):
    changed = copy.deepcopy(resource)
    what(changed)
    return changed


@pytest.mark.parametrize(
    ("what", "place"),
    [
        (lambda r: r.pop("component"), "Observation.component"),
        (lambda r: r["component"].pop(0), "Observation.component"),
        (lambda r: r["component"][0]["code"]["coding"][0].update(code="0-0"), "Observation.component"),
        (lambda r: r["component"][1]["valueQuantity"].pop("code"), "Observation.component[1].value.code"),
        (lambda r: r["component"][1]["valueQuantity"].update(code="kPa"), "Observation.component[1].value.code"),
        (lambda r: r["code"].update(coding=[{"system": "http://loinc.org", "code": "1-8"}]), "Observation.code.coding"),
        (lambda r: r["category"][0]["coding"][0].update(code="laboratory"), "Observation.category"),
        (lambda r: r.pop("effectiveDateTime"), "Observation.effective"),
        (lambda r: r.pop("subject"), "Observation.subject"),
        (lambda r: r["subject"].update(reference="Group/1"), "Observation.subject.reference"),
    ],
)  # fmt: skip
def test_a_blood_pressure_that_breaks_its_profile(examples, what, place):
    profiles = {
        r["url"]: r for r in examples.values() if r["resourceType"] == "StructureDefinition"
    }
    pressure = examples["Observation-blood-pressure.json"]
    sd = profiles["http://hl7.org/fhir/StructureDefinition/bp"]
    assert validate_profile(pressure, sd, find=profiles.get) == []
    places = {
        i.expression[0] for i in validate_profile(change(pressure, what), sd, find=profiles.get)
    }
    assert place in places
