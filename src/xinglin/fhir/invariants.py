"""Invariants: the FHIRPath constraints of the base definitions, evaluated where they apply.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/conformance-rules.html#constraints.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from xinglin.fhir import definitions, path
from xinglin.kernel.errors import Issue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from xinglin.fhir.definitions import Constraint

# True of everything that the structural pass lets through; evaluating it at each element is dear.
_STRUCTURAL = frozenset({"ele-1"})

_AS = re.compile(r"(?<=descendants\(\))\.as\((\w+)\)")


def check(
    resource: dict[str, Any],
    *,
    resolver: Callable[[str], Any] | None = None,
    terminology: path.Terminology | None = None,
) -> list[Issue]:
    """All invariants that do not hold, as issues with their places; never raises."""
    found: list[Issue] = []
    walk = _Walk(resource, found, resolver, terminology)
    walk.resource(resource, resource.get("resourceType", ""))
    return found


class _Walk:
    def __init__(
        self,
        root: dict[str, Any],
        found: list[Issue],
        resolver: Callable[[str], Any] | None,
        terminology: path.Terminology | None,
    ) -> None:
        self._root = root
        self._found = found
        self._resolver = resolver
        self._terminology = terminology

    def resource(self, resource: dict[str, Any], place: str) -> None:
        """A resource: the root, a contained one, or one inside a Bundle or Parameters."""
        type_ = resource.get("resourceType")
        if not isinstance(type_, str) or not definitions.is_resource_type(type_):
            return
        self._element(resource, type_, place, resource)

    def _element(
        self, value: dict[str, Any], type_: str, place: str, resource: dict[str, Any]
    ) -> None:
        self._hold(definitions.definition(type_).constraints, value, type_, place, resource)
        for key, (element, code) in definitions.json_keys(type_).items():
            for part, where in _values(value, key, f"{place}.{element.name}"):
                if not isinstance(part, dict):
                    continue
                self._hold(element.constraints, part, code, where, resource)
                if "resourceType" in part:
                    self.resource(part, where)
                elif code in definitions.types():
                    self._element(part, code, where, resource)

    def _hold(
        self,
        constraints: Iterable[Constraint],
        value: dict[str, Any],
        type_: str,
        place: str,
        resource: dict[str, Any],
    ) -> None:
        for constraint in constraints:
            if constraint.key in _STRUCTURAL or not constraint.expression:
                continue
            try:
                true = path.compile(_mended(constraint.expression)).evaluate_bool(
                    value,
                    variables={"resource": resource, "rootResource": self._root},
                    type_hint=None if "resourceType" in value else type_,
                    resolver=self._resolver,
                    terminology=self._terminology,
                )
            except path.PathError as error:
                self._found.append(_undecided(constraint, place, error))
                continue
            if true is False:
                self._found.append(_broken(constraint, place))


def _mended(expression: str) -> str:
    # dom-3 says as() of a whole collection, which FHIRPath forbids; it means ofType().
    return _AS.sub(r".ofType(\1)", expression) if ".as(" in expression else expression


def _values(value: dict[str, Any], key: str, place: str) -> Iterator[tuple[Any, str]]:
    found = value.get(key)
    if isinstance(found, list):
        for number, part in enumerate(found):
            yield part, f"{place}[{number}]"
    elif found is not None:
        yield found, place


def _broken(constraint: Constraint, place: str) -> Issue:
    severity = "warning" if constraint.severity == "warning" else "error"
    return Issue(
        "invariant",
        f"{constraint.key}: {constraint.human}",
        f"违反约束 {constraint.key}：{constraint.human}",
        (place,),
        severity,
    )


def _undecided(constraint: Constraint, place: str, error: Exception) -> Issue:
    return Issue(
        "not-supported",
        f"{constraint.key} could not be evaluated: {error}",
        f"无法求值约束 {constraint.key}：{error}",
        (place,),
        "information",
    )
