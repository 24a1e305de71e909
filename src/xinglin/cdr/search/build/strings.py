"""String parameters.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/search.html#string.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xinglin.cdr.index.names import phonetic_query
from xinglin.cdr.index.text import LENGTH, fold
from xinglin.cdr.search import grams, ir
from xinglin.cdr.search.values import plain, refuse

if TYPE_CHECKING:
    from xinglin.cdr.search.query import Leaf

    from .builder import Builder


def build(builder: Builder, leaf: Leaf) -> ir.Node:
    """Begins with; ``:contains`` anywhere, ``:exact`` in every mark, ``:text`` all words."""
    ks = tuple(builder.keys.plain(one) for one in leaf.param.sources)
    return ir.either(*(_value(builder, leaf, ks, plain(text)) for text in leaf.values))


def _value(builder: Builder, leaf: Leaf, ks: tuple[int, ...], text: str) -> ir.Node:
    folded = folded_value(leaf.place, text)
    if leaf.modifier == "exact":
        return ir.Str(ks, "equals", folded, builder.keys.exact(text))
    if leaf.modifier == "contains":
        return contains(builder, leaf.param.sources, folded)
    if leaf.modifier == "text":
        words = folded.split()
        return ir.both(*(contains(builder, leaf.param.sources, word) for word in words))
    if leaf.param.code == "phonetic":
        spelt = sorted(phonetic_query(text) - {""})
        return ir.either(*(ir.Str(ks, "prefix", one[:LENGTH]) for one in spelt))
    return ir.Str(ks, "prefix", folded)


def contains(builder: Builder, sources: tuple[int, ...], folded: str) -> ir.Node:
    """Has it anywhere: by its pairs of characters where those are kept, else by looking through."""
    plain_ks = tuple(builder.keys.plain(one) for one in sources if not builder.covers(one))
    found: list[ir.Node] = [ir.Str(plain_ks, "contains", folded)] if plain_ks else []
    for one in sources:
        if builder.covers(one):
            ks = tuple(builder.keys.gram(one, gram) for gram in sorted(grams.wanted_pairs(folded)))
            string = ir.Str((builder.keys.plain(one),), "contains", folded)
            found.append(ir.both(ir.Gram(ks), string))
    return ir.either(*found)


def folded_value(place: str, text: str) -> str:
    """The value as rows have it; what folds to nothing is refused."""
    folded = fold(text)[:LENGTH]
    if not folded:
        raise refuse(
            place,
            f"The value of '{place}' has no characters that can be searched; write some letters.",
            f"参数“{place}”的值不含可检索的字符；请输入文字。",
        )
    return folded
