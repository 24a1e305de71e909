"""Everything that is generated is valid R4.

https://hl7.org/fhir/R4/validation.html
"""

from xinglin.fhir import json
from xinglin.fhir.validation import validate
from xinglin.fhir.validation.full import validate_fully
from xinglin.simulator import World, group


def test_a_sample_of_patients_has_no_issues():
    world = World(4)
    for number in range(200):
        for resource in world.resources(number):
            assert validate(json.decode(json.encode(resource))) == []


def test_the_group_has_no_issues():
    for resource in group.resources(2000):
        assert validate(json.decode(json.encode(resource))) == []
    assert validate(json.decode(json.encode(group.marker(1, 2000, "2026-11-20")))) == []


def test_no_invariant_is_broken():
    seen = {}
    world = World(4)
    for number in range(30):
        for resource in world.resources(number):
            kind = resource["resourceType"]
            seen[kind] = seen.get(kind, 0) + 1
            if seen[kind] <= 25:
                issues = validate_fully(json.decode(json.encode(resource)))
                assert [i.en for i in issues if i.severity == "error"] == []
    assert len(seen) > 12
