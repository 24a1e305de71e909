"""Structs and dicts hold the same; numbers keep their form, and the shipped structs are fresh."""

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from xinglin.fhir import datatypes, definitions, resources
from xinglin.fhir.json import decode, encode
from xinglin.fhir.structs import convert, from_dict, struct_type, to_dict
from xinglin.fhir.validation import validate

ROOT = Path(__file__).parents[3]


def test_a_struct_is_written_as_the_standard_names_it():
    patient = resources.Patient(
        id="p1",
        name=[datatypes.HumanName(family="王", given=["芳"])],
        birthDate="1970",
        birthDate_ext=datatypes.Element(
            extension=[datatypes.Extension(url="http://x", valueCode="a")]
        ),
        contact=[resources.PatientContact(gender="female", name=datatypes.HumanName(text="李"))],
    )
    expected = {
        "resourceType": "Patient",
        "id": "p1",
        "name": [{"family": "王", "given": ["芳"]}],
        "birthDate": "1970",
        "_birthDate": {"extension": [{"url": "http://x", "valueCode": "a"}]},
        "contact": [{"gender": "female", "name": {"text": "李"}}],
    }
    assert to_dict(patient) == expected
    assert decode(encode(patient)) == expected
    assert from_dict(expected) == patient
    assert validate(expected) == []


def test_a_python_keyword_has_an_underscore():
    encounter = from_dict(
        {"resourceType": "Encounter", "status": "planned", "class": {"code": "AMB"}}
    )
    assert encounter.class_.code == "AMB"
    assert to_dict(encounter)["class"] == {"code": "AMB"}


@pytest.mark.parametrize("lex", ["128.50", "1e-7", "5", "0.0000001"])
def test_numbers_keep_their_form(lex):
    body = (
        b'{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":'
        + lex.encode()
        + b"}}"
    )
    observation = from_dict(decode(body))
    assert observation.valueQuantity.value == Decimal(lex)
    assert encode(to_dict(observation)) == encode(observation) != b""
    assert encode(observation).endswith(b'{"value":' + lex.encode() + b"}}")


def test_a_plain_decimal_may_be_set():
    assert encode(datatypes.Quantity(value=Decimal("1.50"))) == b'{"value":1.50}'
    assert to_dict(datatypes.Quantity(value=Decimal("1.50"))) == {"value": Decimal("1.50")}


def test_null_in_a_primitive_array():
    name = convert(
        {"given": ["a", None], "_given": [None, {"extension": [{"url": "u", "valueCode": "x"}]}]},
        datatypes.HumanName,
    )
    assert name.given == ["a", None]
    assert name.given_ext[1].extension[0].valueCode == "x"


def test_a_resource_inside_a_resource_stays_a_dict():
    bundle = from_dict(
        {
            "resourceType": "Bundle",
            "type": "batch",
            "entry": [{"resource": {"resourceType": "Patient"}}],
        }
    )
    assert bundle.entry[0].resource == {"resourceType": "Patient"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"birthDate": 5},
        {"unknown": "x"},
        {"active": "true"},
        {"name": {}},
        {"multipleBirthInteger": True},
        {"extension": [{"url": "x", "valueDecimal": "1"}]},
    ],
)
def test_what_does_not_fit_is_refused(wrong):
    with pytest.raises(msgspec.ValidationError):
        from_dict({"resourceType": "Patient", **wrong})


def test_every_resource_type_has_its_struct():
    for name in definitions.resource_types():
        assert from_dict({"resourceType": name}) == struct_type(name)()
    with pytest.raises(KeyError):
        struct_type("DomainResource")
    with pytest.raises(AttributeError):
        _ = resources.Nothing
    assert "Patient" in dir(resources)


def test_the_package_loads_no_struct_before_it_is_used():
    code = "import sys, xinglin.fhir.resources; print([m for m in sys.modules if m.startswith('xinglin.fhir.resources.')])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_the_shipped_structs_are_those_of_the_tables(tmp_path):
    subprocess.run([sys.executable, ROOT / "tools" / "compile_structs.py", tmp_path], check=True)
    shipped = ROOT / "src" / "xinglin" / "fhir"
    made = sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*.py"))
    assert len(made) == 148
    assert [p for p in made if (tmp_path / p).read_text() != (shipped / p).read_text()] == []
