"""How two ranges compare under a prefix: in memory and as SQL.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/search.html#prefix.

``lo``/``hi`` is what the resource has, ``a``/``b`` what is searched. ``eq`` is containment.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from .ir import Op, Range

Value = Decimal | int
DAY: Final = 86_400_000_000
"""Microseconds; rows at least this wide are in the partial index ``dat_wide``."""

TESTS: Final[dict[str, Callable[[Value, Value, Value, Value], bool]]] = {
    "eq": lambda lo, hi, a, b: lo >= a and hi <= b,
    "ne": lambda lo, hi, a, b: lo < a or hi > b,
    "gt": lambda lo, hi, a, b: hi > b,
    "lt": lambda lo, hi, a, b: lo < a,
    "ge": lambda lo, hi, a, b: lo >= a or hi > b,
    "le": lambda lo, hi, a, b: hi <= b or lo < a,
    "sa": lambda lo, hi, a, b: lo > b,
    "eb": lambda lo, hi, a, b: hi < a,
    "ap": lambda lo, hi, a, b: lo <= b and hi >= a,
}

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
    if half_open:
        inside = lo >= a and hi < b
        return inside if op == "eq" else not inside
    return TESTS[op](lo, hi, a, b)


def condition(node: Range, a: str, b: str) -> str:
    """The SQL condition on columns ``lo`` and ``hi``; ``a`` and ``b`` are placeholders."""
    if open_end(node):
        text = {"eq": "lo >= {a} and lo < {b} and hi < {b}", "ne": "(lo < {a} or hi >= {b})"}
        return text[node.op].format(a=a, b=b)
    return PROBES[node.op].format(a=a, b=b)
