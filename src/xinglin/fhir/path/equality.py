"""Equality, equivalence and order of items and collections.

FHIRPath N1 (2.0.0) §6.1 (equality), §6.2 (comparison); empty results are None here.
"""

from __future__ import annotations

from decimal import Context, Decimal
from typing import Any

from xinglin.fhir import ucum
from xinglin.fhir.path.errors import PathError
from xinglin.fhir.path.node import Node, system_name, to_system
from xinglin.fhir.path.values import CALENDAR_UNITS, Quantity, Temporal, order

_CONTEXT = Context(prec=60)


def equal(a: list[Any], b: list[Any]) -> bool | None:
    """``=`` of two collections."""
    if not a or not b:
        return None
    if len(a) != len(b):
        return False
    result: bool | None = True
    for x, y in zip(a, b, strict=True):
        same = equal_items(x, y)
        if same is False:
            return False
        if same is None:
            result = None
    return result


def equal_items(a: Any, b: Any) -> bool | None:
    """``=`` of two items."""
    x, y = to_system(a), to_system(b)
    if x.__class__ is str and y.__class__ is str:
        return x == y
    if x.__class__ is bool or y.__class__ is bool:
        return x is y
    if isinstance(x, (int, Decimal)) and isinstance(y, (int, Decimal)):
        return x == y
    if isinstance(x, Temporal) and isinstance(y, Temporal):
        return _same_moment(x, y)
    if isinstance(x, Quantity) or isinstance(y, Quantity):
        return _equal_quantities(x, y)
    if isinstance(x, Node) and isinstance(y, Node):
        return bool(x.value == y.value and x.shadow == y.shadow)
    return False if isinstance(x, Node) or isinstance(y, Node) else bool(x == y)


def _same_moment(x: Temporal, y: Temporal) -> bool | None:
    if (x.kind == "Time") is not (y.kind == "Time"):
        return False
    compared = order(x, y)
    return None if compared is None else compared == 0


def as_quantity(value: Any) -> Quantity | None:
    """Convert a number to a quantity of unit ``1``; a quantity is itself, other things None."""
    if isinstance(value, Quantity):
        return value
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return Quantity(Decimal(value), "1")
    return None


def _equal_quantities(x: Any, y: Any) -> bool | None:
    a, b = as_quantity(x), as_quantity(y)
    if a is None or b is None:
        return False
    values = common(a, b)
    return None if values is None else values[0] == values[1]


def common(a: Quantity, b: Quantity) -> tuple[Decimal, Decimal] | None:
    """Bring two quantities to one unit; None when they do not measure the same thing."""
    if a.unit == b.unit and a.calendar == b.calendar:
        return a.value, b.value
    x, y = a.canonical(), b.canonical()
    if x is None or y is None or x[1] != y[1]:
        return None
    return x[0], y[0]


def compare(a: Any, b: Any, operator: str) -> int | None:
    """Order two items: -1, 0, 1, or None when open; PathError when they have no order."""
    x, y = to_system(a), to_system(b)
    if x.__class__ is str and y.__class__ is str:
        return -1 if x < y else int(x > y)
    if _number(x) and _number(y):
        return -1 if x < y else int(x > y)
    if isinstance(x, Temporal) and isinstance(y, Temporal) and _alike(x, y):
        return order(x, y)
    if isinstance(x, Quantity) or isinstance(y, Quantity):
        p, q = as_quantity(x), as_quantity(y)
        if p is not None and q is not None:
            values = common(p, q)
            return (
                None
                if values is None
                else -1
                if values[0] < values[1]
                else int(values[0] > values[1])
            )
    if _blank(x) or _blank(y):
        return None
    left, right = type_label(a), type_label(b)
    raise PathError(
        f"{left} and {right} have no order; ‘{operator}’ needs two of the same kind",
        f"{left} 与 {right} 不能比较大小；“{operator}”要求两边同类",
    )


def _blank(value: Any) -> bool:
    return isinstance(value, Node) and value.type.system is not None


def _number(value: Any) -> bool:
    return isinstance(value, (int, Decimal)) and value.__class__ is not bool


def _alike(x: Temporal, y: Temporal) -> bool:
    return (x.kind == "Time") is (y.kind == "Time")


def type_label(item: Any) -> str:
    """Name the type of an item for a message."""
    return item.type.name if item.__class__ is Node else system_name(item)


def equivalent(a: list[Any], b: list[Any]) -> bool:
    """``~`` of two collections: the order does not matter."""
    if len(a) != len(b):
        return False
    rest = list(b)
    for x in a:
        for i, y in enumerate(rest):
            if equivalent_items(x, y):
                del rest[i]
                break
        else:
            return False
    return True


def equivalent_items(a: Any, b: Any) -> bool:
    """``~`` of two items."""
    x, y = to_system(a), to_system(b)
    if x.__class__ is str and y.__class__ is str:
        return _folded(x) == _folded(y)
    if x.__class__ is bool or y.__class__ is bool:
        return x is y
    if _number(x) and _number(y):
        return _rounded_alike(Decimal(x), Decimal(y))
    if isinstance(x, Temporal) and isinstance(y, Temporal):
        return _alike(x, y) and order(x, y) == 0
    if isinstance(x, Quantity) or isinstance(y, Quantity):
        p, q = as_quantity(x), as_quantity(y)
        return p is not None and q is not None and _equivalent_quantities(p, q)
    if isinstance(x, Node) and isinstance(y, Node):
        return _equivalent_json(x.value, y.value)
    return False if isinstance(x, Node) or isinstance(y, Node) else bool(x == y)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def places(value: Decimal) -> int:
    """Count the decimal places of a number, trailing zeros apart."""
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or exponent >= 0:
        return 0
    digits = f"{value:f}".partition(".")[2].rstrip("0")
    return len(digits)


def _rounded_alike(x: Decimal, y: Decimal) -> bool:
    step = Decimal(1).scaleb(-min(places(x), places(y)))
    return x.quantize(step, context=_CONTEXT) == y.quantize(step, context=_CONTEXT)


def _equivalent_quantities(a: Quantity, b: Quantity) -> bool:
    if a.calendar and b.calendar:
        values = common(a, b)
        if values is not None:
            return _rounded_alike(*values)
    if a.unit == b.unit and CALENDAR_UNITS.get(a.unit) is None:
        return _rounded_alike(a.value, b.value)
    converted = ucum.convert(b.value, b.ucum, a.ucum)
    return converted is not None and _rounded_alike(a.value, converted)


def _equivalent_json(x: Any, y: Any) -> bool:
    if isinstance(x, dict) and isinstance(y, dict):
        return x.keys() == y.keys() and all(_equivalent_json(x[k], y[k]) for k in x)
    if isinstance(x, list) and isinstance(y, list):
        return len(x) == len(y) and all(any(_equivalent_json(i, j) for j in y) for i in x)
    if isinstance(x, str) and isinstance(y, str):
        return _folded(x) == _folded(y)
    return bool(x == y)


def key(item: Any) -> Any:
    """Return a hashable key that is the same for equal items; the base of distinct and union."""
    value = to_system(item)
    if value.__class__ is str:
        return value
    if value.__class__ is bool:
        return ("bool", value)
    if isinstance(value, Quantity):
        base = value.canonical()
        return ("quantity", *base) if base else ("quantity", value.value, value.unit)
    if isinstance(value, Temporal):
        return value.key
    if isinstance(value, Node):
        return ("node", _frozen(value.value), _frozen(value.shadow))
    return ("number", value) if isinstance(value, (int, Decimal)) else value


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return frozenset((k, _frozen(v)) for k, v in value.items())
    return tuple(_frozen(v) for v in value) if isinstance(value, list) else value


def distinct(items: list[Any]) -> list[Any]:
    """Return the items without those equal to an earlier one."""
    if len(items) < 2:
        return items
    found: dict[Any, Any] = {}
    for item in items:
        found.setdefault(key(item), item)
    return list(found.values())
