"""Planted: a drug despite an allergy, a drug for an illness that is not there.

No clause: own rules.
"""


def test_a_drug_that_the_patient_is_allergic_to(patient, found, of):
    record = patient("pneumonia", lambda r: of(r, "AllergyIntolerance"))
    allergy = of(record, "AllergyIntolerance")[0]
    for coding in allergy["code"]["coding"]:
        coding["code"] = "J01F"
    assert "allergic" in found(record)


def test_insulin_without_diabetes(patient, found, of):
    record = patient("hypertension")
    of(record, "MedicationRequest")[0]["medicationCodeableConcept"] = {
        "coding": [{"system": "http://www.whocc.no/atc", "code": "A10AE04"}]
    }
    for condition in of(record, "Condition"):
        condition["code"] = {
            "coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "I10"}]
        }
    assert "without-reason" in found(record)
