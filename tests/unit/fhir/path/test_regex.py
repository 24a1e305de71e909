"""Regular expressions: which are taken and which are refused because they might never end."""

from __future__ import annotations

import pytest

from xinglin.fhir import definitions, path
from xinglin.fhir.path.functions.regex import pattern


@pytest.mark.parametrize(
    "text",
    [
        "[A-Z]([A-Za-z0-9_]){0,254}",
        r"^[^\s\.,]{1,64}(\.[^\s\.]{1,64}(\[x\])?(\:[^\s\.]+)?)*$",
        r"\d{4}(-\d\d(-\d\d)?)?",
        "(https?://[a-z]+/)*",
        "(ab){2,400}",
        "(?:(?=x)a)+",
    ],
)
def test_ordinary_ones(text: str) -> None:
    assert pattern(text).pattern == text


@pytest.mark.parametrize(
    "text",
    [
        "(a+)+$",
        "(a*)*",
        "([a-z]+)*x",
        "(a|b+)+",
        "((a+)?b?)+",
        "(?:(?:a{1,50})b?){30}",
        "(",
        "a" * 1001,
        "*",
    ],
)
def test_dangerous_or_wrong_ones(text: str) -> None:
    with pytest.raises(path.PathError) as refused:
        path.compile(f"'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'.matches('{text}')").evaluate({})
    assert refused.value.at == 41


def test_those_of_the_invariants_are_taken() -> None:
    name = {"resourceType": "ValueSet", "name": "Name"}
    rule = next(c for c in definitions.definition("ValueSet").constraints if c.key == "vsd-0")
    assert path.compile(rule.expression).evaluate_bool(name) is True
