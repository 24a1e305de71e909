"""The official FHIRPath R4 suite; what we do not pass is listed with the reason in known.json.

https://github.com/FHIR/fhir-test-cases r4/fhirpath/tests-fhir-r4.xml; XML inputs that do not come
with the suite are replaced by their JSON twins.
"""

from __future__ import annotations

import json
import os
import tarfile
import xml.etree.ElementTree as ET
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.support.fhir_xml import resource

from xinglin.fhir import path
from xinglin.fhir.json import decode
from xinglin.fhir.path import Node, PathError, PathSyntaxError
from xinglin.fhir.path.equality import equal
from xinglin.fhir.path.node import system_name, to_system

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("XINGLIN_SHARED_DATA", HERE.parents[2].parent / "shared" / "data"))
CASES = SHARED / "fhir" / "fhir-test-cases" / "r4"
SUITE = CASES / "fhirpath" / "tests-fhir-r4.xml"
KNOWN: dict[str, str] = json.loads((HERE / "known.json").read_text("utf-8"))

pytestmark = pytest.mark.shared_data


class Case(NamedTuple):
    name: str
    expression: str
    invalid: str | None
    input: str | None
    ordered: bool
    predicate: bool
    strict_order: bool
    outputs: list[tuple[str | None, str]]


def _cases() -> list[Case]:
    if not SUITE.exists():
        return []
    found: list[Case] = []
    seen: dict[str, int] = {}
    for test in ET.parse(SUITE).getroot().iter("test"):  # noqa: S314 (our own file)
        expression = test.find("expression")
        assert expression is not None
        name = test.get("name", "")
        seen[name] = seen.get(name, 0) + 1
        outputs = [(o.get("type"), o.text or "") for o in test.findall("output")]
        found.append(
            Case(
                name if seen[name] == 1 else f"{name}#{seen[name]}",
                expression.text or "",
                expression.get("invalid"),
                test.get("inputfile"),
                test.get("ordered") != "false",
                test.get("predicate") == "true",
                test.get("checkOrderedFunctions") == "true",
                outputs,
            )
        )
    return found


ALL = _cases()


# Inputs that are official R4 examples, by their names in the package of the examples.
OFFICIAL = {
    "valueset-example-expansion.json": "ValueSet-example-expansion.json",
    "appointment-examplereq.json": "Appointment-examplereq.json",
    "explanationofbenefit-example.json": "ExplanationOfBenefit-EB3500.json",
}


@cache
def _official(package: Path, name: str) -> dict[str, Any]:
    with tarfile.open(package) as packed:
        member = packed.extractfile(f"package/{name}")
        assert member is not None
        return decode(member.read())


def _body(case: Case, request: pytest.FixtureRequest) -> dict[str, Any]:
    twin = Path(case.input or "none").with_suffix(".json").name
    if twin in OFFICIAL:
        return _official(request.getfixturevalue("official_package"), OFFICIAL[twin])
    return _input(case.input)


@cache
def _input(name: str | None) -> dict[str, Any]:
    if name is None:
        return {"resourceType": "Patient"}
    original = CASES / "examples" / name
    if name.endswith(".xml") and original.exists():
        return resource(ET.parse(original).getroot())  # noqa: S314 (our own file)
    twin = Path(name).with_suffix(".json").name
    for folder in (CASES / "examples", HERE / "inputs"):
        if (folder / twin).exists():
            return decode((folder / twin).read_bytes())
    raise AssertionError(f"no JSON twin of {name}")


def _expected(kind: str | None, text: str) -> list[Any]:
    if kind in ("boolean", "integer"):
        return [text == "true" if kind == "boolean" else int(text)]
    if kind == "decimal":
        return [Decimal(text)]
    if kind in ("date", "dateTime", "time", "Quantity"):
        return _literal(text)
    if kind is None:
        return _literal(text)
    return [text]


def _literal(text: str) -> list[Any]:
    if text.startswith("-"):
        return [Decimal(text)]
    return path.compile(text).items({"resourceType": "Patient"})


def _same_type(kind: str | None, item: Any) -> bool:
    if kind is None:
        return True
    if isinstance(item, Node):
        return item.type.name == kind
    name = system_name(item)
    return kind in (name, name[0].lower() + name[1:])


def _failure(case: Case, body: dict[str, Any]) -> str | None:
    try:
        expression = path.compile(case.expression)
        expression.check(body["resourceType"], ordered=case.strict_order)
        found = expression.items(body)
    except PathError as error:
        if case.invalid is None:
            return f"refused: {error}"
        wrong = case.invalid == "syntax" and not isinstance(error, PathSyntaxError)
        return f"not a syntax error: {error}" if wrong else None
    if case.invalid is not None:
        return f"should be refused ({case.invalid}), gave {found}"
    if case.predicate:
        found = [bool(found)]
    return _differs(case, found)


def _differs(case: Case, found: list[Any]) -> str | None:
    if len(found) != len(case.outputs):
        return f"{len(case.outputs)} items expected, gave {found}"
    expected = [(kind, _expected(kind, text)) for kind, text in case.outputs]
    if not case.ordered:
        left = sorted(str(to_system(i)) for i in found)
        return None if left == sorted(str(v[0]) for _, v in expected) else f"gave {found}"
    for (kind, value), item in zip(expected, found, strict=True):
        if equal(value, [item]) is not True:
            return f"{value} expected, gave {item!r}"
        if not _same_type(kind, item):
            return f"type {kind} expected, gave {item!r}"
    return None


@pytest.mark.parametrize("case", ALL, ids=[c.name for c in ALL])
def test_case(case: Case, request: pytest.FixtureRequest) -> None:
    failure = _failure(case, _body(case, request))
    if case.name in KNOWN:
        assert failure is not None, f"{case.name} passes now: take it out of known.json"
    else:
        assert failure is None, f"{case.expression}: {failure}"


@pytest.mark.skipif(not ALL, reason="the FHIRPath suite is not beside the checkout")
def test_at_least_97_percent_pass_and_every_known_failure_exists() -> None:
    names = {case.name for case in ALL}
    assert set(KNOWN) <= names
    assert len(names) == 935
    assert len(KNOWN) <= 0.03 * len(ALL)
