"""Boundaries and precision: lowBoundary, highBoundary, precision, comparable.

FHIRPath 3.0.0-ballot §5.7 (they came after N1; R4 invariants of newer guides use them).
"""

from __future__ import annotations

from decimal import Context, Decimal
from typing import TYPE_CHECKING, Any

from xinglin.fhir import ucum
from xinglin.fhir.path.equality import as_quantity
from xinglin.fhir.path.functions.registry import eager, value_of, whole, wrong
from xinglin.fhir.path.node import to_system
from xinglin.fhir.path.singleton import EMPTY, boxed, single
from xinglin.fhir.path.values import (
    DATE,
    HOUR,
    MINUTE,
    MONTH,
    SECOND,
    YEAR,
    Quantity,
    Temporal,
    temporal,
)

if TYPE_CHECKING:
    from xinglin.fhir.path.environment import Env

_CONTEXT = Context(prec=80)
_MAX_PLACES = 31
_DEFAULT_PLACES = 8
_DIGITS = {YEAR: 4, MONTH: 6, DATE: 8, HOUR: 10, MINUTE: 12, SECOND: 14}
_CLOCK_DIGITS = {HOUR: 2, MINUTE: 4, SECOND: 6}
_CUTS = {4: 4, 6: 7, 8: 10, 10: 13, 12: 16, 14: 19, 17: 23}
_CLOCK_CUTS = {2: 2, 4: 5, 6: 8, 9: 12}


@eager("lowBoundary", 0, 1)
def _low(_env: Env, items: list[Any], *precision: list[Any]) -> list[Any]:
    return _boundary(items, precision, high=False)


@eager("highBoundary", 0, 1)
def _high(_env: Env, items: list[Any], *precision: list[Any]) -> list[Any]:
    return _boundary(items, precision, high=True)


def _boundary(items: list[Any], precision: tuple[list[Any], ...], *, high: bool) -> list[Any]:
    value = value_of(items)
    if value is None:
        return EMPTY
    function = "highBoundary" if high else "lowBoundary"
    places = whole(value_of(precision[0]), function) if precision and precision[0] else None
    if isinstance(value, Temporal):
        found: Any = _moment(value, places, high=high)
    elif isinstance(value, Quantity):
        number = _number(value.value, places, high=high)
        found = None if number is None else Quantity(number, value.unit, calendar=value.calendar)
    elif isinstance(value, (int, Decimal)) and value.__class__ is not bool:
        found = _number(Decimal(value), places, high=high)
    else:
        raise wrong(value, function, "a number, quantity, date or time", "数值、量、日期或时间")
    return EMPTY if found is None else [found]


def _number(value: Decimal, places: int | None, *, high: bool) -> Decimal | None:
    places = _DEFAULT_PLACES if places is None else places
    if not 0 <= places <= _MAX_PLACES:
        return None
    exponent = value.as_tuple().exponent
    half = Decimal(5).scaleb((exponent if isinstance(exponent, int) else 0) - 1)
    edge = value + half if high else value - half
    # Away from zero the published cases round, towards zero they cut.
    away = (edge.is_signed() and not high) or (not edge.is_signed() and high)
    rounding = "ROUND_HALF_UP" if away else "ROUND_DOWN"
    return edge.quantize(Decimal(1).scaleb(-places), rounding, _CONTEXT)


def _moment(value: Temporal, digits: int | None, *, high: bool) -> Temporal | None:
    if value.kind == "Time":
        cut = _CLOCK_CUTS.get(9 if digits is None else digits)
        return None if cut is None else temporal("T" + _clock(value, high=high)[:cut])
    default = 8 if value.kind == "Date" else 17
    cut = _CUTS.get(default if digits is None else digits)
    if cut is None:
        return None
    day = value.local if not high else value.local_end
    text = day.isoformat(timespec="milliseconds")
    if cut <= 10:
        return temporal(text[:cut] + ("" if value.kind == "Date" or digits == 8 else "T"))
    return temporal(text[:cut] + _zone(value, high=high))


def _clock(value: Temporal, *, high: bool) -> str:
    moment = value.local_end if high else value.local
    return moment.isoformat(timespec="milliseconds")[11:]


def _zone(value: Temporal, *, high: bool) -> str:
    if value.offset is None:
        return "-12:00" if high else "+14:00"
    return "Z" if value.text.endswith("Z") else value.text[-6:]


@eager("precision")
def _precision(_env: Env, items: list[Any]) -> list[Any]:
    value = value_of(items)
    if value is None:
        return EMPTY
    if isinstance(value, Temporal):
        table = _CLOCK_DIGITS if value.kind == "Time" else _DIGITS
        return [table[value.precision] + (3 if value.digits else 0)]
    if isinstance(value, Quantity):
        value = value.value
    if isinstance(value, (int, Decimal)) and value.__class__ is not bool:
        exponent = Decimal(value).as_tuple().exponent
        return [max(-exponent, 0) if isinstance(exponent, int) else 0]
    raise wrong(value, "precision", "a number, date or time", "数值、日期或时间")


@eager("comparable", 1)
def _comparable(_env: Env, items: list[Any], other: list[Any]) -> list[Any]:
    a, b = as_quantity(to_system(single(items))), as_quantity(to_system(single(other)))
    return EMPTY if a is None or b is None else boxed(ucum.comparable(a.ucum, b.ucum))
