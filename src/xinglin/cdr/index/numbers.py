"""Numbers and quantities: implicit precision, and the ranges that index rows hold.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/search.html#number and #quantity; UCUM.
"""

from __future__ import annotations

import re
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from xinglin.fhir import ucum

if TYPE_CHECKING:
    from xinglin.cdr.index.keys import KeySpace

UCUM: Final = "http://unitsofmeasure.org"
CURRENCY: Final = "urn:iso:std:iso:4217"
INFINITY: Final = Decimal("Infinity")
_NUMBER: Final = re.compile(r"([+-]?)(\d{1,80})(?:\.(\d{1,80}))?(?:[eE]([+-]?\d{1,3}))?", re.ASCII)
_EXACT: Final = Context(prec=400)
_STORED: Final = Context(prec=60)
"""An index entry has no room for thousands of digits."""
_TOO_LARGE: Final = 400


Unit = tuple[str | None, str]


class Measured(NamedTuple):
    """A quantity as a range of numbers with its unit; ``unit`` is the text that people read."""

    low: Decimal
    high: Decimal
    system: str = ""
    code: str = ""
    unit: str = ""


def search_range(text: str) -> tuple[Decimal, Decimal]:
    """``[low, high)`` that a searched number stands for: 100 is 99.5 to 100.5.

    Half a unit of the last digit that is written. With an exponent at least two significant digits
    are assumed, as in the specification: 1e2 is 95 to 105. ``ValueError`` if it is no number.
    """
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise ValueError(text)
    _, whole, fraction, exponent = match.groups()
    value = Decimal(text)
    last = int(exponent or 0) - len(fraction or "")
    if exponent is not None and len((whole + (fraction or "")).lstrip("0")) < 2:
        last -= 1
    half = Decimal((0, (5,), last - 1))
    return _EXACT.subtract(value, half), _EXACT.add(value, half)


def approximate_range(text: str) -> tuple[Decimal, Decimal]:
    """The range of the prefix ``ap``: ten percent around it, never less than its precision."""
    low, high = search_range(text)
    value = Decimal(text)
    margin = abs(value) / 10
    return min(low, value - margin), max(high, value + margin)


def number(value: Any) -> Decimal:
    """A JSON number for a numeric column; beyond ±1e400 it is infinite, nearer to zero zero."""
    found = _STORED.create_decimal(value)
    if not found:
        return Decimal(0)
    if found.adjusted() > _TOO_LARGE:
        return INFINITY.copy_sign(found)
    return found if found.adjusted() > -_TOO_LARGE else Decimal(0)


def measure(value: dict[str, Any], kind: str) -> Measured | None:
    """What a Quantity, Money, Range or SampledData measures; None if there is no number."""
    if kind == "Range":
        return _range(value)
    if kind == "SampledData":
        return _sampled(value)
    raw = value.get("value")
    if raw is None:
        return None
    found = number(raw)
    if kind == "Money":
        return Measured(found, found, CURRENCY, value.get("currency", ""))
    low = high = found
    comparator = value.get("comparator", "")
    if comparator.startswith("<"):
        low = -INFINITY
    elif comparator.startswith(">"):
        high = INFINITY
    return Measured(low, high, *_unit(value))


def _unit(value: dict[str, Any]) -> tuple[str, str, str]:
    return value.get("system", ""), value.get("code", ""), value.get("unit", "")


def _range(value: dict[str, Any]) -> Measured | None:
    low, high = value.get("low", {}), value.get("high", {})
    if "value" not in low and "value" not in high:
        return None
    bottom = number(low["value"]) if "value" in low else -INFINITY
    top = number(high["value"]) if "value" in high else INFINITY
    return Measured(bottom, max(bottom, top), *_unit(low or high))


def _sampled(value: dict[str, Any]) -> Measured | None:
    origin = value.get("origin", {})
    if "value" not in origin:
        return None
    data = value.get("data", "").split()
    points = [Decimal(point) for point in data if _NUMBER.fullmatch(point)]
    if not points:
        return None
    base, factor = number(origin["value"]), number(value.get("factor", 1))
    ends = sorted(_EXACT.add(base, _EXACT.multiply(p, factor)) for p in (min(points), max(points)))
    return Measured(ends[0], ends[1], *_unit(origin))


def in_base_units(measured: Measured) -> tuple[str, Decimal, Decimal] | None:
    """(canonical unit, low, high) of a quantity with a UCUM unit; None for any other."""
    if measured.system != UCUM or not measured.code:
        return None
    return _canonical_range(measured.low, measured.high, measured.code)


def _canonical_range(low: Decimal, high: Decimal, code: str) -> tuple[str, Decimal, Decimal] | None:
    ends: list[Decimal] = []
    unit = ""
    for end in (low, high) if high != low else (low,):
        found = ucum.canonical(end if end.is_finite() else Decimal(0), code)
        if found is None:
            return None
        ends.append(found[0] if end.is_finite() else end)
        unit = found[1]
    return unit, ends[0], ends[-1]


def search_rows(
    keys: KeySpace, source: int, low: Decimal, high: Decimal, *, unit: Unit | None
) -> list[tuple[int, Decimal, Decimal]]:
    """(k, low, high) to look for in ``num`` for ``number|system|unit``; any of them may match.

    ``unit`` is (system, code); None or an empty code means whatever unit. An empty system means
    any: then the code is one of UCUM or the text of the unit as people read it.
    """
    if unit is None or not unit[1]:
        return [(keys.plain(source), low, high)]
    system, code = unit
    found: list[tuple[int, Decimal, Decimal]] = []
    if not system or system == UCUM:
        base = _canonical_range(low, high, code)
        if base is not None:
            found.append((keys.unit(source, base[0]), base[1], base[2]))
    if system and not found:
        found.append((keys.coded_unit(source, system, code), low, high))
    if not system:
        found.append((keys.unit_text(source, code), low, high))
    return found


def composite_rows(
    keys: KeySpace,
    source: int,
    token: tuple[str, str],
    low: Decimal,
    high: Decimal,
    *,
    unit: Unit | None,
) -> list[tuple[int, Decimal, Decimal]]:
    """As ``search_rows``, for a token-quantity composite whose token is (system, code)."""
    if unit is None or not unit[1]:
        return [(keys.pair(source, *token, *keys.part_any_unit()), low, high)]
    system, code = unit
    found: list[tuple[int, Decimal, Decimal]] = []
    if not system or system == UCUM:
        base = _canonical_range(low, high, code)
        if base is not None:
            found.append((keys.pair(source, *token, *keys.part_unit(base[0])), base[1], base[2]))
    if not found:
        found.append((keys.pair(source, *token, *keys.part_coded_unit(system, code)), low, high))
    return found
