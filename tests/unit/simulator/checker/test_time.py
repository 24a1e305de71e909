"""Planted: events after death, before birth, outside their visit, two visits at once, off duty.

No clause: own rules.
"""

DEAD = "2025-01-01T00:00:00+08:00"


def shift(resource, field, by):
    """Move the year of a timestamp."""
    year = int(resource[field][:4]) + by
    resource[field] = f"{year}{resource[field][4:]}"


def test_anything_after_death(patient, found, of):
    record = patient("hypertension")
    of(record, "Patient")[0]["deceasedDateTime"] = of(record, "Encounter")[0]["period"]["end"]
    assert "after-death" in found(record)


def test_anything_before_birth(patient, found, of):
    record = patient("well-child")
    of(record, "Patient")[0]["birthDate"] = "2026-11-19"
    assert "before-birth" in found(record)


def test_discharge_before_admission(patient, found, of):
    record = patient(
        "appendicitis", lambda r: all("end" in e["period"] for e in of(r, "Encounter"))
    )
    stay = next(e for e in of(record, "Encounter") if e["class"]["code"] == "IMP")
    shift(stay["period"], "end", -1)
    assert "backwards" in found(record)


def test_a_result_outside_its_encounter(patient, found, of):
    record = patient("diabetes")
    shift(of(record, "Observation")[5], "effectiveDateTime", -1)
    assert "outside-encounter" in found(record)


def test_a_result_before_its_sample(patient, found, of):
    record = patient("diabetes")
    observation = next(o for o in of(record, "Observation") if "issued" in o)
    shift(observation, "issued", -1)
    assert "backwards" in found(record)


def test_two_visits_at_once(patient, found, of):
    record = patient("hypertension")
    first, second = of(record, "Encounter")[:2]
    second["period"] = first["period"]
    assert "two-places" in found(record)


def test_a_discharge_record_of_an_open_stay(patient, found, of):
    record = patient(
        "appendicitis", lambda r: any(c["title"] == "出院记录" for c in of(r, "Composition"))
    )
    stay = next(e for e in of(record, "Encounter") if e["class"]["code"] == "IMP")
    stay["status"] = "in-progress"
    del stay["period"]["end"]
    assert "open-and-closed" in found(record)


def test_a_doctor_who_does_not_work_then(patient, found, of):
    record = patient("hypertension")
    request = of(record, "MedicationRequest")[0]
    request["authoredOn"] = request["authoredOn"][:11] + "03:00:00+08:00"
    assert "off-duty" in found(record)
