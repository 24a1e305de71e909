"""``near``: locations within a distance of a point.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/location.html#positional. A group has some thousand
locations, so their positions are read from the bodies and have no rows of their own.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from xinglin.cdr.index.numbers import search_range
from xinglin.cdr.search import ir
from xinglin.cdr.search.values import plain, refuse, split
from xinglin.fhir import ucum

if TYPE_CHECKING:
    from xinglin.cdr.search.query import Leaf
    from xinglin.kernel.errors import Malformed

    from .builder import Builder

DISTANCE: Final = Decimal(10_000)
"""Metres, where the search does not say."""
FARTHEST: Final = Decimal(20_100_000)


def build(builder: Builder, leaf: Leaf) -> ir.Node:
    """Any of the circles, among locations."""
    circles = (_circle(leaf, text) for text in leaf.values)
    return ir.both(builder.type_node(leaf.type), ir.either(*circles))


def _circle(leaf: Leaf, text: str) -> ir.Node:
    parts = [plain(one) for one in split(text, "|")]
    if len(parts) not in {2, 3, 4} or not all(parts[:2]):
        raise _wrong(leaf, text)
    latitude, longitude = (_number(leaf, text, one) for one in parts[:2])
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise _wrong(leaf, text)
    metres = DISTANCE
    if len(parts) > 2 and parts[2]:
        unit = (parts[3] if len(parts) == 4 else "") or "km"
        known = ucum.canonical(_number(leaf, text, parts[2]), unit)
        if known is None or known[1] != "m" or known[0] < 0:
            raise _wrong(leaf, text)
        metres = min(known[0], FARTHEST)
    return ir.Near(float(latitude), float(longitude), float(metres))


def _number(leaf: Leaf, text: str, part: str) -> Decimal:
    try:
        search_range(part)
    except (ValueError, ArithmeticError) as error:
        raise _wrong(leaf, text) from error
    return Decimal(part)


def _wrong(leaf: Leaf, text: str) -> Malformed:
    return refuse(
        leaf.place,
        f"'{leaf.place}={text[:80]}' has to be latitude|longitude|distance|unit,"
        " such as 30.25|120.17|5|km.",
        f"“{leaf.place}={text[:80]}”应写作 纬度|经度|距离|单位，如 30.25|120.17|5|km。",
    )
