"""JSON Patch: what RFC 6902 says of errors and corner cases."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from xinglin.fhir.json import FhirDecimal
from xinglin.fhir.patch import json_patch
from xinglin.kernel.errors import Invalid, Malformed

PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "active": True,
    "name": [{"family": "Li", "given": ["Wei", "Min"]}],
    "a/b": {"m~n": 1},
    "n": FhirDecimal("1.50"),
}


def patch(*operations: Any) -> Any:
    given = copy.deepcopy(PATIENT)
    try:
        return json_patch(PATIENT, list(operations))
    finally:
        assert given == PATIENT


@pytest.mark.parametrize(
    "operation",
    [
        {},
        7,
        {"op": "increment", "path": "/n"},
        {"op": "add", "path": "/n"},
        {"op": "move", "path": "/n"},
        {"op": ["add"], "path": "/n", "value": 1},
        {"op": "remove", "path": "n"},
        {"op": "remove", "path": "/a~2b"},
        {"op": "remove", "path": "/a~"},
        {"op": "remove", "path": 3},
        {"op": "copy", "path": "/x", "from": None},
    ],
)
def test_a_patch_that_is_none(operation: Any) -> None:
    with pytest.raises(Malformed) as refused:
        patch({"op": "test", "path": "/active", "value": True}, operation)
    assert "[1]" in refused.value.issues[0].en
    assert "[1]" in refused.value.issues[0].zh


def test_a_patch_must_be_an_array() -> None:
    with pytest.raises(Malformed):
        json_patch(PATIENT, {"op": "remove", "path": "/n"})


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": "/gone"},
        {"op": "remove", "path": ""},
        {"op": "remove", "path": "/name/1"},
        {"op": "remove", "path": "/name/-"},
        {"op": "remove", "path": "/name/00"},
        {"op": "remove", "path": "/name/-1"},
        {"op": "remove", "path": "/name/99999999999999"},
        {"op": "replace", "path": "/gone", "value": 1},
        {"op": "replace", "path": "/name/-", "value": 1},
        {"op": "add", "path": "/name/2", "value": {}},
        {"op": "add", "path": "/gone/x", "value": 1},
        {"op": "add", "path": "/active/x", "value": 1},
        {"op": "move", "from": "/name", "path": "/name/0/x"},
        {"op": "move", "from": "/gone", "path": "/gone"},
        {"op": "copy", "from": "/gone", "path": "/x"},
        {"op": "test", "path": "/gone", "value": 1},
        {"op": "test", "path": "/active", "value": 1},
        {"op": "test", "path": "/n", "value": "1.50"},
        {"op": "test", "path": "/name/0/given", "value": ["Wei"]},
        {"op": "test", "path": "/active", "value": None},
    ],
)
def test_an_operation_that_cannot_be_applied(operation: Any) -> None:
    with pytest.raises(Invalid) as refused:
        patch(operation)
    assert operation["op"] in refused.value.issues[0].en


def test_escapes_numbers_and_the_whole_document() -> None:
    assert patch({"op": "test", "path": "/a~1b/m~0n", "value": 1}) == PATIENT
    assert patch({"op": "test", "path": "/n", "value": FhirDecimal("1.5")}) == PATIENT
    assert patch({"op": "replace", "path": "", "value": {"x": 1}}) == {"x": 1}
    assert patch({"op": "add", "path": "/name/0/given/-", "value": None})["name"][0]["given"] == [
        "Wei",
        "Min",
        None,
    ]


def test_numbers_keep_their_form() -> None:
    assert str(patch({"op": "copy", "from": "/n", "path": "/o"})["o"]) == "1.50"


def test_a_value_that_is_put_in_twice_is_not_shared() -> None:
    value = {"family": "X"}
    out = patch(
        {"op": "add", "path": "/name/-", "value": value},
        {"op": "add", "path": "/name/1/given", "value": ["Y"]},
    )
    assert value == {"family": "X"}
    assert out["name"][1] == {"family": "X", "given": ["Y"]}


def test_what_a_patch_has_emptied_can_be_pruned() -> None:
    operations = [{"op": "remove", "path": "/name/0"}, {"op": "remove", "path": "/a~1b/m~0n"}]
    out = patch(*operations)
    assert out["name"] == []
    assert out["a/b"] == {}
    assert json_patch(PATIENT, operations, fhir=True) == {
        "resourceType": "Patient",
        "active": True,
        "n": FhirDecimal("1.50"),
    }


def test_pruning_takes_only_what_the_patch_emptied() -> None:
    operations = [
        {"op": "remove", "path": "/name/0/given/1"},
        {"op": "move", "from": "/name/0/given/0", "path": "/x"},
        {"op": "remove", "path": "/name/0/family"},
        {"op": "remove", "path": "/a~1b/m~0n"},
        {"op": "add", "path": "/a~1b/again", "value": 1},
        {"op": "add", "path": "/mine", "value": []},
    ]
    out = json_patch(PATIENT, operations, fhir=True)
    assert "name" not in out
    assert out["mine"] == []
    assert out["a/b"] == {"again": 1}
    assert out["x"] == "Wei"


@pytest.mark.parametrize("value", [None, [], 3, "x"])
def test_a_resource_stays_an_object(value: Any) -> None:
    with pytest.raises(Invalid):
        json_patch(PATIENT, [{"op": "replace", "path": "", "value": value}], fhir=True)


def test_copies_cannot_double_without_end() -> None:
    doubling = [{"op": "copy", "from": "/list", "path": "/list/-"}] * 40
    with pytest.raises(Invalid) as refused:
        json_patch({"list": [1]}, doubling)
    assert "more than" in refused.value.issues[0].en
    wide = [{"op": "copy", "from": "/a", "path": f"/b{n}"} for n in range(20)]
    with pytest.raises(Invalid):
        json_patch({"a": [0] * 10_000}, wide)


def test_nesting_has_an_end() -> None:
    deeper = [{"op": "add", "path": "/a" * n, "value": {}} for n in range(1, 70)]
    with pytest.raises(Invalid) as refused:
        json_patch({}, deeper)
    assert "[64]" in refused.value.issues[0].en
