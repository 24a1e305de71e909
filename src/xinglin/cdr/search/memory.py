"""Evaluates a node over the rows of one resource: access on history, conditional re-check.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/search.html; three-valued: None where only the database
could tell (chains, reverse chains, free text).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from xinglin.cdr.index.keys import KeySpace

from . import compare
from .guards import AtHome, Facts, Mine, OfPatients, OfType, Unsealed, holds
from .ir import (
    Always,
    And,
    Coded,
    Key,
    Live,
    Never,
    Node,
    Not,
    Or,
    Present,
    Range,
    Rids,
    Span,
    Str,
    Updated,
    Valued,
    Window,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from xinglin.cdr.index import Coding


class Rows(Protocol):
    """The index rows of one resource, as ``cdr.index`` extracts them."""

    @property
    def key(self) -> Iterable[int]:
        """Keys."""
        ...

    @property
    def dat(self) -> Iterable[tuple[int, int, int]]:
        """(k, lo, hi)."""
        ...

    @property
    def num(self) -> Iterable[tuple[int, Decimal, Decimal]]:
        """(k, lo, hi)."""
        ...

    @property
    def str(self) -> Iterable[tuple[int, str, int]]:
        """(k, folded value, hash of the raw value)."""
        ...

    @property
    def coding(self) -> Iterable[Coding]:
        """Codings, as the dictionary has them."""
        ...

    @property
    def present(self) -> int:
        """One bit for each parameter that has a value."""
        ...


def evaluate(
    node: Node, rows: Rows, rid: int, updated: int = 0, facts: Facts | None = None
) -> bool | None:
    """Whether the node holds for the resource ``rid`` with these rows; None: cannot be told."""
    match node:
        case Always():
            return True
        case Never():
            return False
        case Live():
            return True if not node.types else not _type_keys(node).isdisjoint(rows.key)
        case Key():
            return not set(node.ks).isdisjoint(rows.key)
        case Rids():
            return rid in node.rids
        case Range():
            return any(_in_range(node, row) for row in getattr(rows, node.table))
        case Window():
            rows_ = getattr(rows, node.ranges[0].table)
            return any(all(_in_range(one, row) for one in node.ranges) for row in rows_)
        case Span():
            return any(_in_span(node, row) for row in rows.num)
        case Str():
            return any(_is_string(node, row) for row in rows.str)
        case Present():
            return bool(rows.present & node.mask)
        case Valued():
            return any(row[0] in node.ks for row in getattr(rows, node.table))
        case Updated():
            return compare.holds(node.op, updated, updated, node.low, node.high)
        case And():
            return _all(evaluate(part, rows, rid, updated, facts) for part in node.parts)
        case Or():
            parts = (evaluate(one, rows, rid, updated, facts) for one in node.parts)
            return _not(_all(map(_not, parts)))
        case Not():
            return _not(evaluate(node.part, rows, rid, updated, facts))
        case Mine() | Unsealed() | OfPatients() | AtHome() | OfType():
            return holds(node, rows.key, rid, facts)
        case Coded():
            return None if node.texts else any(is_coded(node, one) for one in rows.coding)
        case _:
            return None


def _type_keys(node: Live) -> set[int]:
    return {KeySpace.type_key(number) for number in node.types}


def _not(value: bool | None) -> bool | None:
    return None if value is None else not value


def _all(values: Iterable[bool | None]) -> bool | None:
    known = True
    for value in values:
        if value is False:
            return False
        known = known and value is not None
    return True if known else None


def _in_range(node: Range, row: tuple[int, compare.Value, compare.Value]) -> bool:
    if row[0] not in node.ks:
        return False
    half_open = compare.open_end(node)
    return compare.holds(node.op, row[1], row[2], node.low, node.high, half_open=half_open)


def _in_span(node: Span, row: tuple[int, Decimal, Decimal]) -> bool:
    k, lo, hi = row
    start = Range("num", node.ks, node.op, node.low, node.high)
    end = Range("num", node.ks, node.end_op, node.end_low, node.end_high)
    return _in_range(start, (k, lo, lo)) and _in_range(end, (k, hi, hi))


def _is_string(node: Str, row: tuple[int, str, int]) -> bool:
    k, value, exact = row
    if k not in node.ks or (node.exact is not None and node.exact != exact):
        return False
    match node.op:
        case "prefix":
            return value.startswith(node.value)
        case "equals":
            return value == node.value
        case "contains":
            return node.value in value
        case "suffix":
            return value.endswith(node.value)
        case "after":
            return value > node.value
        case "before":
            return value < node.value
        case "any":
            return True


def is_coded(node: Coded, one: Coding) -> bool:
    """Whether a coding of a resource is one of those that the node asks for."""
    if one.param not in node.params:
        return False
    return (
        one.code in node.codes
        or one.system in node.systems
        or any(one.code.startswith(text) for text in node.starts)
        or any(text in one.code for text in node.parts)
        or any(one.code.endswith(text) for text in node.ends)
    )
