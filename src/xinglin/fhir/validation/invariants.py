"""Invariants: the FHIRPath rules of the specification, evaluated on a resource that is well formed.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/conformance-rules.html#constraints. Used by ``$validate``.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from xinglin.fhir import definitions
from xinglin.fhir.path import PathError
from xinglin.fhir.path import compile as compile_path
from xinglin.fhir.path.model import type_of_resource
from xinglin.fhir.path.node import Node
from xinglin.kernel.errors import Issue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xinglin.fhir.definitions import Constraint
    from xinglin.fhir.path import Resolver, Terminology
    from xinglin.fhir.path.model import Element as PathElement

STRUCTURAL: Final = frozenset(("ele-1", "ext-1", "dom-2", "ref-1", "txt-1", "txt-2"))
"""Invariants that validation on every write checks in its own way."""

_CONTAINED_ONLY: Final = frozenset(("dom-3", "dom-4", "dom-5"))

_DOM_3: Final = "dom-3"
"""Its expression in 4.0.1 casts collections, which FHIRPath forbids; so it is checked in Python."""


class Scope(NamedTuple):
    """What an expression may refer to besides the element it is evaluated on."""

    resource: Any
    root: Any
    resolver: Resolver | None = None
    terminology: Terminology | None = None


def validate_invariants(
    resource: dict[str, Any],
    *,
    resolver: Resolver | None = None,
    terminology: Terminology | None = None,
) -> list[Issue]:
    """All invariants that the resource breaks, errors and warnings.

    The resource must have passed ``validate``. An expression that gives nothing breaks nothing.
    """
    root = Node(resource, type_of_resource(resource), None, None, "", None)
    issues: list[Issue] = []
    _walk(root, Scope(root, root, resolver, terminology), issues)
    return issues


def check(node: Node, rule: Constraint, scope: Scope, issues: list[Issue], place: str = "") -> None:
    """Evaluate one rule on one element and say so when it is broken."""
    if rule.key == _DOM_3:
        if not _contained_are_used(node.value):
            issues.append(_broken(place or node.path, rule))
        return
    variables = {"resource": scope.resource, "rootResource": scope.root}
    try:
        held = compile_path(rule.expression).evaluate_bool(
            node, variables=variables, resolver=scope.resolver, terminology=scope.terminology
        )
    except PathError as error:
        issues.append(_unclear(place or node.path, rule, error))
        return
    if held is False:
        issues.append(_broken(place or node.path, rule))


def _walk(node: Node, scope: Scope, issues: list[Issue]) -> None:
    for rule in _own_rules(node.type.name):
        if rule.key not in _CONTAINED_ONLY or "contained" in node.value:
            check(node, rule, scope, issues)
    if node.value.__class__ is not dict:
        return
    elements = {e.name: e for key in node.value if (e := _element_of(node, key))}
    rules = _element_rules(node.type.name)
    for element in elements.values():
        children: list[Node] = []
        element.collect(node, children)
        for child in children:
            for rule in rules.get(element.name, ()):
                check(child, rule, scope, issues)
            if child.value.__class__ is dict:
                _walk(child, _scope_of(child, element, scope), issues)


def _element_of(node: Node, key: str) -> PathElement | None:
    keys = node.type.keys
    return keys.get(key) or keys.get(key.removeprefix("_"))


def _scope_of(child: Node, element: PathElement, scope: Scope) -> Scope:
    """A contained resource is %resource of its own; one in a Bundle is %rootResource too."""
    if "resourceType" not in child.value:
        return scope
    if element.name == "contained":
        return scope._replace(resource=child)
    alone = Node(child.value, child.type, None, child.parent, child.key, child.index)
    return scope._replace(resource=alone, root=alone)


def _contained_are_used(value: Any) -> bool:
    """Each contained resource is referred to, or refers to its container."""
    contained = value.get("contained")
    if not isinstance(contained, list):
        return True
    outside = set(_strings({key: item for key, item in value.items() if key != "contained"}))
    inside = [set(_strings(inner)) for inner in contained]
    return all(
        "#" in own
        or f"#{inner.get('id')}" in outside
        or any(f"#{inner.get('id')}" in other for other in inside if other is not own)
        for inner, own in zip(contained, inside, strict=True)
    )


def _strings(value: Any) -> Iterator[str]:
    """All strings that could be a reference to a contained resource."""
    nodes = [value]
    for node in nodes:
        inner = node.values() if isinstance(node, dict) else node
        for item in inner:
            if isinstance(item, str):
                if item.startswith("#"):
                    yield item
            elif isinstance(item, dict | list):
                nodes.append(item)


@cache
def _own_rules(name: str) -> tuple[Constraint, ...]:
    found = definitions.types().get(name)
    return tuple(c for c in found.constraints if c.key not in STRUCTURAL) if found else ()


@cache
def _element_rules(name: str) -> dict[str, tuple[Constraint, ...]]:
    found = definitions.types().get(name)
    return {
        element.name: rules
        for element in (found.elements if found else ())
        if (rules := tuple(c for c in element.constraints if c.key not in STRUCTURAL))
    }


def rules_of(name: str) -> Iterator[Constraint]:
    """All rules of a type and of its elements."""
    yield from _own_rules(name)
    for rules in _element_rules(name).values():
        yield from rules


def _broken(place: str, rule: Constraint) -> Issue:
    return Issue(
        "invariant",
        f"{place}: {rule.human} ({rule.key}). Correct it so that this holds: {rule.expression}",
        f"{place}：不满足约束 {rule.key}（{rule.human}）。请更正，使下式成立：{rule.expression}",
        (place,),
        "error" if rule.severity == "error" else "warning",
    )


def _unclear(place: str, rule: Constraint, error: PathError) -> Issue:
    return Issue(
        "processing",
        f"{place}: {rule.key} could not be checked: {error.en}",
        f"{place}：无法检查约束 {rule.key}：{error.zh}",
        (place,),
        "warning",
    )
