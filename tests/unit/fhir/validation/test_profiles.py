"""Profiles: every kind of rule that a StructureDefinition may make, kept and broken."""

import pytest

from xinglin.fhir.json import FhirDecimal
from xinglin.fhir.validation import validate
from xinglin.fhir.validation.profiles import validate_profile

SPEC = "http://hl7.org/fhir/StructureDefinition/"
RACE = "http://example.org/race"


def profile(*elements, type_="Patient", url="http://example.org/p", part="snapshot", base=None):
    return {
        "resourceType": "StructureDefinition", "url": url, "type": type_, "derivation": "constraint", "baseDefinition": base or SPEC + type_,
        part: {"element": [{"path": type_}, *elements]},
    }  # fmt: skip


def element(path, **rules):
    return {"path": path, **rules}


def broken(resource, sd, **options):
    assert validate(resource) == []
    issues = validate_profile(resource, sd, **options)
    assert all(i.en != i.zh for i in issues)
    return [i.expression[0] for i in issues]


def patient(**extra):
    return {"resourceType": "Patient", **extra}


def observation(**extra):
    return {"resourceType": "Observation", "status": "final", "code": {"text": "x"}, **extra}


@pytest.mark.parametrize(
    ("rule", "good", "bad", "place"),
    [
        (element("Patient.birthDate", min=1), {"birthDate": "1970"}, {}, "Patient.birthDate"),
        (element("Patient.name", min=2), {"name": [{"text": "a"}, {"text": "b"}]}, {"name": [{"text": "a"}]}, "Patient.name"),
        (element("Patient.name", max="1"), {"name": [{"text": "a"}]}, {"name": [{"text": "a"}, {"text": "b"}]}, "Patient.name"),
        (element("Patient.photo", max="0"), {}, {"photo": [{"title": "x"}]}, "Patient.photo"),
        (element("Patient.name.given", min=1), {"name": [{"given": ["x"]}]}, {"name": [{"given": ["x"]}, {"text": "y"}]}, "Patient.name[1].given"),
        (element("Patient.active", fixedBoolean=True), {"active": True}, {"active": False}, "Patient.active"),
        (element("Patient.multipleBirth[x]", type=[{"code": "boolean"}]), {"multipleBirthBoolean": True}, {"multipleBirthInteger": 2}, "Patient.multipleBirth"),
        (element("Patient.maritalStatus", patternCodeableConcept={"coding": [{"code": "M"}]}), {"maritalStatus": {"text": "x", "coding": [{"code": "S"}, {"code": "M", "display": "y"}]}}, {"maritalStatus": {"coding": [{"code": "S"}]}}, "Patient.maritalStatus"),
        (element("Patient.identifier", fixedIdentifier={"system": "s"}), {"identifier": [{"system": "s"}]}, {"identifier": [{"system": "s", "value": "v"}]}, "Patient.identifier[0]"),
        (element("Patient.name.family", maxLength=3), {"name": [{"family": "abc"}]}, {"name": [{"family": "abcd"}]}, "Patient.name[0].family"),
        (element("Patient.multipleBirth[x]", minValueInteger=2, maxValueInteger=4), {"multipleBirthInteger": 2}, {"multipleBirthInteger": 1}, "Patient.multipleBirth"),
        (element("Patient.multipleBirth[x]", maxValueInteger=4), {"multipleBirthInteger": 4}, {"multipleBirthInteger": 5}, "Patient.multipleBirth"),
        (element("Patient.birthDate", maxValueDate="2024-01-01"), {"birthDate": "1970"}, {"birthDate": "2025"}, "Patient.birthDate"),
        (element("Patient.name.use", binding={"strength": "required", "valueSet": "http://hl7.org/fhir/ValueSet/administrative-gender"}), {"name": [{"text": "x"}]}, {"name": [{"use": "usual"}]}, "Patient.name[0].use"),
        (element("Patient.generalPractitioner", type=[{"code": "Reference", "targetProfile": [SPEC + "Practitioner"]}]), {"generalPractitioner": [{"reference": "Practitioner/1"}]}, {"generalPractitioner": [{"reference": "Organization/1"}]}, "Patient.generalPractitioner[0].reference"),
        (element("Patient.name", constraint=[{"key": "x-1", "severity": "error", "human": "text or family", "expression": "text.exists() or family.exists()"}]), {"name": [{"text": "x"}]}, {"name": [{"use": "usual"}]}, "Patient.name[0]"),
        (element("Patient.birthDate.extension", min=1), {"birthDate": "1970", "_birthDate": {"extension": [{"url": "u", "valueCode": "x"}]}}, {"birthDate": "1970"}, "Patient.birthDate.extension"),
        (element("Patient.multipleBirthInteger", min=1), {"multipleBirthInteger": 1}, {"multipleBirthBoolean": True}, "Patient.multipleBirthInteger"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("part", ["snapshot", "differential"])
@pytest.mark.shows("validation:profiles")
def test_one_rule_kept_and_broken(rule, good, bad, place, part):
    sd = profile(rule, part=part)
    assert broken(patient(**good), sd) == []
    assert broken(patient(**bad), sd) == [place]


def test_a_number_is_compared_by_its_value():
    sd = profile(
        element("Observation.value[x]", minValueQuantity={"value": 1}),
        element("Observation.value[x].value", minValueDecimal=FhirDecimal("0.5")),
        type_="Observation",
    )
    assert broken(observation(valueQuantity={"value": FhirDecimal("0.50")}), sd) == []
    assert broken(observation(valueQuantity={"value": FhirDecimal("0.4")}), sd) == [
        "Observation.value.value"
    ]


EXTENSIONS = (
    element(
        "Patient.extension",
        slicing={"discriminator": [{"type": "value", "path": "url"}], "rules": "open"},
    ),
    element(
        "Patient.extension",
        sliceName="race",
        min=1,
        max="1",
        type=[{"code": "Extension", "profile": [RACE]}],
    ),
)
RACE_DEFINITION = profile(
    element("Extension.url", fixedUri=RACE),
    element("Extension.value[x]", min=1, type=[{"code": "Coding"}]),
    type_="Extension",
    url=RACE,
)


def test_an_extension_is_a_slice_by_its_address():
    race, other = (
        {"url": RACE, "valueCoding": {"code": "x"}},
        {"url": "http://other", "valueString": "x"},
    )
    sd = profile(*EXTENSIONS)
    assert broken(patient(extension=[other, race]), sd) == []
    assert broken(patient(extension=[other]), sd) == ["Patient.extension"]
    assert broken(patient(extension=[race, race]), sd) == ["Patient.extension"]


def test_the_definition_of_an_extension_is_kept_too():
    wrong = patient(extension=[{"url": RACE, "valueString": "x"}])
    find = {RACE: RACE_DEFINITION}.get
    assert broken(wrong, profile(*EXTENSIONS), find=find) == ["Patient.extension[0].value"]
    assert (
        broken(
            patient(extension=[{"url": RACE, "valueCoding": {"code": "x"}}]),
            profile(*EXTENSIONS),
            find=find,
        )
        == []
    )


def slices(rules="open", kind="value", path="code.coding.code", *parts):
    return profile(
        element("Observation.component", slicing={"discriminator": [{"type": kind, "path": path}], "rules": rules}),
        element("Observation.component", sliceName="high", min=1, max="1"),
        element("Observation.component.code", patternCodeableConcept={"coding": [{"code": "h"}]}),
        element("Observation.component.value[x]", min=1),
        element("Observation.component", sliceName="low", max="1"),
        element("Observation.component.code.coding.code", fixedCode="l"),
        element("Observation.component.value[x]", type=[{"code": "Quantity"}]),
        *parts, type_="Observation",
    )  # fmt: skip


def component(code, **extra):
    return {"code": {"coding": [{"code": code}]}, **extra}


HIGH = component("h", valueInteger=1)


def test_slices_by_fixed_value_and_by_pattern():
    sd = slices()
    assert (
        broken(
            observation(
                component=[HIGH, component("l", valueQuantity={"value": 1}), component("?")]
            ),
            sd,
        )
        == []
    )
    assert broken(observation(component=[component("h")]), sd) == ["Observation.component[0].value"]
    assert broken(observation(component=[HIGH, component("l", valueInteger=1)]), sd) == [
        "Observation.component[1].value"
    ]
    assert broken(observation(component=[component("l")]), sd) == ["Observation.component"]
    assert broken(observation(component=[HIGH, component("l"), component("l")]), sd) == [
        "Observation.component"
    ]


def test_closed_slicing_allows_nothing_else():
    assert broken(observation(component=[HIGH, component("?")]), slices("closed")) == [
        "Observation.component[1]"
    ]


def test_slices_by_type():
    sd = profile(
        element(
            "Observation.value[x]",
            slicing={"discriminator": [{"type": "type", "path": "$this"}], "rules": "closed"},
        ),
        element("Observation.value[x]", sliceName="valueQuantity", type=[{"code": "Quantity"}]),
        element("Observation.value[x].code", min=1),
        type_="Observation",
    )
    assert broken(observation(valueQuantity={"value": 1, "system": "s", "code": "kg"}), sd) == []
    assert broken(observation(valueQuantity={"value": 1}), sd) == ["Observation.value.code"]
    assert broken(observation(valueString="x"), sd) == ["Observation.value"]


def test_slices_by_existence():
    sd = profile(
        element(
            "Patient.identifier",
            slicing={"discriminator": [{"type": "exists", "path": "period"}], "rules": "open"},
        ),
        element("Patient.identifier", sliceName="past", max="1"),
        element("Patient.identifier.period", min=1),
        element("Patient.identifier", sliceName="now", min=1),
        element("Patient.identifier.period", max="0"),
    )
    old, new = {"value": "1", "period": {"end": "2020"}}, {"value": "2"}
    assert broken(patient(identifier=[old, new]), sd) == []
    assert broken(patient(identifier=[old, old, new]), sd) == ["Patient.identifier"]
    assert broken(patient(identifier=[old]), sd) == ["Patient.identifier"]


def test_slices_by_the_type_that_a_reference_points_to():
    sd = profile(
        element(
            "Patient.generalPractitioner",
            slicing={"discriminator": [{"type": "type", "path": "resolve()"}], "rules": "open"},
        ),
        element(
            "Patient.generalPractitioner",
            sliceName="doctor",
            min=1,
            type=[{"code": "Reference", "targetProfile": [SPEC + "Practitioner"]}],
        ),
    )
    assert (
        broken(
            patient(
                generalPractitioner=[
                    {"reference": "Practitioner/1"},
                    {"reference": "Organization/1"},
                ]
            ),
            sd,
        )
        == []
    )
    assert broken(patient(generalPractitioner=[{"reference": "Organization/1"}]), sd) == [
        "Patient.generalPractitioner"
    ]


def test_slices_by_profile():
    named = profile(element("Patient.name", min=1), url="http://example.org/named")
    sd = profile(
        element(
            "Bundle.entry",
            slicing={"discriminator": [{"type": "profile", "path": "resource"}], "rules": "open"},
        ),
        element("Bundle.entry", sliceName="who", min=1),
        element(
            "Bundle.entry.resource",
            type=[{"code": "Patient", "profile": ["http://example.org/named"]}],
        ),
        type_="Bundle",
    )
    find = {"http://example.org/named": named}.get
    bundle = {"resourceType": "Bundle", "type": "collection"}
    assert (
        broken(bundle | {"entry": [{"resource": patient(name=[{"text": "x"}])}]}, sd, find=find)
        == []
    )
    assert broken(bundle | {"entry": [{"resource": patient()}]}, sd, find=find) == ["Bundle.entry"]


def test_a_differential_stands_on_its_base():
    base = profile(
        element("Patient.birthDate", min=1), url="http://example.org/base", part="differential"
    )
    sd = profile(
        element("Patient.name", min=1), part="differential", base="http://example.org/base"
    )
    assert broken(patient(), sd, find={"http://example.org/base": base}.get) == [
        "Patient.name",
        "Patient.birthDate",
    ]


def test_a_profile_of_another_type_does_not_fit():
    assert broken(patient(), profile(type_="Observation")) == ["Patient"]


def test_a_profile_that_names_itself_ends():
    sd = profile(
        element(
            "Patient.contained", type=[{"code": "Patient", "profile": ["http://example.org/p"]}]
        )
    )
    value = patient(contained=[patient(id="a")])
    assert broken(value, sd, find={"http://example.org/p": sd}.get) == []


def test_what_has_no_code_is_in_no_value_set():
    bound = {
        "strength": "required",
        "valueSet": "http://hl7.org/fhir/ValueSet/administrative-gender",
    }
    sd = profile(element("Observation.value[x]", binding=bound), type_="Observation")
    assert broken(observation(valueQuantity={"value": 1}), sd) == []
    assert broken(observation(valueString="male"), sd) == []
    assert broken(observation(valueString="x"), sd) == ["Observation.value"]


class Terminology:
    """Knows one set."""

    def member_of(self, value, value_set):
        return value["coding"][0]["code"] == "a" if value_set == "http://example.org/vs" else None

    def subsumes(self, *_concepts):
        return None


def test_a_value_set_is_asked_of_the_terminology():
    sd = profile(
        element(
            "Patient.maritalStatus",
            binding={"strength": "required", "valueSet": "http://example.org/vs|1.0"},
        )
    )
    for code, places in (("a", []), ("b", ["Patient.maritalStatus"])):
        value = patient(maritalStatus={"coding": [{"code": code}]})
        assert broken(value, sd, terminology=Terminology()) == places
        assert broken(value, sd) == []
