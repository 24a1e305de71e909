"""Uri parameters.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/search.html#uri.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xinglin.cdr.search import ir
from xinglin.cdr.search.values import plain, refuse

if TYPE_CHECKING:
    from xinglin.cdr.search.query import Leaf

    from .builder import Builder

MAX_LENGTH = 1000


def build(builder: Builder, leaf: Leaf) -> ir.Node:
    """The same; ``:below``: begins with it; ``:above``: it begins with what is there."""
    return ir.either(*(_value(builder, leaf, plain(text)) for text in leaf.values))


def _value(builder: Builder, leaf: Leaf, value: str) -> ir.Node:
    sources = leaf.param.sources
    if len(value) > MAX_LENGTH:
        raise refuse(
            leaf.place,
            f"The address in '{leaf.place}' is longer than {MAX_LENGTH} characters; shorten it.",
            f"“{leaf.place}”中的地址超过 {MAX_LENGTH} 个字符；请缩短。",
            "too-long",
        )
    if leaf.modifier == "below":
        return ir.Coded(sources, starts=(value,))
    if leaf.modifier == "above":
        return ir.Coded(sources, codes=tuple(value[:end] for end in range(1, len(value) + 1)))
    return ir.Key(tuple(builder.keys.uri(one, value) for one in sources))
