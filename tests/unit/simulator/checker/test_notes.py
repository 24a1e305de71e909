"""Planted: notes that do not say what was measured.

No clause: own rules.
"""


def critical(record, of):
    return [
        o
        for o in of(record, "Observation")
        if o.get("interpretation", [{}])[0].get("coding", [{}])[0].get("code") in {"LL", "HH"}
    ]


def closed(of):
    return lambda r: critical(r, of) and all("end" in e["period"] for e in of(r, "Encounter"))


def test_a_normal_result_in_a_note_about_a_critical_one(patient, found, of):
    record = patient("dialysis", closed(of))
    critical(record, of)[0]["interpretation"] = [{"coding": [{"code": "N"}]}]
    assert "calm-critical" in found(record)


def test_a_critical_value_that_nobody_noticed(patient, found, of):
    record = patient("dialysis", closed(of))
    record = [r for r in record if r.get("title") != "危急值处理记录"]
    assert "unnoticed-critical" in found(record)


def test_a_note_with_another_number(patient, found, of):
    record = patient("dialysis", closed(of))
    critical(record, of)[0]["valueQuantity"]["value"] = 4
    assert "misquoted" in found(record)


def test_a_note_about_a_result_that_is_not_there(patient, found, of):
    record = patient("pneumonia")
    notes = [s for c in of(record, "Composition") for s in c["section"] if s.get("entry")]
    notes[0]["entry"][0] = {"reference": "Observation/nowhere"}
    assert "misquoted" in found(record)


def test_a_note_about_another_person(patient, found, of):
    record = patient("pneumonia")
    for note in of(record, "Composition"):
        for section in note["section"]:
            text = section["text"]
            text["div"] = text["div"].replace("患者男，", "患者女，").replace("岁，", "9岁，")
    assert "another-person" in found(record)


def test_a_temperature_that_was_not_measured(patient, found, of):
    record = patient("pneumonia")
    for note in of(record, "Composition"):
        for section in note["section"]:
            section["text"]["div"] = section["text"]["div"].replace("体温3", "体温4")
    assert "unmeasured" in found(record)
