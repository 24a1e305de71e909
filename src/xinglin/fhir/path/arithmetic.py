"""The arithmetic operators, on numbers, strings, quantities and moments.

FHIRPath N1 (2.0.0) §6.6 (math) and §6.7 (date/time arithmetic).
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Context, Decimal, DecimalException
from typing import TYPE_CHECKING, Any

from xinglin.fhir import ucum
from xinglin.fhir.path.equality import as_quantity, type_label
from xinglin.fhir.path.errors import PathError
from xinglin.fhir.path.node import to_system
from xinglin.fhir.path.singleton import bounded
from xinglin.fhir.path.values import (
    CALENDAR_UNITS,
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
    from collections.abc import Callable
    from datetime import datetime

CONTEXT = Context(prec=28)
_MAX_INTEGER = 2**31 - 1

# Definite durations of UCUM that may be added to a moment; its mean month and year may not.
_DEFINITE = {"d": "day", "wk": "week", "h": "hour", "min": "minute", "s": "second",
             "ms": "millisecond"}  # fmt: skip
_MICROS = {
    "week": 604_800_000_000, "day": 86_400_000_000, "hour": 3_600_000_000, "minute": 60_000_000,
    "second": 1_000_000, "millisecond": 1_000,
}  # fmt: skip


def add(a: Any, b: Any) -> Any:
    """``+``."""
    x, y = to_system(a), to_system(b)
    if isinstance(x, str) and isinstance(y, str):
        bounded(len(x) + len(y))
        return x + y
    if isinstance(x, Temporal) and isinstance(y, Quantity):
        return shift(x, y, 1)
    return _numeric(x, y, "+", CONTEXT.add)


def subtract(a: Any, b: Any) -> Any:
    """``-``."""
    x, y = to_system(a), to_system(b)
    if isinstance(x, Temporal) and isinstance(y, Quantity):
        return shift(x, y, -1)
    return _numeric(x, y, "-", CONTEXT.subtract)


def multiply(a: Any, b: Any) -> Any:
    """``*``."""
    x, y = to_system(a), to_system(b)
    if isinstance(x, Quantity) or isinstance(y, Quantity):
        p, q = _quantities(x, y, "*")
        return Quantity(CONTEXT.multiply(p.value, q.value), _product(p.ucum, q.ucum, "."))
    return _numeric(x, y, "*", CONTEXT.multiply)


def divide(a: Any, b: Any) -> Any:
    """``/``; None (empty) when dividing by zero."""
    x, y = to_system(a), to_system(b)
    if isinstance(x, Quantity) or isinstance(y, Quantity):
        p, q = _quantities(x, y, "/")
        if not q.value:
            return None
        return Quantity(CONTEXT.divide(p.value, q.value), _product(p.ucum, q.ucum, "/"))
    m, n = numbers(x, y, "/")
    return CONTEXT.divide(Decimal(m), Decimal(n)) if n else None


def whole_divide(a: Any, b: Any) -> Any:
    """``div``: the quotient cut to a whole number; None (empty) when dividing by zero."""
    m, n = numbers(to_system(a), to_system(b), "div")
    if not n:
        return None
    return int((Decimal(m) / Decimal(n)).to_integral_value(rounding="ROUND_DOWN"))


def modulo(a: Any, b: Any) -> Any:
    """``mod``: the remainder of ``div``; None (empty) when dividing by zero."""
    m, n = numbers(to_system(a), to_system(b), "mod")
    if not n:
        return None
    rest = CONTEXT.remainder(Decimal(m), Decimal(n))
    return int(rest) if isinstance(m, int) and isinstance(n, int) else rest


def negate(a: Any) -> Any:
    """Polarity ``-``."""
    x = to_system(a)
    if isinstance(x, Quantity):
        return Quantity(-x.value, x.unit, calendar=x.calendar)
    if isinstance(x, (int, Decimal)) and not isinstance(x, bool):
        return -x
    raise _no_operator("-", a)


def numbers(x: Any, y: Any, operator: str) -> tuple[int | Decimal, int | Decimal]:
    """Check that both operands are numbers."""
    for value in (x, y):
        if not isinstance(value, (int, Decimal)) or isinstance(value, bool):
            raise _no_operator(operator, value)
    return x, y


def _no_operator(operator: str, value: Any) -> PathError:
    label = type_label(value)
    return PathError(
        f"‘{operator}’ cannot be used with {label} here; convert it first",
        f"“{operator}”在此不能用于 {label}，请先转换",
    )


def _numeric(x: Any, y: Any, operator: str, act: Callable[[Decimal, Decimal], Decimal]) -> Any:
    if isinstance(x, Quantity) and isinstance(y, Quantity):
        return _sum(x, y, operator, act)
    m, n = numbers(x, y, operator)
    try:
        result = act(Decimal(m), Decimal(n))
    except DecimalException:
        return None
    if isinstance(m, int) and isinstance(n, int):
        return int(result) if abs(result) <= _MAX_INTEGER else None
    return result


def _sum(
    x: Quantity, y: Quantity, operator: str, act: Callable[[Decimal, Decimal], Decimal]
) -> Quantity | None:
    if x.unit == y.unit and x.calendar == y.calendar:
        return Quantity(act(x.value, y.value), x.unit, calendar=x.calendar)
    del operator
    converted = ucum.convert(y.value, y.ucum, x.ucum)
    if converted is None:
        return None
    return Quantity(act(x.value, converted), x.unit, calendar=x.calendar)


def _quantities(x: Any, y: Any, operator: str) -> tuple[Quantity, Quantity]:
    p, q = as_quantity(x), as_quantity(y)
    if p is None or q is None:
        raise _no_operator(operator, x if p is None else y)
    return p, q


def _product(one: str, other: str, sign: str) -> str:
    if other == "1":
        return one
    if sign == "/" and one == other:
        return "1"
    right = f"({other})" if sign == "/" and any(c in other for c in "./") else other
    return right if one == "1" and sign == "." else f"{one}{sign}{right}"


def shift(moment: Temporal, by: Quantity, sign: int) -> Temporal | None:
    """Add a time-valued quantity to a moment; None (empty) beyond the years 1 to 9999."""
    unit = CALENDAR_UNITS.get(by.unit) or (None if by.calendar else _DEFINITE.get(by.unit))
    if unit is None:
        raise PathError(
            f"{by} cannot be added to a date or time; use years, months, weeks, days, hours,"
            " minutes or seconds",
            f"{by} 不能与日期时间相加减，请使用 years、months、weeks、days、hours、minutes 等单位",
        )
    try:
        if moment.kind == "Time":
            return _shift_clock(moment, unit, by.value * sign)
        return _rebuilt(moment, _moved(moment, unit, by.value * sign))
    except (OverflowError, ValueError):
        return None


def _moved(moment: Temporal, unit: str, amount: Decimal) -> datetime:
    start = moment.local
    if unit not in ("second", "millisecond"):
        amount = Decimal(int(amount))
    if unit == "year" or (unit == "month" and moment.precision == YEAR):
        years = int(amount) if unit == "year" else int(amount / 12)
        return _months(start, years * 12)
    if unit == "month":
        return _months(start, int(amount))
    micros = int(amount * _MICROS[unit])
    if moment.precision >= SECOND:
        return start + timedelta(microseconds=micros)
    days = int(micros / _MICROS["day"])
    if moment.precision == YEAR:
        return _months(start, int(days / 365) * 12)
    if moment.precision == MONTH:
        return _months(start, int(days / 30))
    step = {DATE: "day", HOUR: "hour", MINUTE: "minute"}[moment.precision]
    return start + timedelta(microseconds=int(micros / _MICROS[step]) * _MICROS[step])


def _months(start: datetime, months: int) -> datetime:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    for day in (start.day, 30, 29, 28):
        if day <= start.day:
            try:
                return start.replace(year=year, month=month + 1, day=day)
            except ValueError:
                if not 1 <= year <= 9999:
                    raise
    return start.replace(year=year, month=month + 1, day=28)


def _rebuilt(moment: Temporal, local: datetime) -> Temporal:
    text = local.isoformat(timespec="microseconds")
    if moment.precision <= DATE:
        cut = {YEAR: 4, MONTH: 7, DATE: 10}[moment.precision]
        return temporal(text[:cut] + ("T" if moment.kind == "DateTime" else ""))
    cut = {HOUR: 13, MINUTE: 16, SECOND: 19}[moment.precision]
    fraction = text[19 : 20 + _digits(moment, local)] if moment.precision == SECOND else ""
    return temporal(text[:cut] + fraction.rstrip(".") + _zone(moment))


def _digits(moment: Temporal, local: datetime) -> int:
    """Keep the digits that were written, and as many more as the sum needs."""
    needed = len(f"{local.microsecond:06}".rstrip("0"))
    return max(moment.digits, 3 if 0 < needed <= 3 else needed)


def _zone(moment: Temporal) -> str:
    if moment.offset is None:
        return ""
    if moment.text.endswith("Z"):
        return "Z"
    return moment.text[-6:]


def _shift_clock(moment: Temporal, unit: str, amount: Decimal) -> Temporal:
    if unit not in _MICROS or unit in ("week", "day"):
        raise PathError(
            f"{unit}s cannot be added to a time of day; use hours, minutes or seconds",
            f"{unit} 不能与时刻相加减，请使用 hours、minutes 或 seconds",
        )
    if unit not in ("second", "millisecond"):
        amount = Decimal(int(amount))
    step = {HOUR: "hour", MINUTE: "minute"}.get(moment.precision)
    micros = int(amount * _MICROS[unit])
    if step is not None:
        micros = int(micros / _MICROS[step]) * _MICROS[step]
    local = moment.local + timedelta(microseconds=micros % _MICROS["day"])
    text = local.isoformat(timespec="microseconds")[11:]
    cut = {HOUR: 2, MINUTE: 5, SECOND: 8}[moment.precision]
    fraction = text[8 : 9 + _digits(moment, local)] if moment.precision == SECOND else ""
    return temporal("T" + text[:cut] + fraction.rstrip("."))
