"""Planted: the wrong sex, the wrong age, an identity number of somebody else.

No clause: own rules.
"""


def test_a_male_obstetric_patient(patient, found, of):
    record = patient("delivery")
    mother = of(record, "Patient")[0]
    mother["gender"] = "male"
    assert {"wrong-sex", "identity-sex", "another-person"} <= found(record)


def test_a_prostate_in_a_woman(patient, found, of):
    record = patient("prostate")
    of(record, "Patient")[0]["gender"] = "female"
    assert "wrong-sex" in found(record)


def test_a_mother_who_is_a_man(patient, found, of):
    record = patient("delivery", lambda r: len(of(r, "RelatedPerson")) == 1)
    of(record, "Patient")[0]["gender"] = "male"
    assert "father-gave-birth" in found(record)


def test_a_child_vaccine_in_an_adult(patient, found, of):
    record = patient("well-child")
    of(record, "Patient")[0]["birthDate"] = "1980-05-05"
    assert "child-vaccine-in-adult" in found(record)


def test_an_illness_of_newborns_in_a_child(patient, found, of):
    record = patient("jaundice")
    of(record, "Patient")[0]["birthDate"] = "2012-01-01"
    assert "wrong-age" in found(record)


def test_another_birthday_in_the_identity_number(patient, found, of):
    record = patient("pneumonia", lambda r: len(r[0]["identifier"]) == 4)
    for identifier in of(record, "Patient")[0]["identifier"]:
        if identifier["system"].endswith("cn-id"):
            identifier["value"] = "990101190101010014"
    assert {"identity-birth", "identity-check"} <= found(record)
