"""A FHIR value on the way through an expression, with its type and the place it came from.

FHIR R4 §2.1.10, http://hl7.org/fhir/R4/fhirpath.html; primitives carry their extensions along.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from xinglin.fhir.path.errors import PathError
from xinglin.fhir.path.values import CALENDAR_UNITS, Quantity, Temporal, clock_time, temporal

UCUM = "http://unitsofmeasure.org"
_UCUM_WORDS = {"a": "year", "mo": "month", "d": "day", "h": "hour", "min": "minute", "s": "second"}


class Node(msgspec.Struct, eq=False):
    """One FHIR value: JSON ``value``, its type, and for a primitive the object beside it.

    ``shadow`` is the content of ``_name`` (id and extensions). ``parent``, ``key`` and ``index``
    say where it stands: ``parent.value[key]`` or ``parent.value[key][index]``. A struct, because
    one is made for every value visited, and msgspec makes them in C.
    """

    value: Any
    type: Any
    shadow: Any = None
    parent: Node | None = None
    key: str = ""
    index: int | None = None

    def __repr__(self) -> str:
        return f"Node({self.type.name}, {self.value!r})"

    @property
    def path(self) -> str:
        """Where the node stands, as a FHIRPath location such as ``Patient.name[0].given[1]``."""
        if self.parent is None:
            return self.type.name
        name = self.key.removeprefix("_")
        element = self.parent.type.keys.get(name)
        here = f"{self.parent.path}.{element.name if element else name}"
        return here if self.index is None else f"{here}[{self.index}]"


def to_system(item: Any) -> Any:
    """Convert a FHIR primitive or Quantity to its System value; other items stay as they are.

    A primitive without a value (only extensions) stays a node.
    """
    if item.__class__ is not Node:
        return item
    value = item.value
    system = item.type.system
    if system is None:
        return quantity(item) if "Quantity" in item.type.ancestors else item
    if value is None:
        return item
    match system:
        case "String" | "Boolean" | "Integer":
            return value
        case "Decimal":
            return value if isinstance(value, (Decimal, str, bool)) else Decimal(value)
        case "Date":
            return temporal(_text(value))
        case "DateTime":
            text = _text(value)
            return temporal(text if "T" in text else f"{text}T")
        case _:
            return clock_time(_text(value))


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise PathError(
        f"{value} is no date or time; write it as text", f"{value} 不是日期时间，应为文本"
    )


def quantity(item: Node) -> Any:
    """Convert a FHIR Quantity to a System one; one with a comparator or no value stays a node."""
    body = item.value
    if body.__class__ is not dict or body.get("comparator") or body.get("value") is None:
        return item
    value = body["value"]
    if not isinstance(value, (int, Decimal)) or isinstance(value, bool):
        return item
    number = value if isinstance(value, Decimal) else Decimal(value)
    code = body.get("code")
    if body.get("system") == UCUM and isinstance(code, str):
        word = _UCUM_WORDS.get(code)
        return Quantity(number, word, calendar=True) if word else Quantity(number, code)
    unit = code or body.get("unit") or "1"
    if not isinstance(unit, str):
        return item
    return Quantity(number, unit, calendar=unit in CALENDAR_UNITS and code is None)


def system_name(item: Any) -> str:
    """Return the name of the System type of a value that is no node."""
    if isinstance(item, Temporal):
        return item.kind
    if isinstance(item, Quantity):
        return "Quantity"
    if isinstance(item, bool):
        return "Boolean"
    if isinstance(item, int):
        return "Integer"
    return "Decimal" if isinstance(item, Decimal) else "String"


def plain(item: Any) -> Any:
    """Return the JSON form of an item: what callers outside the engine get."""
    if item.__class__ is Node:
        return item.value if item.value is not None else item.shadow
    if isinstance(item, Temporal):
        return str(item)
    to_json = getattr(item, "plain", None)
    return to_json() if to_json is not None else item
