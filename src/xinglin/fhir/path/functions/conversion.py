"""Conversion: toInteger, convertsToDate and the others.

FHIRPath N1 (2.0.0) §5.5, http://hl7.org/fhirpath/N1/#conversion.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from xinglin.fhir import ucum
from xinglin.fhir.path.errors import PathError
from xinglin.fhir.path.functions.registry import eager, value_of
from xinglin.fhir.path.singleton import EMPTY, boxed
from xinglin.fhir.path.values import (
    CALENDAR_UNITS,
    DATE,
    HOUR,
    MINUTE,
    Quantity,
    Temporal,
    clock_time,
    temporal,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from xinglin.fhir.path.environment import Env

_TRUE = frozenset({"true", "t", "yes", "y", "1", "1.0"})
_FALSE = frozenset({"false", "f", "no", "n", "0", "0.0"})
_INTEGER = re.compile(r"[+-]?\d{1,10}")
_DECIMAL = re.compile(r"[+-]?\d+(?:\.\d+)?")
_QUANTITY = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*(?:'([^']+)'|([A-Za-z]+))?")


def to_boolean(value: Any) -> bool | None:
    """Convert to a Boolean, None when that cannot be."""
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, Decimal)):
        return {0: False, 1: True}.get(int(value)) if value == int(value) else None
    if isinstance(value, str):
        folded = value.lower()
        return True if folded in _TRUE else False if folded in _FALSE else None
    return None


def to_integer(value: Any) -> int | None:
    """Convert to an Integer, None when that cannot be."""
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        number = int(value)
        return number if -(2**31) <= number < 2**31 else None
    return None


def to_decimal(value: Any) -> Decimal | None:
    """Convert to a Decimal, None when that cannot be."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int):
        return Decimal(int(value))
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return Decimal(value)
    return None


def to_string(value: Any) -> str | None:
    """Convert to a String, None when that cannot be."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value) if isinstance(value, (str, int, Temporal, Quantity)) else None


def to_date(value: Any) -> Temporal | None:
    """Convert to a Date, None when that cannot be."""
    if isinstance(value, Temporal) and value.kind != "Time":
        return value if value.kind == "Date" else temporal(value.text[:10])
    found = _moment(value)
    if found is None:
        return None
    return found if found.kind == "Date" else temporal(found.text[:10])


def to_date_time(value: Any) -> Temporal | None:
    """Convert to a DateTime, None when that cannot be."""
    found = value if isinstance(value, Temporal) and value.kind != "Time" else _moment(value)
    if found is None or found.kind == "DateTime":
        return found
    return temporal(f"{found.text}T")


def to_time(value: Any) -> Temporal | None:
    """Convert to a Time, None when that cannot be."""
    if isinstance(value, Temporal):
        if value.kind == "Time":
            return value
        if value.precision <= DATE:
            return None
        cut = {HOUR: 2, MINUTE: 5}.get(
            value.precision, 8 + (value.digits + 1 if value.digits else 0)
        )
        return temporal("T" + value.text[11 : 11 + cut])
    return _try(lambda: clock_time(value.removeprefix("T"))) if isinstance(value, str) else None


def to_quantity(value: Any) -> Quantity | None:
    """Convert to a Quantity, None when that cannot be."""
    if isinstance(value, Quantity):
        return value
    if isinstance(value, (int, Decimal)):
        return Quantity(Decimal(int(value) if isinstance(value, bool) else value), "1")
    match = _QUANTITY.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    number, unit, word = Decimal(match[1]), match[2], match[3]
    if word is not None:
        return Quantity(number, word, calendar=True) if word in CALENDAR_UNITS else None
    return Quantity(number, unit or "1")


def _moment(value: Any) -> Temporal | None:
    if not isinstance(value, str) or not value[:4].isdigit():
        return None
    return _try(lambda: temporal(value))


def _try(read: Callable[[], Temporal]) -> Temporal | None:
    try:
        return read()
    except PathError:
        return None


def _register(name: str, convert: Callable[[Any], Any]) -> None:
    def to(_env: Env, items: list[Any]) -> list[Any]:
        result = convert(value_of(items)) if items else None
        return EMPTY if result is None else [result]

    def converts(_env: Env, items: list[Any]) -> list[Any]:
        return boxed(convert(value_of(items)) is not None) if items else EMPTY

    eager(f"to{name}")(to)
    eager(f"convertsTo{name}")(converts)


for _name, _convert in {
    "Boolean": to_boolean,
    "Integer": to_integer,
    "Decimal": to_decimal,
    "String": to_string,
    "Date": to_date,
    "DateTime": to_date_time,
    "Time": to_time,
}.items():
    _register(_name, _convert)


def _in_unit(items: list[Any], unit: list[Any]) -> Quantity | None:
    found = to_quantity(value_of(items)) if items else None
    if found is None or not unit:
        return found
    wanted = str(value_of(unit))
    if wanted in CALENDAR_UNITS:
        code = Quantity(found.value, wanted, calendar=True).ucum
        converted = ucum.convert(found.value, found.ucum, code)
        return None if converted is None else Quantity(converted, wanted, calendar=True)
    converted = ucum.convert(found.value, found.ucum, wanted)
    return None if converted is None else Quantity(converted, wanted)


@eager("toQuantity", 0, 1)
def _to_quantity(_env: Env, items: list[Any], *unit: list[Any]) -> list[Any]:
    found = _in_unit(items, unit[0] if unit else [])
    return EMPTY if found is None else [found]


@eager("convertsToQuantity", 0, 1)
def _converts_to_quantity(_env: Env, items: list[Any], *unit: list[Any]) -> list[Any]:
    return boxed(_in_unit(items, unit[0] if unit else []) is not None) if items else EMPTY
