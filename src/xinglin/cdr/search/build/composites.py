"""Composite parameters: values that belong to one element.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/search.html#composite.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xinglin.cdr.index.names import phonetic_query
from xinglin.cdr.index.numbers import composite_rows
from xinglin.cdr.index.references import unversioned
from xinglin.cdr.search import ir
from xinglin.cdr.search.values import plain, prefix, refuse, split

from . import ranges, references, strings, tokens

if TYPE_CHECKING:
    from xinglin.cdr.search.query import Leaf
    from xinglin.fhir.search import SearchParam

    from .builder import Builder


def build(builder: Builder, leaf: Leaf) -> ir.Node:
    """Any of the values."""
    return ir.either(*(_value(builder, leaf, text) for text in leaf.values))


def _value(builder: Builder, leaf: Leaf, text: str) -> ir.Node:
    parts = split(text, "$")
    kinds = [component.kind for component in leaf.param.components]
    if len(parts) != len(kinds) or not all(parts):
        shape = "$".join(component.code for component in leaf.param.components)
        raise refuse(
            leaf.place,
            f"'{leaf.place}={text[:80]}' has to be {shape}, its parts joined by $.",
            f"“{leaf.place}={text[:80]}”应写作 {shape}，各部分以 $ 相连。",
        )
    system, code = tokens.parse(leaf.place, parts[0])
    if not code:
        raise refuse(
            leaf.place,
            f"The first part of '{leaf.place}' needs a code.",
            f"“{leaf.place}”的第一部分需要代码。",
        )
    maker = _maker(builder, leaf, code, parts[1:])
    dictionary, systems = _dictionary(builder, leaf.param)
    if system is None:
        return ir.Pairs(dictionary, code, maker)
    bare = [maker("")] if system in systems else []
    return ir.either(maker(system), *bare)


def _dictionary(builder: Builder, param: SearchParam) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Parameters in whose dictionary the systems of the first part are; and its bare systems."""
    component = param.components[0]
    same = builder.registry.get(param.type, component.code)
    found = dict.fromkeys(same.sources if same else ())
    wanted = {path.rpartition(":")[0] for path in component.paths}
    for other in builder.registry.for_type(param.type).values():
        paths = {path.rpartition(":")[0].split("/")[-1] for path in other.paths}
        if other.kind == "token" and not paths.isdisjoint(wanted):
            found.update(dict.fromkeys(other.sources))
    return tuple(found), same.systems if same else ()


def _maker(builder: Builder, leaf: Leaf, code: str, others: list[str]) -> ir.Maker:
    """Makes the node for one system of the code; bad values are refused here already."""
    if len(others) == 2:
        return _between(builder, leaf, code, others)
    component, text = leaf.param.components[1], others[0]
    match component.kind:
        case "quantity" | "number":
            return _quantity(builder, leaf, code, text)
        case "date":
            return _date(builder, leaf, code, text)
        case "string":
            return _string(builder, leaf, code, text)
        case "reference":
            return _reference(builder, leaf, code, text)
        case _:
            return _token(builder, leaf, code, text)


def _quantity(builder: Builder, leaf: Leaf, code: str, text: str) -> ir.Maker:
    op, low, high, unit = ranges.measured(leaf.place, text)

    def make(system: str) -> ir.Node:
        rows = [
            row
            for source in leaf.param.sources
            for row in composite_rows(builder.keys, source, (system, code), low, high, unit=unit)
        ]
        return ir.either(*(ir.Range("num", (k,), op, bottom, top) for k, bottom, top in rows))

    return make


def _between(builder: Builder, leaf: Leaf, code: str, others: list[str]) -> ir.Maker:
    (op, low, high), (op2, low2, high2) = (_number(leaf.place, one) for one in others)

    def make(system: str) -> ir.Node:
        ks = _pairs(builder, leaf, system, code)
        return ir.Span(ks, op, low, high, op2, low2, high2)

    return make


def _number(place: str, text: str) -> tuple[ir.Op, ir.Decimal, ir.Decimal]:
    op, rest = prefix(place, plain(text))
    return op, *ranges.numbers(place, rest, op)  # pyright: ignore[reportReturnType]


def _pairs(builder: Builder, leaf: Leaf, system: str, code: str, *rest: str) -> tuple[int, ...]:
    return tuple(builder.keys.pair(one, system, code, *rest) for one in leaf.param.sources)


def _date(builder: Builder, leaf: Leaf, code: str, text: str) -> ir.Maker:
    op, low, high = ranges.interval(builder, leaf.place, plain(text))
    return lambda system: ir.Range("dat", _pairs(builder, leaf, system, code), op, low, high)


def _string(builder: Builder, leaf: Leaf, code: str, text: str) -> ir.Maker:
    folded = strings.folded_value(leaf.place, plain(text))
    if leaf.param.components[1].code == "phonetic":
        folded = min(phonetic_query(plain(text)))
    return lambda system: ir.Str(_pairs(builder, leaf, system, code), "prefix", folded)


def _reference(builder: Builder, leaf: Leaf, code: str, text: str) -> ir.Maker:
    value = plain(text)
    targets = references.local_targets(builder, (), value)

    def make(system: str) -> ir.Node:
        if not targets:
            part = builder.keys.part_url(unversioned(value))
            return ir.Key(_pairs(builder, leaf, system, code, *part))

        def with_rid(rid: int) -> tuple[int, ...]:
            return _pairs(builder, leaf, system, code, *builder.keys.part_ref(rid))

        return ir.Resolved(targets, with_rid)

    return make


def _token(builder: Builder, leaf: Leaf, code: str, text: str) -> ir.Maker:
    system2, code2 = tokens.parse(leaf.place, text)
    component = leaf.param.components[1]
    same = builder.registry.get(leaf.param.type, component.code)
    bare = same is not None and system2 in same.systems

    def key(system: str, other: str) -> ir.Node:
        part = builder.keys.part_token(other, code2)
        return ir.Key(_pairs(builder, leaf, system, code, *part))

    def make(system: str) -> ir.Node:
        if system2 is None:
            dictionary = _second(builder, leaf.param)
            return ir.Pairs(dictionary, code2, lambda other: key(system, other))
        return ir.either(key(system, system2), *([key(system, "")] if bare else []))

    return make


def _second(builder: Builder, param: SearchParam) -> tuple[int, ...]:
    same = builder.registry.get(param.type, param.components[1].code)
    return same.sources if same else ()
