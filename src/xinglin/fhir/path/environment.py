"""What an evaluation carries: the current item, the variables, and the hooks to the outside.

FHIRPath N1 (2.0.0) §9 (environment variables) and FHIR R4 §2.1.10.2 (resolve, memberOf, ...).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

import msgspec

from xinglin.fhir.path.errors import PathError
from xinglin.fhir.path.model import type_def, type_of_resource, untyped
from xinglin.fhir.path.node import Node
from xinglin.fhir.path.values import Quantity, Temporal, now_values, temporal

Resolver = Callable[[str], Any]
Trace = Callable[[str, list[Any]], None]

MAX_STEPS = 1_000_000
"""Items that one evaluation may visit by functions: about two seconds."""

CONSTANTS = {
    "sct": "http://snomed.info/sct",
    "loinc": "http://loinc.org",
    "ucum": "http://unitsofmeasure.org",
}


def is_reserved(name: str) -> bool:
    """Whether an expression may not define a variable of this name."""
    if name in ("context", "resource", "rootResource") or name in CONSTANTS:
        return True
    return name.startswith(("vs-", "ext-"))


class Terminology(Protocol):
    """The terminology hook; every method may return None for "cannot tell"."""

    def member_of(self, value: Any, value_set: str) -> bool | None:
        """Whether a code, Coding or CodeableConcept is in a value set."""
        ...

    def subsumes(self, one: Any, other: Any) -> bool | None:
        """Whether the concept ``one`` is ``other`` or broader."""
        ...


Conforms = Callable[[Any, str], "bool | None"]


class Env(msgspec.Struct, eq=False):
    """The state of one evaluation. ``this`` is a collection; it changes as functions iterate."""

    this: list[Any]
    context: list[Any]
    variables: Mapping[str, Any]
    given: Mapping[str, Any]
    resolver: Resolver | None = None
    terminology: Terminology | None = None
    conforms: Conforms | None = None
    now: datetime | None = None
    trace: Trace | None = None
    index: int | None = None
    total: list[Any] = []
    steps: int = MAX_STEPS
    moments: tuple[Temporal, Temporal, Temporal] | None = None

    @property
    def resource(self) -> list[Any]:
        """The value of %resource: given, or what the expression is evaluated on."""
        given = self.variables.get("resource")
        return self.context if given is None else items(given)

    @property
    def root(self) -> list[Any]:
        """The value of %rootResource: given, or %resource."""
        given = self.variables.get("rootResource")
        return self.resource if given is None else items(given)

    def restart(self) -> None:
        """Go back to the state before the evaluation."""
        self.this, self.index, self.total, self.steps = self.context, None, [], MAX_STEPS
        self.variables = self.given

    def clock(self) -> tuple[Temporal, Temporal, Temporal]:
        """Return now(), today() and timeOfDay(): the same throughout one evaluation."""
        if self.moments is None:
            self.moments = now_values(self.now or datetime.now(UTC))
        return self.moments

    def external(self, name: str) -> list[Any]:
        """Return the value of ``%name``."""
        if name in self.variables:
            return items(self.variables[name])
        if name in CONSTANTS:
            return [CONSTANTS[name]]
        match name:
            case "context":
                return self.context
            case "resource":
                return self.resource
            case "rootResource":
                return self.root
            case _ if name.startswith("vs-"):
                return [f"http://hl7.org/fhir/ValueSet/{name[3:]}"]
            case _ if name.startswith("ext-"):
                return [f"http://hl7.org/fhir/StructureDefinition/{name[4:]}"]
            case _:
                raise PathError(
                    f"%{name} is not defined; pass it as a variable",
                    f"%{name} 未定义，请作为变量传入",
                )


def items(value: Any, type_hint: str | None = None) -> list[Any]:
    """Turn a Python value into a collection of items of the engine."""
    if value.__class__ is Node:
        return [value]
    if value is None:
        return []
    if value.__class__ is list:
        return [i for v in value for i in items(v, type_hint)]
    return [item(value, type_hint)]


def item(value: Any, type_hint: str | None = None) -> Any:
    """Turn one Python value into an item: a dict is a resource or of the hinted type."""
    if isinstance(value, dict):
        if type_hint is None or "resourceType" in value:
            return Node(value, type_of_resource(value), None, None, "", None)
        hinted = type_def(type_hint)
        return Node(value, hinted if hinted is not None else untyped(), None, None, "", None)
    if type_hint is not None and not isinstance(value, (Node, Quantity, Temporal)):
        hinted = type_def(type_hint)
        if hinted is not None and hinted.system:
            return Node(value, hinted, None, None, "", None)
    if isinstance(value, datetime):
        return temporal(value.isoformat(timespec="milliseconds"))
    return value
