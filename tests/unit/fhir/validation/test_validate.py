"""Each rule of the careful pass once: what is refused, where, and that the text says what to do."""

import pytest

from xinglin.fhir.json import decode
from xinglin.fhir.validation import validate


def places(resource, **options):
    """The places of all issues; each text is there in both languages."""
    issues = validate(resource, **options)
    assert all(i.en and i.zh and i.en != i.zh for i in issues)
    return [i.expression[0] for i in issues]


def patient(**extra):
    return {"resourceType": "Patient", **extra}


def observation(**extra):
    return {"resourceType": "Observation", "status": "final", "code": {"text": "BP"}, **extra}


def test_a_full_patient_is_valid():
    body = """{"resourceType":"Patient","id":"p1","meta":{"lastUpdated":"2024-02-29T23:59:60.123Z"},
      "text":{"status":"generated","div":"<div xmlns=\\"http://www.w3.org/1999/xhtml\\">王 <b>芳</b></div>"},
      "name":[{"family":"王","given":["芳",null],"_given":[null,{"extension":[{"url":"http://x","valueCode":"UNK"}]}]}],
      "birthDate":"1970","_birthDate":{"extension":[{"url":"http://x/t","valueDateTime":"1970-03-30T06:00:00+08:00"}]},
      "deceasedBoolean":false,"multipleBirthInteger":2,"gender":"female",
      "contact":[{"organization":{"reference":"#o1"}}],
      "contained":[{"resourceType":"Organization","id":"o1","name":"H"}]}"""
    assert validate(decode(body.encode())) == []


@pytest.mark.parametrize(
    ("resource", "place"),
    [
        ([], "Resource"),
        ("text", "Resource"),
        (None, "Resource"),
        ({}, "Resource"),
        ({"resourceType": "Patinet"}, "Resource"),
        ({"resourceType": "DomainResource"}, "Resource"),
        ({"resourceType": ["Patient"]}, "Resource"),
        (patient(fmily="x"), "Patient.fmily"),
        (patient(name=[{"familly": "x"}]), "Patient.name[0].familly"),
        (
            patient(name=[{"resourceType": "HumanName", "family": "x"}]),
            "Patient.name[0].resourceType",
        ),
        (patient(_name=[{"id": "x"}]), "Patient._name"),
        (patient(name={"family": "x"}), "Patient.name"),
        (patient(_id={"extension": [{"url": "http://x", "valueCode": "a"}]}), "Patient._id"),
        (patient(name=[]), "Patient.name"),
        (patient(name=[{}]), "Patient.name[0]"),
        (patient(name=[{"id": "only"}]), "Patient.name[0]"),
        (patient(name=None), "Patient.name"),
        (patient(name=[None]), "Patient.name[0]"),
        (patient(name=["x"]), "Patient.name[0]"),
        (patient(maritalStatus=[{"text": "x"}]), "Patient.maritalStatus"),
        (patient(birthDate=None), "Patient.birthDate"),
        (patient(birthDate=["1970"]), "Patient.birthDate"),
        (patient(birthDate=""), "Patient.birthDate"),
        (patient(name=[{"family": "   "}]), "Patient.name[0].family"),
        (patient(deceasedBoolean=False, deceasedDateTime="2020"), "Patient.deceased"),
        (
            patient(
                deceasedBoolean=False,
                _deceasedDateTime={"extension": [{"url": "http://x", "valueCode": "a"}]},
            ),
            "Patient.deceased",
        ),
        (patient(gender="F"), "Patient.gender"),
        (patient(multipleBirthInteger=2**31), "Patient.multipleBirth"),
        (patient(multipleBirthInteger=True), "Patient.multipleBirth"),
        (patient(active="true"), "Patient.active"),
        (patient(active=1), "Patient.active"),
        (patient(name=[{"given": ["a", None]}]), "Patient.name[0].given[1]"),
        (
            patient(
                name=[
                    {
                        "given": ["a"],
                        "_given": [None, {"extension": [{"url": "http://x", "valueCode": "a"}]}],
                    }
                ]
            ),
            "Patient.name[0].given",
        ),
        (patient(name=[{"given": [None], "_given": [{"id": "a"}]}]), "Patient.name[0].given[0]"),
        (patient(_birthDate={"id": "a"}), "Patient.birthDate"),
        (patient(birthDate="1970", _birthDate={}), "Patient.birthDate"),
        (patient(birthDate="1970", _birthDate={"value": "x"}), "Patient.birthDate.value"),
        (patient(birthDate="1970", _birthDate=[{"id": "x"}]), "Patient.birthDate"),
        (patient(extension=[{"url": "http://x"}]), "Patient.extension[0]"),
        (patient(extension=[{"valueString": "x"}]), "Patient.extension[0].url"),
        (
            patient(
                extension=[
                    {
                        "url": "http://x",
                        "valueString": "x",
                        "extension": [{"url": "y", "valueCode": "z"}],
                    }
                ]
            ),
            "Patient.extension[0]",
        ),
        (
            patient(extension=[{"url": "http://x", "valueString": "x", "valueCode": "x"}]),
            "Patient.extension[0].value",
        ),
        (
            patient(extension=[{"url": "http://x", "valueNothing": "x"}]),
            "Patient.extension[0].valueNothing",
        ),
        (
            patient(contained=[patient(id="a", contained=[patient(id="b")])]),
            "Patient.contained[0].contained",
        ),
        (patient(contained=[{"id": "a"}]), "Patient.contained[0]"),
        (patient(contained=[patient(id="a"), patient(id="a")]), "Patient.contained[1].id"),
        (
            patient(managingOrganization={"reference": "#none"}),
            "Patient.managingOrganization.reference",
        ),
        (
            patient(managingOrganization={"reference": "#a"}, contained=[patient(id="a")]),
            "Patient.managingOrganization.reference",
        ),
        (
            patient(managingOrganization={"reference": "Patient/1"}),
            "Patient.managingOrganization.reference",
        ),
        (
            patient(managingOrganization={"reference": "http://h.org/fhir/Patient/1/_history/2"}),
            "Patient.managingOrganization.reference",
        ),
        (
            patient(managingOrganization={"reference": "Organisation/1"}),
            "Patient.managingOrganization.reference",
        ),
        (
            patient(managingOrganization={"reference": "Organization"}),
            "Patient.managingOrganization.reference",
        ),
        (
            patient(managingOrganization={"reference": "urn:uuid:1"}),
            "Patient.managingOrganization.reference",
        ),
        (
            patient(managingOrganization={"reference": "Organization?name=x"}),
            "Patient.managingOrganization.reference",
        ),
        (patient(managingOrganization={"type": "Patient"}), "Patient.managingOrganization.type"),
        (
            patient(managingOrganization={"type": "Organisation"}),
            "Patient.managingOrganization.type",
        ),
        (
            patient(generalPractitioner=[{"reference": "Practitioner/1", "type": "Organization"}]),
            "Patient.generalPractitioner[0].type",
        ),
        ({"resourceType": "Observation", "code": {"text": "x"}}, "Observation.status"),
        ({"resourceType": "Observation", "status": "final"}, "Observation.code"),
        (observation(valueQuantity={"value": "5"}), "Observation.value.value"),
        (observation(valueQuantity={"value": 0.5}), "Observation.value.value"),
        (
            observation(valueQuantity={"value": 5, "comparator": "="}),
            "Observation.value.comparator",
        ),
        (
            observation(valueSampledData={"origin": {"value": 1}, "period": 1, "dimensions": 0}),
            "Observation.value.dimensions",
        ),
        (
            {
                "resourceType": "MedicationRequest",
                "status": "active",
                "intent": "order",
                "subject": {"reference": "Patient/1"},
            },
            "MedicationRequest.medication",
        ),
        (
            {
                "resourceType": "Condition",
                "subject": {"reference": "Patient/1"},
                "clinicalStatus": {
                    "coding": [
                        {
                            "system": "http://terminology.hl7.org/CodeSystem/condition-clinical",
                            "code": "ill",
                        }
                    ]
                },
            },
            "Condition.clinicalStatus",
        ),
        (
            {
                "resourceType": "Condition",
                "subject": {"reference": "Patient/1"},
                "clinicalStatus": {"text": "active"},
            },
            "Condition.clinicalStatus",
        ),
        (
            {
                "resourceType": "Bundle",
                "type": "batch",
                "entry": [{"resource": patient(gender="m")}],
            },
            "Bundle.entry[0].resource.gender",
        ),
        (
            {
                "resourceType": "Parameters",
                "parameter": [{"name": "a", "resource": {"resourceType": "Patient", "x": 1}}],
            },
            "Parameters.parameter[0].resource.x",
        ),
    ],
)
@pytest.mark.shows(
    "validation:structure",
    "validation:cardinality",
    "validation:choice",
    "validation:empty",
    "validation:null",
    "validation:primitive-arrays",
    "validation:required-binding",
    "validation:reference-target",
    "validation:unknown-element",
)
def test_one_fault_is_one_issue_at_its_place(resource, place):
    assert places(resource) == [place]


@pytest.mark.shows("validation:all-issues")
def test_all_faults_are_told_at_once():
    wrong = patient(gender="m", birthDate="1970-13", name=[{"given": ["", "x", 5]}], extra={})
    assert places(wrong) == [
        "Patient.extra",
        "Patient.name[0].given[0]",
        "Patient.name[0].given[2]",
        "Patient.gender",
        "Patient.birthDate",
    ]


def test_a_text_says_what_to_do_in_both_languages():
    (issue,) = validate(patient(gendr="female"))
    assert (
        issue.en
        == "Patient.gendr: Patient has no property 'gendr'; remove it (did you mean gender?)."
    )
    assert issue.zh == "Patient.gendr：Patient 没有属性 'gendr'；请删除（是否想写 gender？）。"
    (issue,) = validate(patient(gender="m"))
    assert "use one of female, male, other, unknown" in issue.en


def test_a_conditional_reference_belongs_in_a_transaction():
    subject = patient(managingOrganization={"reference": "Organization?identifier=a|b"})
    assert validate(subject, conditional=True) == []
    bundle = {"resourceType": "Bundle", "entry": [{"resource": subject}]}
    assert validate(bundle | {"type": "transaction"}) == []
    assert places(bundle | {"type": "collection"}) == [
        "Bundle.entry[0].resource.managingOrganization.reference"
    ]


def test_a_bundle_entry_has_a_scope_of_its_own():
    inner = patient(managingOrganization={"reference": "#o"})
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            {"resource": inner},
            {
                "resource": patient(
                    contained=[{"resourceType": "Organization", "id": "o", "name": "x"}]
                )
            },
        ],
    }
    assert places(bundle) == ["Bundle.entry[0].resource.managingOrganization.reference"]


def test_a_contained_resource_may_refer_to_its_container_and_its_siblings():
    inside = {
        "resourceType": "Provenance",
        "id": "v",
        "target": [{"reference": "#"}],
        "recorded": "2024-01-01T00:00:00Z",
        "agent": [{"who": {"reference": "#o"}}],
    }
    assert (
        validate(
            patient(contained=[inside, {"resourceType": "Organization", "id": "o", "name": "x"}])
        )
        == []
    )


def test_required_primitives_may_have_only_an_extension():
    absent = {
        "extension": [
            {
                "url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
                "valueCode": "unknown",
            }
        ]
    }
    assert validate({"resourceType": "Observation", "_status": absent, "code": {"text": "x"}}) == []


def test_a_resource_wrong_all_over_is_not_told_of_in_full():
    issues = validate(patient(name=[{}] * 2000))
    assert len(issues) == 501
    assert "more than 500" in issues[-1].en


def test_endless_nesting_ends():
    wrong = {"url": "http://x"}
    for _ in range(5000):
        wrong = {"url": "http://x", "extension": [wrong]}
    assert [i.code for i in validate(patient(extension=[wrong]))] == ["too-long"]


def test_a_hundred_thousand_faults_cost_no_more_than_five_hundred():
    unknown = patient(**{f"nonsense{n}": n for n in range(100_000)})
    assert len(validate(unknown)) == 501
