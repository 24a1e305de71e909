"""Inputs of operations and their registry."""

from __future__ import annotations

import pytest

from xinglin.cdr.operations import Call, Registry, Reply
from xinglin.cdr.operations.parameters import of_query, of_resource
from xinglin.kernel.errors import Malformed, NotAllowed, NotFound


def test_from_a_resource() -> None:
    given = of_resource(
        {
            "resourceType": "Parameters",
            "parameter": [
                {"name": "url", "valueUri": "http://a"},
                {"name": "flag", "valueBoolean": True},
                {"name": "n", "valueInteger": 3},
                {"name": "coding", "valueCoding": {"code": "x"}},
                {"name": "tx", "part": [{"name": "p", "valueCode": "c"}]},
            ],
        }
    )
    assert given.text("url") == "http://a"
    assert given.flag("flag") is True
    assert given.number("n") == 3
    assert given.element("coding") == {"code": "x"}
    assert given.items[4].parts[0].value == "c"
    assert given.text("absent") is None


def test_from_a_query() -> None:
    given = of_query([("_type", "Patient,Observation"), ("_type", "Encounter"), ("n", "x")])
    assert given.texts("_type") == ["Patient", "Observation", "Encounter"]
    for ask in (lambda: given.text("_type"), lambda: given.number("n"), lambda: given.flag("n")):
        with pytest.raises(Malformed):
            ask()


@pytest.mark.parametrize(
    "parameter",
    [{}, "x", [1], [{"name": 1}], [{"name": "a", "valueCode": "x", "valueUri": "y"}]],
)
def test_broken_parameters(parameter: object) -> None:
    with pytest.raises(Malformed) as refused:
        of_resource({"resourceType": "Parameters", "parameter": parameter})
    assert refused.value.issues[0].expression[0].startswith("Parameters.parameter")


async def _nothing(call: Call) -> Reply:
    return Reply()


def test_registry() -> None:
    registry = Registry()
    registry.register("meta-add", ["instance"], [], _nothing, changes=True)
    registry.register("everything", ["type", "instance"], ["Patient"], _nothing)
    assert registry.find("everything", "instance", "Patient", "GET").handler is _nothing
    assert {operation.name for operation in registry} == {"meta-add", "everything"}
    with pytest.raises(NotFound):
        registry.find("everything", "instance", "Group", "GET")
    with pytest.raises(NotFound):
        registry.find("nothing", "system", "", "GET")
    with pytest.raises(NotAllowed):
        registry.find("meta-add", "instance", "Patient", "GET")
