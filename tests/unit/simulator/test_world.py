"""Same seed, same bytes; a patient does not depend on the others.

HL7 FHIR R4, https://hl7.org/fhir/R4/bundle.html.
"""

import hashlib
import os
import subprocess
import sys
from datetime import date

from xinglin.fhir import json
from xinglin.simulator import World


def digest(world, numbers):
    hashed = hashlib.sha256()
    for number in numbers:
        hashed.update(json.encode(world.bundle(number)))
    return hashed.hexdigest()


def test_same_seed_same_bytes_in_another_process():
    numbers = range(0, 40, 3)
    program = (
        "import hashlib; from xinglin.fhir import json; from xinglin.simulator import World\n"
        "h = hashlib.sha256()\n"
        "for n in range(0, 40, 3): h.update(json.encode(World(7).bundle(n)))\n"
        "print(h.hexdigest())"
    )
    other = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONHASHSEED": "12345", "TZ": "America/New_York"},
    )
    assert other.stdout.strip() == digest(World(7), numbers)


def test_another_seed_and_another_day_give_other_bytes():
    first = digest(World(7), range(5))
    assert first != digest(World(8), range(5))
    assert first != digest(World(7, anchor=date(2025, 3, 1)), range(5))


def test_a_patient_does_not_depend_on_how_many_there_are():
    small, large = World(3, patients=10), World(3, patients=1_000_000)
    assert json.encode(small.bundle(4)) == json.encode(large.bundle(4))
    assert large.bundle(999_999)["entry"][0]["resource"]["id"] == "s3p1000000"


def test_nothing_has_happened_after_the_anchor():
    world = World(5)
    latest = world.now.isoformat()
    for number in range(60):
        for resource in world.resources(number):
            for field in ("issued", "effectiveDateTime", "authoredOn", "date", "recordedDate"):
                assert resource.get(field, "") <= latest


def test_references_within_the_patient_have_targets():
    world = World(5)
    for number in range(40):
        resources = world.resources(number)
        there = {f"{r['resourceType']}/{r['id']}" for r in resources}
        for reference in _references(resources):
            if f"/s5p{number + 1}" in reference:
                assert reference in there


def _references(node):
    if isinstance(node, dict):
        if isinstance(node.get("reference"), str):
            yield node["reference"]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)
