"""Checking an expression against a type before evaluation."""

from __future__ import annotations

import pytest

from xinglin.fhir import definitions, path

# Two invariants of R4 4.0.1 name elements that are not there.
WRONG_IN_R4 = {("ChargeItemDefinition", "cid-0"), ("decimal", "ras-1")}


def test_every_invariant_of_r4_checks_but_for_the_two_that_are_wrong() -> None:
    refused: set[tuple[str, str]] = set()
    count = 0
    for found in definitions.types().values():
        rules = [(found.name, rule) for rule in found.constraints]
        rules += [(t, rule) for e in found.elements for t in e.types for rule in e.constraints]
        for owner, rule in rules:
            count += 1
            try:
                path.compile(rule.expression).check(owner)
            except path.PathSemanticError:
                refused.add((owner, rule.key))
    assert count > 900
    assert refused == WRONG_IN_R4


@pytest.mark.parametrize(
    ("expression", "types"),
    [
        ("Patient.name.given", ("string",)),
        ("Patient.deceased", ("boolean", "dateTime")),
        ("Patient.deceased.as(dateTime)", ("dateTime",)),
        ("(Patient.deceased as dateTime)", ("dateTime",)),
        ("Patient.contact.where(gender = 'male').name", ("HumanName",)),
        ("Patient.name.select(given | family)", ("string",)),
        ("Patient.contact.relationship.coding.code", ("code",)),
        ("Patient.name.exists()", ("Boolean",)),
        ("Patient.name.count()", ("Integer",)),
        ("Patient.name.given.join(' ')", ("String",)),
        ("Patient.extension('http://x').value.ofType(Period)", ("Period",)),
        ("Patient.birthDate.extension('http://x')", ("Extension",)),
        ("iif(active, name.family, birthDate)", ("date", "string")),
        ("Patient.link.other.resolve().name", ()),
        ("Patient.contained.name", ()),
        ("Patient.birthDate + 1 year", ()),
        ("%context.name", ("HumanName",)),
        ("%resource.anything", ()),
        ("descendants().anything", ()),
        ("{}.anything", ()),
    ],
)
def test_types_of_the_result(expression: str, types: tuple[str, ...]) -> None:
    assert path.compile(expression).check("Patient") == types


@pytest.mark.parametrize(
    "expression",
    [
        "nam",
        "Patient.name.givn",
        "Encounter.status",
        "Patient.deceasedBoolean",
        "Patient.name.where(usee = 'x')",
        "Patient.name.exists(usee = 'x')",
        "Patient.name.startsWith('x')",
        "Patient.name.as(HumanName)",
        "(Patient.deceased as dateTime).year",
        "iif('x', 1, 2)",
        "'x'.y",
        "Patient.name.first().given.select($this.x)",
        "name.trace('n', foo)",
        "name.given.combine(foo)",
        "name[foo]",
        "-foo",
    ],
)
def test_what_can_never_be(expression: str) -> None:
    with pytest.raises(path.PathSemanticError) as refused:
        path.compile(expression).check("Patient")
    assert refused.value.at is not None
    assert "line 1 column" in refused.value.issues[0].en
    assert "第 1 行" in refused.value.issues[0].zh


def test_several_types_and_unknown_ones() -> None:
    union = path.compile("Patient.name.family | Practitioner.name.family")
    assert union.check("Patient", "Practitioner") == ("string",)
    with pytest.raises(path.PathSemanticError):
        union.check("Patient")
    assert union.check("NoSuchType") == ("string",)


@pytest.mark.parametrize(
    "expression", ["children()[0]", "descendants().first()", "children().x.skip(1)"]
)
def test_order_is_checked_on_request(expression: str) -> None:
    compiled = path.compile(expression)
    assert compiled.check("Patient") == ()
    with pytest.raises(path.PathSemanticError):
        compiled.check("Patient", ordered=True)
