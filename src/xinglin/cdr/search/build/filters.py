"""Comparisons of ``_filter``.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/search_filter.html#ops.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xinglin.cdr.search import ir
from xinglin.cdr.search.query import Leaf
from xinglin.cdr.search.values import refuse

from . import strings

if TYPE_CHECKING:
    from xinglin.cdr.search.query import Compared

    from .builder import Builder

# Operators that are a modifier or a prefix of an ordinary parameter.
_MODIFIERS = {"ss": "below", "sb": "above", "in": "in", "ni": "not-in"}


def build(builder: Builder, test: Compared) -> ir.Node:
    """The node of one comparison."""
    if test.op == "pr":
        return builder.missing(test.type, test.param, absent=test.value == "false")
    if test.op in _MODIFIERS:
        return _leaf(builder, test, _MODIFIERS[test.op], _escaped(test))
    match test.param.kind:
        case "string" if test.param.code not in {"_text", "_content"}:
            return _string(builder, test)
        case "date" | "number" | "quantity":
            return _range(builder, test)
        case "token" | "uri" if test.op in {"co", "sw", "ew"}:
            return _code(test)
        case _:
            found = _leaf(builder, test, "", _escaped(test))
            return _unequal(builder, test, found) if test.op == "ne" else found


def _escaped(test: Compared) -> str:
    """The value as an ordinary parameter has it: commas are part of it."""
    text = test.value.replace("\\", "\\\\").replace(",", "\\,")
    return text if test.param.kind == "composite" else text.replace("$", "\\$")


def _leaf(builder: Builder, test: Compared, modifier: str, value: str) -> ir.Node:
    return builder.leaf(Leaf(test.type, test.param, modifier, (value,), test.place))


def _unequal(builder: Builder, test: Compared, found: ir.Node) -> ir.Node:
    """Has a value, and it is another."""
    present = builder.missing(test.type, test.param, absent=False)
    return ir.both(present, ir.negate(found))


def _string(builder: Builder, test: Compared) -> ir.Node:
    ks = tuple(builder.keys.plain(one) for one in test.param.sources)
    value = strings.folded_value(test.place, test.value)
    match test.op:
        case "eq":
            return ir.Str(ks, "equals", value)
        case "ne":
            return _unequal(builder, test, ir.Str(ks, "equals", value))
        case "co":
            return strings.contains(builder, test.param.sources, value)
        case "sw":
            return ir.Str(ks, "prefix", value)
        case "ew":
            return ir.Str(ks, "suffix", value)
        case "gt":
            return ir.Str(ks, "after", value)
        case "lt":
            return ir.Str(ks, "before", value)
        case "ge":
            return ir.either(ir.Str(ks, "after", value), ir.Str(ks, "equals", value))
        case _:
            return ir.either(ir.Str(ks, "before", value), ir.Str(ks, "equals", value))


def _range(builder: Builder, test: Compared) -> ir.Node:
    if test.op != "po":
        return _leaf(builder, test, "", test.op + test.value)
    found = _leaf(builder, test, "", test.value)
    match found:
        case ir.Range():
            return ir.Range(found.table, found.ks, "ap", found.low, found.high)
        case ir.Updated():
            return ir.Updated(found.types, "ap", found.low, found.high)
        case _:
            return found


def _code(test: Compared) -> ir.Node:
    if set(test.param.forms) - {"coding"} or test.param.code == "_id":
        raise refuse(
            test.place,
            f"'{test.op}' does not work for '{test.param.code}' in '_filter'; use eq.",
            f"“_filter”中“{test.param.code}”不支持“{test.op}”；请用 eq。",
            "not-supported",
        )
    value, sources = (test.value,), test.param.sources
    match test.op:
        case "sw":
            return ir.Coded(sources, starts=value)
        case "ew":
            return ir.Coded(sources, ends=value)
        case _:
            return ir.Coded(sources, parts=value)
