"""The group as NDJSON files.

https://hl7.org/fhir/uv/bulkdata/
"""

from xinglin.fhir import json
from xinglin.simulator import World, files


def test_one_file_for_each_type_with_the_same_resources(tmp_path):
    world = World(3, patients=7)
    seen = []
    counts = files.write(world, tmp_path / "out", seen.append)
    assert seen == [1, 2, 3, 4, 5, 6, 7]
    assert {p.stem for p in (tmp_path / "out").iterdir()} == set(counts)
    lines = (tmp_path / "out" / "Patient.ndjson").read_bytes().splitlines()
    assert len(lines) == counts["Patient"] >= 7
    assert json.decode(lines[0]) == json.decode(json.encode(world.resources(0)[0]))
    assert all(b'"resourceType":"Encounter"' in line
               for line in (tmp_path / "out" / "Encounter.ndjson").read_bytes().splitlines())  # fmt: skip
