"""How two ranges compare under a prefix: in memory and as SQL.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/search.html#prefix.

``lo``/``hi`` is what the resource has, ``a``/``b`` what is searched. ``eq`` is containment.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .ir import Op, Range

Value = Decimal | int
DAY: Final = 86_400_000_000
"""Microseconds; rows at least this wide are in the partial index ``dat_wide``."""

PROBES: Final = {
    "eq": "lo >= {a} and lo <= {b} and hi <= {b}",
    "ne": "(lo < {a} or hi > {b})",
    "gt": "hi > {b}",
    "lt": "lo < {a}",
    "ge": "(lo >= {a} or hi > {b})",
    "le": "lo <= {b} and (hi <= {b} or lo < {a})",
    "sa": "lo > {b}",
    "eb": "lo < {a} and hi < {a}",
    "ap": "lo <= {b} and hi >= {a}",
}


def open_end(node: Range) -> bool:
    """Whether the upper end of the searched range is not part of it."""
    return node.table == "num" and node.op in {"eq", "ne"} and node.low != node.high


def holds(op: Op, lo: Value, hi: Value, a: Value, b: Value, *, half_open: bool = False) -> bool:
    """Whether ``lo`` to ``hi`` compares with ``a`` to ``b``."""
    inside = lo >= a and (hi < b if half_open else hi <= b)
    match op:
        case "eq":
            return inside
        case "ne":
            return not inside
        case "gt":
            return hi > b
        case "lt":
            return lo < a
        case "ge":
            return lo >= a or hi > b
        case "le":
            return hi <= b or lo < a
        case "sa":
            return lo > b
        case "eb":
            return hi < a
        case "ap":
            return lo <= b and hi >= a


def condition(node: Range) -> str:
    """The SQL condition on columns ``lo`` and ``hi``, with places ``{a}`` and ``{b}``."""
    if open_end(node):
        text = {"eq": "lo >= {a} and lo < {b} and hi < {b}", "ne": "(lo < {a} or hi >= {b})"}
        return text[node.op]
    return PROBES[node.op]
