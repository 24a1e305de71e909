"""Planted: a drug despite an allergy, a drug for an illness that is not there.

No clause: own rules.
"""


def test_a_drug_that_the_patient_is_allergic_to(patient, found, of):
    record = patient("pneumonia", lambda r: "J01FA10" in str(of(r, "MedicationRequest")))
    record.append(
        {
            "resourceType": "AllergyIntolerance",
            "id": "planted",
            "clinicalStatus": {"coding": [{"code": "active"}]},
            "code": {"coding": [{"system": "http://www.whocc.no/atc", "code": "J01F"}]},
            "patient": {"reference": f"Patient/{record[0]['id']}"},
        }
    )
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
