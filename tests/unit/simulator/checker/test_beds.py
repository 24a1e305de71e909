"""Planted: one patient in two beds, two patients in one, a bed outside the stay.

No clause: own rules.
"""

import copy


def stay_of(record, of):
    return next(e for e in of(record, "Encounter") if e.get("location"))


def test_one_patient_in_two_beds(patient, found, of):
    record = patient("appendicitis")
    places = stay_of(record, of)["location"]
    places.append(copy.deepcopy(places[0]))
    places[1]["location"] = {"reference": "Location/xg-w-gsur-b20"}
    assert "two-beds" in found(record)


def test_two_patients_in_one_bed(patient, found, of):
    one = patient("appendicitis")
    other = patient("cholecystitis")
    mine, yours = stay_of(one, of), stay_of(other, of)
    yours["location"][0]["location"] = mine["location"][0]["location"]
    yours["period"] = mine["period"]
    yours["location"][0]["period"] = mine["period"]
    assert "shared-bed" in found(one, other)


def test_a_bed_outside_the_stay(patient, found, of):
    record = patient("appendicitis")
    place = stay_of(record, of)["location"][0]
    place["period"]["start"] = "2001" + place["period"]["start"][4:]
    assert "bed-outside-stay" in found(record)
