import pytest

from xinglin.fhir.search import Unsupported, compile_expression, parse_branch

TABLE = {
    ("Thing", "value"): [
        ("valueQuantity", "Quantity", False),
        ("valueDateTime", "dateTime", False),
    ],
    ("Thing", "subject"): [("subject", "Reference", False)],
    ("Thing", "telecom"): [("telecom", "ContactPoint", True)],
    ("Thing", "extension"): [("extension", "Extension", True)],
    ("Thing", "entry"): [("entry", "Thing", True)],
    ("Extension", "value"): [("valueCode", "code", False), ("valueString", "string", False)],
}


def branches(expression: str) -> list[str]:
    return [
        str(b) for b in compile_expression(expression, "Thing", lambda t, n: TABLE.get((t, n), []))
    ]


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("Thing.subject", ["subject:Reference"]),
        ("Other.subject | Thing.subject", ["subject:Reference"]),
        ("Thing.value", ["valueQuantity:Quantity", "valueDateTime:dateTime"]),
        ("(Thing.value as Quantity)", ["valueQuantity:Quantity"]),
        ("Thing.value.as(DateTime)", ["valueDateTime:dateTime"]),
        ("Thing.value.ofType(Quantity)", ["valueQuantity:Quantity"]),
        ("Thing.subject.where(resolve() is Patient)", ["subject[is Patient]:Reference"]),
        ("Thing.telecom.where(system='phone')", ["telecom*[system=phone]:ContactPoint"]),
        ("Thing.extension('urn:a/b').value as code", ["extension*[url=urn:a/b]/valueCode:code"]),
        ("Thing.entry[0].entry", ["entry*[#0]/entry*:Thing"]),
        ("Thing.nothing", []),
        ("Thing", [":Thing"]),
        ("Resource.subject", ["subject:Reference"]),
    ],
)
def test_expressions_become_branches(expression: str, found: list[str]) -> None:
    assert branches(expression) == found
    assert [str(parse_branch(text)) for text in found] == found


@pytest.mark.parametrize(
    "expression", ["Thing.subject.exists()", "Thing.value > 3", "Thing.subject.", "Thing.(", "'x'"]
)
def test_more_than_the_subset_is_said_to_be_so(expression: str) -> None:
    with pytest.raises(Unsupported):
        branches(expression)


def test_a_branch_without_its_target_test() -> None:
    branch = parse_branch("subject[is Patient]:Reference")
    assert branch.only == "Patient"
    assert str(branch.bare) == "subject:Reference"
