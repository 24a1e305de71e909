"""Planted: another unit, another range, another flag, a sign that nobody survives.

No clause: own rules.
"""


def lab(record, of, code):
    return next(
        o
        for o in of(record, "Observation")
        if any(c.get("code") == code for c in o["code"]["coding"])
    )


def test_another_unit(patient, found, of):
    record = patient("diabetes")
    lab(record, of, "HbA1c")["valueQuantity"]["code"] = "mmol/mol"
    assert "wrong-unit" in found(record)


def test_the_range_of_the_other_sex(patient, found, of):
    record = patient("iron-deficiency")
    low = lab(record, of, "HGB")["referenceRange"][0]["low"]
    low["value"] = 130
    assert "wrong-range" in found(record)


def test_a_normal_flag_on_a_low_value(patient, found, of):
    record = patient("iron-deficiency")
    observation = lab(record, of, "FER")
    observation["interpretation"] = [{"coding": [{"code": "N"}]}]
    assert "wrong-flag" in found(record)


def test_a_temperature_that_nobody_survives(patient, found, of):
    record = patient("pneumonia")
    lab(record, of, "8310-5")["valueQuantity"]["value"] = 49
    assert "impossible-sign" in found(record)


def test_a_temperature_in_fahrenheit(patient, found, of):
    record = patient("pneumonia")
    lab(record, of, "8310-5")["valueQuantity"]["code"] = "[degF]"
    assert "impossible-sign" in found(record)


def test_cholesterol_that_is_less_than_its_parts(patient, found, of):
    record = patient("lipids")
    lab(record, of, "CHOL")["valueQuantity"]["value"] = 1
    assert "impossible-panel" in found(record)


def test_a_ph_that_the_gases_do_not_give(patient, found, of):
    record = patient("copd")
    lab(record, of, "pH")["valueQuantity"]["value"] = 7.55
    assert "impossible-panel" in found(record)
