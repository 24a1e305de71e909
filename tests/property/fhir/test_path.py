"""Whatever the expression, patch and resource: a result or a refusal, and nothing changed."""

from __future__ import annotations

import contextlib
import copy
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xinglin.fhir import path
from xinglin.fhir.patch import fhirpath_patch, json_patch
from xinglin.fhir.path.table import FUNCTIONS
from xinglin.kernel.errors import Refusal

NAMES = ["name", "given", "period", "start", "birthDate", "extension", "value", "contained", "id"]
LITERALS = [
    "true", "{}", "0", "-1", "3", "2147483647", "1.50", "'a'", "''", "'2015'", "@2015", "@2015-02-04",
    "@2015-02-04T14:34:28.123+08:00", "@2015-02-04T14", "@T10:30", "4 days", "1 year", "1 'mg'",
    "7 'nonsense'", "10 '%'", "$this", "$index", "$total", "%resource", "%ucum", "'['", "1000000000000.5",
    "99999 years", "@9999-12-31", "@0001-01-01",
]  # fmt: skip
OPERATORS = [
    "+", "-", "*", "/", "div", "mod", "&", "|", "=", "!=", "~", "!~", "<", "<=", ">", ">=", "and",
    "or", "xor", "implies", "in", "contains",
]  # fmt: skip
TYPES = [
    "Quantity",
    "string",
    "String",
    "System.Integer",
    "FHIR.Patient",
    "Date",
    "HumanName",
    "Any",
]
TYPED = {"is", "as", "ofType"}


def _calls(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def build(name: str) -> st.SearchStrategy[str]:
        low, high, _ = FUNCTIONS[name]
        if name in TYPED:
            return st.builds(lambda a, t: f"({a}).{name}({t})", inner, st.sampled_from(TYPES))
        arguments = st.lists(inner, min_size=low, max_size=min(high, 3))
        return st.builds(lambda a, args: f"({a}).{name}({', '.join(args)})", inner, arguments)

    return st.sampled_from(sorted(FUNCTIONS)).flatmap(build)


def _extend(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds(lambda a, n: f"({a}).{n}", inner, st.sampled_from(NAMES)),
        st.builds(lambda a, o, b: f"({a}) {o} ({b})", inner, st.sampled_from(OPERATORS), inner),
        st.builds(lambda a, b: f"({a})[{b}]", inner, inner),
        st.builds(lambda a: f"-({a})", inner),
        st.builds(lambda a, t: f"(({a}) is {t})", inner, st.sampled_from(TYPES)),
        st.builds(lambda a, t: f"(({a}) as {t})", inner, st.sampled_from(TYPES)),
        _calls(inner),
        _calls(inner),
    )


EXPRESSIONS = st.recursive(st.sampled_from(LITERALS + NAMES), _extend, max_leaves=6)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-5, 5), st.just(Decimal("1.50")),
        st.sampled_from(["", "a", "2015", "2015-13-45", "12:00:00", "#1", "<div/>"]),
    ),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from([*NAMES, "_birthDate", "_given", "valueQuantity", "deceasedDateTime", "url", "code", "system", "resourceType"]),
        inner,
        max_size=4,
    ),
    max_leaves=8,
)  # fmt: skip
RESOURCES = st.builds(
    lambda body: {**body, "resourceType": "Patient"},
    st.dictionaries(st.sampled_from([*NAMES, "_birthDate", "deceasedDateTime"]), JSON, max_size=5),
)


def attempt(expression: str, resource: dict[str, Any], method: str) -> Any:
    try:
        return getattr(path.compile(expression), method)(resource)
    except path.PathError as error:
        return error


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(EXPRESSIONS, RESOURCES)
def test_a_result_or_a_path_error(expression: str, resource: dict[str, Any]) -> None:
    before = copy.deepcopy(resource)
    found = attempt(expression, resource, "evaluate")
    truth = attempt(expression, resource, "evaluate_bool")
    assert isinstance(found, (list, path.PathError))
    assert truth in (True, False, None) or isinstance(truth, path.PathError)
    for result in (found, truth):
        if isinstance(result, path.PathError):
            assert all(issue.en and issue.zh for issue in result.issues)
    assert resource == before


@settings(max_examples=120, deadline=None)
@given(st.text(st.sampled_from(" ()[]{}.,'`@%$+-*/&|=~!<>Taisor0129\\\n"), max_size=40))
def test_any_text_is_an_expression_or_a_syntax_error(text: str) -> None:
    found = attempt(text, {"resourceType": "Patient"}, "evaluate")
    assert isinstance(found, list) or found.status == 400


def pieces(keys: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    text = st.sampled_from(
        ["", "/", "/name", "/name/0", "/name/-", "/a~1b", "x", "/name/0/given/1"]
    )
    value = JSON | text | st.integers(-1, 3)
    return st.dictionaries(st.sampled_from(keys), value, max_size=5)


OPERATIONS = st.builds(
    lambda op, rest: {**rest, "op": op},
    st.sampled_from(["add", "remove", "replace", "move", "copy", "test", "x"]),
    pieces(["path", "from", "value"]),
)
PATHS = st.sampled_from(
    ["Patient", "Patient.name", "name[0]", "name.given", "birthDate", "birthDate.extension", "x..", "1", "value", "contained[0].id", "name.given[0].id"]
)  # fmt: skip
PARTS = st.fixed_dictionaries(
    {"name": st.sampled_from(["name", "value", "index", "source", "destination", "x"])},
    optional={
        "valueString": st.sampled_from([*NAMES, "[x]"]), "valueInteger": st.integers(-1, 2),
        "valueHumanName": JSON, "valueCode": JSON, "_valueCode": JSON, "part": JSON, "resource": JSON,
    },
)  # fmt: skip
PATCHES = st.lists(
    st.builds(
        lambda kind, where, parts: {
            "name": "operation",
            "part": [
                {"name": "type", "valueCode": kind},
                {"name": "path", "valueString": where},
                *parts,
            ],
        },
        st.sampled_from(["add", "insert", "delete", "replace", "move"]),
        PATHS,
        st.lists(PARTS, max_size=5),
    )
    | JSON,
    max_size=3,
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(RESOURCES, st.lists(OPERATIONS | JSON, max_size=3), PATCHES)
def test_patches_give_a_resource_or_a_refusal(
    resource: dict[str, Any], operations: list[Any], patches: list[Any]
) -> None:
    before = copy.deepcopy((resource, operations, patches))
    with contextlib.suppress(Refusal):
        json_patch(resource, operations)
    with contextlib.suppress(Refusal):
        parameters = {"resourceType": "Parameters", "parameter": patches}
        assert fhirpath_patch(resource, parameters)["resourceType"] == "Patient"
    assert (resource, operations, patches) == before
