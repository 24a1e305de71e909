"""Mathematics: abs, ceiling, exp, ln, log, power, round, sqrt and the others.

FHIRPath N1 (2.0.0) §5.7, http://hl7.org/fhirpath/N1/#math.
"""

from __future__ import annotations

from decimal import Decimal, DecimalException
from typing import Any

from xinglin.fhir.path.arithmetic import CONTEXT
from xinglin.fhir.path.functions.registry import scalar, whole, wrong
from xinglin.fhir.path.values import Quantity

Number = int | Decimal
_MAX_PLACES = 28


def _number(value: Any, function: str) -> Number:
    if isinstance(value, (int, Decimal)) and value.__class__ is not bool:
        return value
    raise wrong(value, function, "a number", "数值")


@scalar("abs")
def _abs(value: Any) -> Any:
    if isinstance(value, Quantity):
        return Quantity(abs(value.value), value.unit, calendar=value.calendar)
    return abs(_number(value, "abs"))


def _whole(value: Any, function: str, rounding: str) -> int:
    return int(Decimal(_number(value, function)).to_integral_value(rounding=rounding))


@scalar("ceiling")
def _ceiling(value: Any) -> int:
    return _whole(value, "ceiling", "ROUND_CEILING")


@scalar("floor")
def _floor(value: Any) -> int:
    return _whole(value, "floor", "ROUND_FLOOR")


@scalar("truncate")
def _truncate(value: Any) -> int:
    return _whole(value, "truncate", "ROUND_DOWN")


@scalar("round", 0, 1)
def _round(value: Any, places: Any = 0) -> Decimal | None:
    digits = whole(places, "round")
    if not 0 <= digits <= _MAX_PLACES:
        return None
    number = Decimal(_number(value, "round"))
    try:
        return number.quantize(Decimal(1).scaleb(-digits), "ROUND_HALF_UP", CONTEXT)
    except DecimalException:
        return number


@scalar("exp")
def _exp(value: Any) -> Decimal | None:
    try:
        return CONTEXT.exp(Decimal(_number(value, "exp")))
    except DecimalException:
        return None


@scalar("ln")
def _ln(value: Any) -> Decimal | None:
    number = Decimal(_number(value, "ln"))
    return CONTEXT.ln(number) if number > 0 else None


@scalar("log", 1)
def _log(value: Any, base: Any) -> Decimal | None:
    number, root = Decimal(_number(value, "log")), Decimal(_number(base, "log"))
    if number <= 0 or root <= 0 or root == 1:
        return None
    found = CONTEXT.divide(CONTEXT.ln(number), CONTEXT.ln(root))
    # The quotient of two rounded logarithms misses exact powers by a last digit.
    return CONTEXT.plus(found.quantize(Decimal("1e-20"))) if abs(found) < 1000 else found


@scalar("power", 1)
def _power(value: Any, exponent: Any) -> Number | None:
    number, by = _number(value, "power"), _number(exponent, "power")
    try:
        result = CONTEXT.power(Decimal(number), Decimal(by))
    except DecimalException:
        return None
    if not result.is_finite():
        return None
    if isinstance(number, int) and isinstance(by, int) and result == int(result):
        return int(result)
    return result


@scalar("sqrt")
def _sqrt(value: Any) -> Decimal | None:
    number = Decimal(_number(value, "sqrt"))
    return CONTEXT.sqrt(number) if number >= 0 else None
