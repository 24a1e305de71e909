"""What `$validate` says: structure first, then invariants and profiles."""

from xinglin.fhir.validation.full import validate_fully

BASE = "http://hl7.org/fhir/StructureDefinition/"
NAMED = {
    "resourceType": "StructureDefinition", "url": "http://example.org/named", "type": "Patient", "derivation": "constraint", "baseDefinition": BASE + "Patient",
    "differential": {"element": [{"path": "Patient"}, {"path": "Patient.name", "min": 1}]},
}  # fmt: skip
FIND = {NAMED["url"]: NAMED}.get
TEXT = {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">x</div>'}


def told(resource, *profiles, find=FIND):
    return [(i.severity, i.code) for i in validate_fully(resource, profiles, find=find)]


def patient(**extra):
    return {"resourceType": "Patient", "text": TEXT, **extra}


def test_structure_is_told_alone():
    assert told(patient(gender="x", contact=[{"gender": "male"}])) == [("error", "code-invalid")]
    assert told(None) == [("error", "structure")]


def test_invariants_and_profiles_are_told_together():
    wrong = patient(contact=[{"gender": "male"}])
    assert told(wrong, NAMED["url"]) == [("error", "invariant"), ("error", "required")]
    assert told(patient(name=[{"text": "x"}]), NAMED["url"]) == []


def test_a_profile_that_the_resource_claims_is_checked():
    assert told(patient(meta={"profile": [NAMED["url"] + "|1.0"]})) == [("error", "required")]


def test_an_unknown_profile_is_an_error_only_when_it_was_asked_for():
    assert told(patient(meta={"profile": ["http://example.org/x"]})) == [("warning", "not-found")]
    assert told(patient(), "http://example.org/x", find=None) == [("error", "not-found")]


def test_a_type_of_the_specification_is_a_profile_too():
    assert told(patient(), BASE + "Patient", BASE + "DomainResource", BASE + "Resource") == []
    assert told(patient(), BASE + "Observation") == [("error", "invalid")]
