"""The API: evaluate, items, evaluate_bool, variables, hooks, places, errors, sharing."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from xinglin.fhir import path
from xinglin.fhir.json import decode

PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p1",
    "contained": [{"resourceType": "Organization", "id": "o", "name": "Org"}],
    "name": [
        {"use": "official", "family": "王", "given": ["伟", None], "_given": [None, {"id": "g"}]}
    ],
    "birthDate": "1974-12-25",
    "_birthDate": {"extension": [{"url": "urn:t", "valueDateTime": "1974-12-25T14:35:45+08:00"}]},
    "deceasedBoolean": False,
    "multipleBirthInteger": 2,
    "managingOrganization": {"reference": "#o"},
    "generalPractitioner": [{"reference": "Practitioner/d"}, {"reference": "Practitioner/gone"}],
}


def run(expression: str, **options: Any) -> list[Any]:
    return path.compile(expression).evaluate(PATIENT, **options)


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("name.family", ["王"]),
        ("deceased", [False]),
        ("multipleBirth + 1", [3]),
        ("birthDate", ["1974-12-25"]),
        ("birthDate.extension('urn:t').value", ["1974-12-25T14:35:45+08:00"]),
        ("name.given", ["伟", {"id": "g"}]),
        ("name.given.id", ["g"]),
        ("name.given.select(hasValue())", [True, False]),
        ("name.given.getValue()", None),
        ("managingOrganization.resolve().name", ["Org"]),
        ("managingOrganization.resolve() is Organization", [True]),
        ("contained.ofType(Organization).name", ["Org"]),
        ("Resource.id", ["p1"]),
        ("DomainResource.name.use", ["official"]),
        ("birthDate + 1 month", ["1975-01-25"]),
        ("1.5 'mg' + 1 'g'", [{"value": Decimal("1001.5"), "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"}]),
        ("4 days", [{"value": Decimal(4), "unit": "days"}]),
        ("type()", [{"namespace": "FHIR", "name": "Patient"}]),
        ("%resource.id | %context.id | %rootResource.id", ["p1"]),
        ("%`vs-x` & %'ext-y'", ["http://hl7.org/fhir/ValueSet/xhttp://hl7.org/fhir/StructureDefinition/y"]),
        ("`name`.`family`", ["王"]),
    ],
)  # fmt: skip
def test_plain_values(expression: str, result: list[Any] | None) -> None:
    if result is None:
        with pytest.raises(path.PathError):
            run(expression)
    else:
        assert run(expression) == result


def test_numbers_keep_their_lexical_form() -> None:
    observation = decode(b'{"resourceType":"Observation","valueQuantity":{"value":128.50}}')
    assert str(path.compile("value.value").evaluate(observation)[0]) == "128.50"


def test_elements_by_type_hint_and_without() -> None:
    name = {"family": "Li", "given": ["A"]}
    assert path.compile("given").evaluate(name, type_hint="HumanName") == ["A"]
    assert path.compile("gender").evaluate({"gender": "male"}, type_hint="Patient.contact") == [
        "male"
    ]
    assert path.compile("$this is HumanName").evaluate(name, type_hint="HumanName") == [True]
    assert path.compile("$this = @2000").evaluate("2000", type_hint="date") == [True]
    untyped = {"a": [{"b": True}], "valueString": "x"}
    assert path.compile("a.b | value").evaluate(untyped) == [True, "x"]
    assert path.compile("a.b is boolean").evaluate(untyped, type_hint="Nothing") == [True]
    assert path.compile("count()").evaluate([1, "a", None]) == [2]


def test_variables_and_hooks() -> None:
    other = {"resourceType": "Practitioner", "id": "d", "active": True}
    found = {"Practitioner/d": other}
    assert run("generalPractitioner.resolve().id", resolver=found.get) == ["d"]
    assert run("generalPractitioner.resolve()") == []
    assert run("%x.active and %n = 3", variables={"x": other, "n": 3}) == [True]
    assert run("%resource.id", variables={"resource": other}) == ["d"]
    assert run("now()", now=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)) == [
        "2026-01-02T03:04:05.000+00:00"
    ]
    assert run("%when", variables={"when": datetime(2026, 1, 2, tzinfo=UTC)})[0].startswith("2026")
    seen: list[tuple[str, int]] = []
    run("name.trace('n').given.trace('g', id)", trace=lambda n, i: seen.append((n, len(i))))
    assert seen == [("n", 1), ("g", 1)]
    assert run("conformsTo('urn:p')", conforms=lambda _value, url: url == "urn:p") == [True]
    with pytest.raises(path.PathError):
        run("conformsTo('urn:p')")
    with pytest.raises(path.PathError):
        run("%nothing")


class Terms:
    """A terminology with one value set and one hierarchy."""

    def member_of(self, value: Any, value_set: str) -> bool | None:
        return value == "official" if value_set == "urn:vs" else None

    def subsumes(self, one: Any, other: Any) -> bool | None:
        return one == other


def test_terminology() -> None:
    assert run("name.use.memberOf('urn:vs')", terminology=Terms()) == [True]
    assert run("name.use.memberOf('urn:other')", terminology=Terms()) == []
    assert run("name.use.subsumes('x')", terminology=Terms()) == [False]
    assert run("name.use.subsumedBy('official')", terminology=Terms()) == [True]
    for expression in ("name.use.memberOf('urn:vs')", "name.use.subsumes('x')"):
        with pytest.raises(path.PathError):
            run(expression)


def test_references_inside_a_bundle() -> None:
    bundle = {
        "resourceType": "Bundle",
        "entry": [
            {"fullUrl": "urn:uuid:1", "resource": {"resourceType": "Patient", "id": "a"}},
            {
                "fullUrl": "http://x/Observation/2",
                "resource": {"resourceType": "Observation", "subject": {"reference": "urn:uuid:1"}},
            },
        ],
    }
    expression = path.compile("entry.resource.ofType(Observation).subject.resolve().id")
    assert expression.evaluate(bundle) == ["a"]
    by_type = path.compile("'Observation/2'.resolve().subject.reference")
    assert by_type.evaluate(bundle) == ["urn:uuid:1"]


def test_today_is_the_day_where_the_clock_hangs() -> None:
    morning = datetime(2026, 1, 2, 7, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert run("today() | timeOfDay()", now=morning) == ["2026-01-02", "07:30:00.000"]
    born = path.compile("$this <= today()")
    assert born.evaluate_bool("2026-01-02", type_hint="date", now=morning) is True
    assert str(path.compile("now()").items({}, now=morning)[0]) == "2026-01-02T07:30:00.000+08:00"


def test_items_know_their_type_and_place() -> None:
    found = path.compile("name.given | birthDate.extension.value | deceased").items(PATIENT)
    assert [(i.type.name, i.path) for i in found] == [
        ("string", "Patient.name[0].given[0]"),
        ("string", "Patient.name[0].given[1]"),
        ("dateTime", "Patient.birthDate.extension[0].value"),
        ("boolean", "Patient.deceased"),
    ]


def test_truths() -> None:
    for expression, truth in {
        "name.exists()": True,
        "name.family": True,
        "deceased": False,
        "photo.url = 'x'": None,
        "photo.exists() and x.y": False,
    }.items():
        assert path.compile(expression).evaluate_bool(PATIENT) is truth
    with pytest.raises(path.PathError):
        path.compile("generalPractitioner").evaluate_bool(PATIENT)


def test_errors_say_where_in_both_languages() -> None:
    expression = "Patient.name.where(\n  given.single() = 'x')"
    with pytest.raises(path.PathError) as refused:
        path.compile(expression).evaluate(PATIENT)
    issue = refused.value.issues[0]
    assert "line 2 column 9" in issue.en
    assert "第 2 行第 9 列" in issue.zh
    assert refused.value.status == 400
    assert refused.value.kind == "execution"
    with pytest.raises(path.PathSyntaxError) as unread:
        path.compile("name.")
    assert "the end" in unread.value.issues[0].en


@pytest.mark.parametrize(
    "expression",
    [
        "", "name[", "1 +", "(1", "name.where(", "{1}", "@2015-13", "@2015-02-30", "@T25", "'a", "`a",
        "a b", "1 is", "is(", "$foo", "name.$this", "%", "#", "'\\q'", "/* x", "name.5",
        "@2015T10:61", "@2015-01-01T10:00+15:00", "(" * 101 + "1" + ")" * 101, "-" * 101 + "1",
        "a" + ".a" * 200, "1" + "+1" * 200, "x" * 70_000, "name.where(use = 'a'",
    ],
)  # fmt: skip
def test_what_is_no_expression(expression: str) -> None:
    with pytest.raises(path.PathSyntaxError) as refused:
        path.compile(expression)
    assert refused.value.issues[0].zh


@pytest.mark.parametrize(
    "expression",
    [
        "name.nope()",
        "name.first(1)",
        "name.where()",
        "x is Nope",
        "x.ofType(1)",
        "x.as(FHIR.nope)",
        "where(x.is())",
        "where(empty(1))",
    ],
)
def test_what_cannot_be_compiled(expression: str) -> None:
    with pytest.raises(path.PathSemanticError):
        path.compile(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "(1|2|3).aggregate($total & $total & 'x' & 'xxxxxxxxxx'.replace('x', 'xxxxxxxxxx'), '').length() > 0 and 'a'.replace('a', 'b') = 'b' and (1|2|3|4|5|6|7|8|9|10|11|12|13|14|15|16|17|18|19|20|21|22|23).aggregate($total & $total, 'x').exists()",
        "(1|2|3|4|5|6|7|8|9|10|11|12|13|14|15|16|17|18|19|20|21|22|23).aggregate($total.combine($total), 1).count()",
        "0.repeat($this + 1)",
        "'x'.repeat($this & 'x')",
    ],
)
def test_what_would_never_end_is_stopped(expression: str) -> None:
    with pytest.raises(path.PathError):
        path.compile(expression).evaluate(PATIENT)


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("defineVariable('n', name.first()).select(%n.family)", ["王"]),
        ("name.defineVariable('n').given.first() & '-' & 'x'", ["伟-x"]),
        ("defineVariable('a', 1).select(defineVariable('b', 2).select(%a + %b))", [3]),
        ("defineVariable('n', 1).select(%n) | defineVariable('n', 2).select(%n)", [1, 2]),
        ("name.sort(-family.defineVariable('x')).count()", [1]),
    ],
)
def test_variables_that_are_defined_inside(expression: str, result: list[Any]) -> None:
    compiled = path.compile(expression)
    assert compiled.evaluate(PATIENT) == result
    assert compiled.evaluate(PATIENT) == result
    assert compiled.check("Patient") is not None


@pytest.mark.parametrize(
    "expression",
    [
        "defineVariable('a', 1).defineVariable('a', 2)",
        "defineVariable('resource', 1)",
        "defineVariable('vs-x', 1)",
        "defineVariable('a', 1).select(1) | %a",
        "select(defineVariable('a', 1)).select(%a)",
    ],
)
def test_variables_end_with_their_scope(expression: str) -> None:
    with pytest.raises(path.PathError):
        path.compile(expression).evaluate(PATIENT)


def test_expressions_are_kept_and_change_nothing() -> None:
    one = path.compile("name.given.first()")
    assert path.compile("name.given.first()") is one
    constant = path.compile("true")
    constant.evaluate(PATIENT).append(1)
    constant.items(PATIENT).append(1)
    assert constant.evaluate(PATIENT) == [True]
    assert "name.given" in repr(one)
