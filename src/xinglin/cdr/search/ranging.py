"""Conditions on ranges as bounds of an index: where to begin, where to end.

Layout: ``dat`` and ``num`` are ordered by their start, ``dat_wide`` and ``num_wide`` by the end of
the few rows that are wider than a day, or than a point (migrations/0005_search.sql).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from xinglin.cdr.index.dates import MIN

from .compare import DAY, Value, condition
from .ir import Node, Range, Window

if TYPE_CHECKING:
    from .sql import Statement

_WIDE: Final = {"dat": f"hi >= lo + {DAY}", "num": "hi <> lo"}
_CASTS: Final = {"dat": "::bigint", "num": "::numeric"}


class Bounds(NamedTuple):
    """``low`` and ``high`` bound the start of a row. ``reach``: its end comes to there at least."""

    low: Value | None = None
    high: Value | None = None
    reach: Value | None = None


def ranges(node: Node) -> tuple[Range, ...]:
    """The conditions that one row has to meet; none for other nodes."""
    match node:
        case Range():
            return (node,)
        case Window():
            return node.ranges
        case _:
            return ()


def bounds(tests: tuple[Range, ...]) -> Bounds:
    """What all conditions together say of the start and the end of a row."""
    lows: list[Value] = []
    highs: list[Value] = []
    reaches: list[Value] = []
    for one in tests:
        match one.op:
            case "eq":
                lows.append(one.low)
                highs.append(one.high)
            case "sa":
                lows.append(one.high)
            case "lt" | "eb":
                highs.append(one.low)
            case "le":
                highs.append(one.high)
            case "gt":
                reaches.append(one.high)
            case "ge":
                reaches.append(one.low)
            case "ap":
                reaches.append(one.low)
                highs.append(one.high)
            case "ne":
                pass
    return Bounds(max(lows, default=None), min(highs, default=None), max(reaches, default=None))


def narrow_start(table: str, reach: Value) -> Value:
    """Where a row starts at the earliest that reaches there and is not wide."""
    return reach if table == "num" else max(int(reach), MIN + DAY) - DAY


def probe(statement: Statement, tests: tuple[Range, ...]) -> str:
    """The conditions on ``lo`` and ``hi``."""
    cast = _CASTS[tests[0].table]
    return " and ".join(statement.bounds(condition(one), one.low, one.high, cast) for one in tests)


def source(statement: Statement, tests: tuple[Range, ...]) -> str:
    """A select of the ``rid`` of rows that meet all conditions."""
    table, ks = tests[0].table, tests[0].ks
    cast = _CASTS[table]
    limits = bounds(tests)
    where = f"{statement.keys(ks)} and {probe(statement, tests)}"
    if limits.low is not None:
        where += f" and lo >= {statement.bind(limits.low, cast)}"
    if limits.high is not None:
        where += f" and lo <= {statement.bind(limits.high, cast)}"
    if limits.reach is None:
        return f"select rid from {table} where {where}"
    start = statement.bind(narrow_start(table, limits.reach), cast)
    reach = statement.bind(limits.reach, cast)
    return (
        f"select rid from {table} where {where} and lo >= {start} union all select rid from {table}"
        f" where {where} and {_WIDE[table]} and hi >= {reach} and lo < {start}"
    )
