"""A node means the same in memory as in SQL: access, history and images that are not stored rely on it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from xinglin.cdr.index import KeySpace, Rows
from xinglin.cdr.search import ir
from xinglin.cdr.search.memory import evaluate

ROWS = Rows(
    key={5, -7, KeySpace.type_key(3)},
    dat={(1, 10, 20)},
    num={(2, Decimal("1.5"), Decimal("1.5")), (3, Decimal(1), Decimal(9))},
    str={(4, "zhang san", 99)},
    present=0b100,
)
HAS, NOT = ir.Key((5,)), ir.Key((6,))
UNKNOWN = ir.Chain((1,), HAS)


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (ir.Always(), True),
        (ir.Never(), False),
        (HAS, True),
        (NOT, False),
        (ir.Key((6, -7)), True),
        (ir.Live(()), True),
        (ir.Live((3,)), True),
        (ir.Live((4,)), False),
        (ir.Rids((1, 42)), True),
        (ir.Rids((1,)), False),
        (ir.Present(0b110), True),
        (ir.Present(0b010), False),
        (ir.Valued("dat", (1,)), True),
        (ir.Valued("num", (1,)), False),
        (ir.Range("dat", (1,), "eq", 10, 20), True),
        (ir.Range("dat", (1,), "eq", 11, 20), False),
        (ir.Range("dat", (1,), "gt", 5, 15), True),
        (ir.Range("dat", (1,), "sa", 5, 15), False),
        (ir.Range("dat", (9,), "eq", 0, 99), False),
        (ir.Range("num", (2,), "eq", Decimal(1), Decimal("1.5")), False),
        (ir.Range("num", (2,), "eq", Decimal("1.5"), Decimal("1.6")), True),
        (ir.Window((ir.Range("dat", (1,), "ge", 9, 9), ir.Range("dat", (1,), "lt", 15, 15))), True),
        (ir.Window((ir.Range("dat", (1,), "ge", 9, 9), ir.Range("dat", (1,), "lt", 9, 9))), False),
        (ir.Span((3,), "lt", Decimal(2), Decimal(2), "gt", Decimal(8), Decimal(8)), True),
        (ir.Span((3,), "lt", Decimal(2), Decimal(2), "gt", Decimal(9), Decimal(9)), False),
        (ir.Str((4,), "prefix", "zh"), True),
        (ir.Str((4,), "contains", "g s"), True),
        (ir.Str((4,), "suffix", "zh"), False),
        (ir.Str((4,), "equals", "zhang san", 98), False),
        (ir.Str((4,), "after", "z"), True),
        (ir.Str((4,), "before", "z"), False),
        (ir.Updated((1,), "ge", 6, 6), True),
        (ir.Updated((1,), "lt", 7, 7), False),
        (UNKNOWN, None),
        (ir.Has((1,), HAS), None),
        (ir.Not(UNKNOWN), None),
        (ir.And((UNKNOWN, NOT)), False),
        (ir.And((UNKNOWN, HAS)), None),
        (ir.Or((UNKNOWN, HAS)), True),
        (ir.Or((UNKNOWN, NOT)), None),
        (ir.Not(NOT), True),
    ],
)
def test_evaluates(node: ir.Node, expected: bool | None) -> None:
    assert evaluate(node, ROWS, 42, 7) is expected


def test_joining_nodes_flattens_and_gathers() -> None:
    assert ir.both(HAS, ir.Always()) == HAS
    assert ir.both(HAS, ir.Never()) == ir.Never()
    assert ir.both() == ir.Always()
    assert ir.either() == ir.Never()
    assert ir.either(HAS, NOT) == ir.Key((5, 6))
    assert ir.either(ir.Rids((1,)), ir.Rids((2,))) == ir.Rids((1, 2))
    assert ir.either(HAS, ir.Always()) == ir.Always()
    assert ir.negate(ir.negate(HAS)) == HAS
    low = ir.Range("dat", (1,), "ge", 1, 1, single=True)
    high = ir.Range("dat", (1,), "lt", 9, 9, single=True)
    assert ir.both(low, HAS, high) == ir.And((HAS, ir.Window((low, high))))
    many = ir.Range("dat", (1,), "lt", 9, 9)
    assert ir.both(low, many) == ir.And((low, many))
