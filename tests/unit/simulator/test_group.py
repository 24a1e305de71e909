"""The hospital group: every place and person has its parents, and wards grow with the patients.

https://hl7.org/fhir/R4/location.html
"""

from collections import Counter

from xinglin.simulator import World, group
from xinglin.simulator.loader import group_bundles


def test_parents_come_before_children():
    seen = set()
    for resource in group.resources(2000):
        for field in ("partOf", "managingOrganization", "practitioner", "organization"):
            if field in resource:
                assert resource[field]["reference"] in seen
        seen.add(f"{resource['resourceType']}/{resource['id']}")


def test_four_campuses_with_beds_and_staff():
    made = list(group.resources(2000))
    kinds = Counter(r["resourceType"] for r in made)
    assert kinds["Practitioner"] == kinds["PractitionerRole"] > 300
    places = Counter(
        r["physicalType"]["coding"][0]["code"] for r in made if r["resourceType"] == "Location"
    )
    assert places["si"] == 4
    assert places["bd"] > 250
    ids = Counter((r["resourceType"], r["id"]) for r in made)
    assert max(ids.values()) == 1


def test_every_name_is_in_both_languages():
    for resource in group.resources(2000):
        if resource["resourceType"] in {"Organization", "Location"}:
            assert any("\u4e00" <= c <= "\u9fff" for c in resource["name"])
            assert resource["alias"][0].isascii()


def test_more_patients_get_more_beds():
    def beds(patients):
        return {r["id"] for r in group.resources(patients) if "-b" in r["id"]}

    assert beds(2000) < beds(100_000)


def test_the_marker_comes_first_and_says_that_all_is_invented():
    first = next(iter(group_bundles(World(1))))["entry"][0]["resource"]
    assert first["resourceType"] == "Basic"
    assert "虚构" in first["text"]["div"]
    assert "invented" in first["text"]["div"]


def test_every_bed_that_a_patient_lies_in_is_there():
    patients = 60_000
    there = {f"Location/{r['id']}" for r in group.resources(patients)}
    world = World(2, patients=patients)
    for number in [*range(100), *range(patients - 300, patients)]:
        for resource in world.resources(number):
            for place in resource.get("location", []):
                assert place["location"]["reference"] in there
