"""UCUM: units read, made canonical and compared, from our own table of units.

The Unified Code for Units of Measure, case-sensitive, https://ucum.org/ucum §2 (syntax) and §4.
"""

from __future__ import annotations

from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from xinglin.fhir._ucum_units import ARBITRARY, PREFIXES, SPECIAL, UNITS

_CONTEXT = Context(prec=34)
_MAX_LENGTH = 128
_MAX_EXPONENT = 30
_MAX_NESTING = 8


class Unit(NamedTuple):
    """A unit as a product of base units: ``canonical = (value + offset) * factor``.

    ``offset`` is zero but for the temperatures. ``dimensions`` is sorted by base unit.
    """

    factor: Fraction
    dimensions: tuple[tuple[str, int], ...]
    offset: Fraction = Fraction(0)

    @property
    def code(self) -> str:
        """The canonical UCUM expression of the dimensions; ``1`` when there are none."""
        return ".".join(b if e == 1 else f"{b}{e}" for b, e in self.dimensions) or "1"


@lru_cache(maxsize=4096)
def parse(unit: str) -> Unit | None:
    """Read a UCUM expression; None when it is not one, or uses a unit that is not known."""
    if not unit or len(unit) > _MAX_LENGTH or not unit.isascii():
        return None
    special = SPECIAL.get(unit)
    if special is not None:
        return Unit(special.factor, ((special.base, 1),), special.offset)
    try:
        return _Reader(unit).unit()
    except _NotAUnit:
        return None


def canonical(value: Decimal, unit: str) -> tuple[Decimal, str] | None:
    """Return the value in base units and the base unit expression; None for an unknown unit.

    Base units are m, s, g, rad, K, C, cd and, unlike UCUM's count of 6.02e23, mol; arbitrary units
    such as ``[iU]`` are bases of their own.
    """
    parsed = parse(unit)
    if parsed is None:
        return None
    return scale(value, parsed), parsed.code


def scale(value: Decimal, unit: Unit) -> Decimal:
    """Return a value of this unit in base units, exact up to 34 digits."""
    shifted = value if not unit.offset else _CONTEXT.add(value, _decimal(unit.offset))
    factor = unit.factor
    if factor.denominator == 1:
        return value if factor == 1 and not unit.offset else _times(shifted, factor.numerator)
    return _CONTEXT.divide(_times(shifted, factor.numerator), Decimal(factor.denominator))


def convert(value: Decimal, source: str, target: str) -> Decimal | None:
    """Express a value of one unit in another; None when they do not measure the same thing."""
    a, b = parse(source), parse(target)
    if a is None or b is None or a.dimensions != b.dimensions:
        return None
    if a == b:
        return value
    base = scale(value, a)
    scaled = _CONTEXT.divide(_times(base, b.factor.denominator), Decimal(b.factor.numerator))
    return scaled if not b.offset else _CONTEXT.subtract(scaled, _decimal(b.offset))


def comparable(one: str, other: str) -> bool:
    """Whether two units measure the same kind of thing."""
    a, b = parse(one), parse(other)
    return a is not None and b is not None and a.dimensions == b.dimensions


def _times(value: Decimal, factor: int) -> Decimal:
    return _CONTEXT.multiply(value, Decimal(factor))


def _decimal(fraction: Fraction) -> Decimal:
    return _CONTEXT.divide(Decimal(fraction.numerator), Decimal(fraction.denominator))


class _NotAUnit(Exception):
    """The text is no UCUM expression that we know."""


class _Reader:
    """Recursive descent over the grammar of UCUM §2.2: main-term, term, component, annotation."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def unit(self) -> Unit:
        factor, dimensions = self._main()
        if self.at != len(self.text):
            raise _NotAUnit
        return Unit(factor, _sorted(dimensions))

    def _main(self) -> tuple[Fraction, dict[str, int]]:
        if self._take("/"):
            return _power(self._term(0), -1)
        return self._term(0)

    def _term(self, depth: int) -> tuple[Fraction, dict[str, int]]:
        if depth > _MAX_NESTING:
            raise _NotAUnit
        factor, dimensions = self._component(depth)
        while self.at < len(self.text) and self.text[self.at] in "./":
            sign = 1 if self.text[self.at] == "." else -1
            self.at += 1
            other_factor, other = _power(self._component(depth), sign)
            factor *= other_factor
            for base, exponent in other.items():
                dimensions[base] = dimensions.get(base, 0) + exponent
        return factor, dimensions

    def _component(self, depth: int) -> tuple[Fraction, dict[str, int]]:
        if self._take("("):
            inner = self._term(depth + 1)
            if not self._take(")"):
                raise _NotAUnit
            self._annotation()
            return inner
        symbol = self._symbol()
        if not symbol:
            if self._annotation():
                return Fraction(1), {}
            raise _NotAUnit
        read = _simple(symbol)
        self._annotation()
        return read

    def _symbol(self) -> str:
        start, text, bracket = self.at, self.text, False
        while self.at < len(text):
            char = text[self.at]
            if char == "[":
                bracket = True
            elif char == "]":
                bracket = False
            elif not bracket and char in "./(){}":
                break
            self.at += 1
        return text[start : self.at]

    def _annotation(self) -> bool:
        if not self._take("{"):
            return False
        end = self.text.find("}", self.at)
        if end < 0:
            raise _NotAUnit
        self.at = end + 1
        return True

    def _take(self, char: str) -> bool:
        if self.text.startswith(char, self.at):
            self.at += 1
            return True
        return False


def _sorted(dimensions: dict[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted((b, e) for b, e in dimensions.items() if e))


def _power(read: tuple[Fraction, dict[str, int]], exponent: int) -> tuple[Fraction, dict[str, int]]:
    factor, dimensions = read
    if exponent == 1:
        return factor, dict(dimensions)
    if abs(exponent) > _MAX_EXPONENT:
        raise _NotAUnit
    return factor**exponent, {b: e * exponent for b, e in dimensions.items()}


def _simple(symbol: str) -> tuple[Fraction, dict[str, int]]:
    """Read an annotatable: a number, or a unit with an optional prefix and exponent."""
    if symbol.isdigit() and symbol != "0" * len(symbol):
        return Fraction(int(symbol)), {}
    known = _atom(symbol)
    if known is not None:
        return known
    body, exponent = _split_exponent(symbol)
    if exponent is None:
        raise _NotAUnit
    known = _atom(body)
    if known is None:
        raise _NotAUnit
    return _power(known, exponent)


def _split_exponent(symbol: str) -> tuple[str, int | None]:
    end = len(symbol)
    while end and symbol[end - 1].isdigit():
        end -= 1
    digits = symbol[end:]
    if not digits or len(digits) > 3 or symbol.endswith("]"):
        return symbol, None
    sign = 1
    if end and symbol[end - 1] in "+-":
        sign = -1 if symbol[end - 1] == "-" else 1
        end -= 1
    return symbol[:end], sign * int(digits)


def _atom(symbol: str) -> tuple[Fraction, dict[str, int]] | None:
    defined = _defined(symbol)
    if defined is not None:
        return defined[0], dict(defined[1])
    for length in (2, 1):
        prefix = PREFIXES.get(symbol[:length])
        if prefix is None or len(symbol) <= length:
            continue
        rest = _defined(symbol[length:], metric=True)
        if rest is not None:
            return prefix * rest[0], dict(rest[1])
    return None


@lru_cache(maxsize=1024)
def _defined(symbol: str, *, metric: bool = False) -> tuple[Fraction, dict[str, int]] | None:
    if symbol in ARBITRARY:
        return Fraction(1), {symbol: 1}
    entry = UNITS.get(symbol)
    if entry is None or (metric and not entry.metric):
        return None
    if entry.of == symbol:
        return Fraction(1), {symbol: 1}
    factor, dimensions = _Reader(entry.of).unit()[:2]
    return entry.factor * factor, dict(dimensions)
