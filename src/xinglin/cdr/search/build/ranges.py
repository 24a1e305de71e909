"""Date, number and quantity parameters: prefixes and implicit precision.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/search.html#date, #number and #quantity.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, cast

from xinglin.cdr.index.dates import MAX, MIN, microseconds
from xinglin.cdr.index.numbers import approximate_range, number, search_range, search_rows
from xinglin.cdr.search import ir
from xinglin.cdr.search.values import plain, prefix, refuse, split
from xinglin.fhir import definitions
from xinglin.fhir.search import parse_branch

if TYPE_CHECKING:
    from xinglin.cdr.search.query import Leaf
    from xinglin.fhir.search import SearchParam

    from .builder import Builder


def build(builder: Builder, leaf: Leaf) -> ir.Node:
    """Any of the values."""
    one = {"date": date, "number": _number, "quantity": _quantity}[leaf.param.kind]
    return ir.either(*(one(builder, leaf, text) for text in leaf.values))


def date(builder: Builder, leaf: Leaf, text: str) -> ir.Node:
    """``ge2020-03``."""
    op, low, high = interval(builder, leaf.place, plain(text))
    ks = tuple(builder.keys.plain(one) for one in leaf.param.sources)
    return ir.Range("dat", ks, op, low, high, single(leaf.param))


@cache
def single(param: SearchParam) -> bool:
    """Whether a resource has at most one value: an element that does not repeat, or its choices."""
    branches = [parse_branch(path) for path in param.paths]
    if len(param.sources) != 1 or any(step.many for one in branches for step in one.steps):
        return False
    if len(branches) == 1:
        return True
    keys = definitions.json_keys(param.type)
    elements = {keys[one.steps[0].name][0] for one in branches if one.steps[0].name in keys}
    return len(elements) == 1 and all(len(one.steps) == 1 for one in branches)


def interval(builder: Builder, place: str, text: str) -> tuple[ir.Op, int, int]:
    """(prefix, first and last microsecond); ``ap`` widens by a tenth of the distance to now."""
    op, rest = prefix(place, text)
    try:
        low, high = builder.dates.bounds(rest.replace(" ", "+"))
    except (ValueError, OverflowError) as error:
        raise refuse(
            place,
            f"'{place}={text[:60]}' is no date; write YYYY, YYYY-MM, YYYY-MM-DD or"
            " YYYY-MM-DDThh:mm:ss with a zone, such as 2020-03-01T08:00:00+08:00.",
            f"“{place}={text[:60]}”不是日期；应写作 YYYY、YYYY-MM、YYYY-MM-DD 或带时区的"
            " YYYY-MM-DDThh:mm:ss，如 2020-03-01T08:00:00+08:00。",
        ) from error
    if op == "ap":
        gap = abs(microseconds(builder.now) - (low + high) // 2) // 10
        low, high = max(low - gap, MIN), min(high + gap, MAX)
    return cast("ir.Op", op), low, high


def numbers(place: str, text: str, op: str) -> tuple[Decimal, Decimal]:
    """The searched range: implicit precision for ``eq`` and ``ne``, the exact number for others."""
    try:
        if op in {"eq", "ne"}:
            return search_range(text)
        if op == "ap":
            return approximate_range(text)
        search_range(text)
    except (ValueError, ArithmeticError) as error:
        raise refuse(
            place,
            f"'{text[:60]}' in '{place}' is no number; write digits such as 5.40 or 1e-3.",
            f"“{place}”中的“{text[:60]}”不是数值；应写作如 5.40 或 1e-3。",
        ) from error
    exact = number(Decimal(text))
    return exact, exact


def _number(builder: Builder, leaf: Leaf, text: str) -> ir.Node:
    op, rest = prefix(leaf.place, plain(text))
    low, high = numbers(leaf.place, rest, op)
    ks = tuple(builder.keys.plain(one) for one in leaf.param.sources)
    return ir.Range("num", ks, cast("ir.Op", op), low, high, single(leaf.param))


def _quantity(builder: Builder, leaf: Leaf, text: str) -> ir.Node:
    op, low, high, unit = measured(leaf.place, text)
    found = [
        ir.Range("num", (k,), op, bottom, top, single(leaf.param))
        for source in leaf.param.sources
        for k, bottom, top in search_rows(builder.keys, source, low, high, unit=unit)
    ]
    return ir.either(*_joined(found))


def measured(
    place: str, text: str
) -> tuple[ir.Op, Decimal, Decimal, tuple[str | None, str] | None]:
    """(prefix, low, high, (system, code)) of ``[prefix]number|system|code``."""
    parts = [plain(one) for one in split(text, "|")]
    if len(parts) not in {1, 3}:
        raise refuse(
            place,
            f"'{place}={text[:80]}' is no quantity;"
            " write number, number|system|code or number||code.",
            f"“{place}={text[:80]}”不是带单位的数量；应写作 数值、数值|系统|单位 或 数值||单位。",
        )
    op, rest = prefix(place, parts[0])
    low, high = numbers(place, rest, op)
    unit = (parts[1] or None, parts[2]) if len(parts) == 3 and parts[2] else None
    return cast("ir.Op", op), low, high, unit


def _joined(found: list[ir.Range]) -> list[ir.Node]:
    """Ranges with the same limits are one."""
    same: dict[tuple[Decimal | int, Decimal | int], list[ir.Range]] = {}
    for one in found:
        same.setdefault((one.low, one.high), []).append(one)
    return [
        ir.Range(
            "num",
            tuple(k for one in group for k in one.ks),
            group[0].op,
            low,
            high,
            group[0].single,
        )
        for (low, high), group in same.items()
    ]
