"""Parameters of every type that have no rows of their own kind: ids, update time, lists, text.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/search.html#all and #list.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from xinglin.cdr.search import grams, ir
from xinglin.cdr.search.values import plain, refuse

from . import near
from .ranges import interval

if TYPE_CHECKING:
    from xinglin.cdr.search.query import Leaf

    from .builder import Builder

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")


def build(builder: Builder, leaf: Leaf) -> ir.Node:
    """By the name of the parameter."""
    match leaf.param.code:
        case "_id":
            return _id(builder, leaf)
        case "_lastUpdated":
            return ir.either(*(_updated(builder, leaf, text) for text in leaf.values))
        case "_text" | "_content":
            return _text(builder, leaf)
        case "near":
            return near.build(builder, leaf)
        case "_list":
            return ir.either(*(_list(builder, leaf, plain(text)) for text in leaf.values))
        case _:
            raise refuse(
                leaf.place,
                f"'{leaf.param.code}' cannot be searched yet; leave it out.",
                f"尚不能按“{leaf.param.code}”检索；请去掉该参数。",
                "not-supported",
            )


def _id(builder: Builder, leaf: Leaf) -> ir.Node:
    """Ids of the type; what cannot be an id matches nothing and is refused."""
    if leaf.modifier not in {"", "not"}:
        raise refuse(
            leaf.place,
            f"'_id' takes no modifier ':{leaf.modifier}'; write _id=a,b.",
            f"“_id”不接受修饰符“:{leaf.modifier}”；应写作 _id=a,b。",
            "not-supported",
        )
    ids = tuple(dict.fromkeys(plain(text).removeprefix(f"{leaf.type}/") for text in leaf.values))
    for one in ids:
        if _ID.fullmatch(one) is None:
            raise refuse(
                leaf.place,
                f"'{one[:80]}' is no id; ids have up to 64 letters, digits, '-' and '.'.",
                f"“{one[:80]}”不是 id；id 最多 64 个字母、数字、“-”和“.”。",
            )
    found = ir.Ids(builder.registry.type_number(leaf.type), ids)
    return ir.negate(found) if leaf.modifier == "not" else found


def _updated(builder: Builder, leaf: Leaf, text: str) -> ir.Node:
    number = builder.registry.type_number(leaf.type)
    return ir.Updated((number,), *interval(builder, leaf.place, plain(text)))


def _list(builder: Builder, leaf: Leaf, value: str) -> ir.Node:
    """Is an item of the list, which must be one that may be seen."""
    id_ = value.removeprefix("List/")
    if _ID.fullmatch(id_) is None:
        raise refuse(
            leaf.place,
            f"'_list={value[:80]}' is no id of a List;"
            " functional lists ($current-...) are not kept.",
            f"“_list={value[:80]}”不是 List 的 id；不支持功能性列表（$current-…）。",
            "not-supported" if value.startswith("$") else "value",
        )
    item = builder.registry.get("List", "item")
    if item is None:
        return ir.Key((0,))
    wanted = ir.Ids(builder.registry.type_number("List"), (id_,))
    return ir.Has(item.sources, builder.visible("List", wanted))


def _text(builder: Builder, leaf: Leaf) -> ir.Node:
    """All words stand in the narrative (``_text``) or anywhere (``_content``)."""
    if leaf.modifier:
        raise refuse(
            leaf.place,
            f"'{leaf.param.code}' takes no modifier; write {leaf.param.code}=words.",
            f"“{leaf.param.code}”不接受修饰符；应写作 {leaf.param.code}=词语。",
            "not-supported",
        )
    return ir.either(*(_words(builder, leaf, plain(text)) for text in leaf.values))


def _words(builder: Builder, leaf: Leaf, text: str) -> ir.Node:
    wanted, phrases = grams.wanted(text)
    if not wanted:
        raise refuse(
            leaf.place,
            f"'{leaf.place}' has no word in it; write at least one.",
            f"“{leaf.place}”中没有词语；请至少输入一个。",
        )
    if not builder.covers(0):
        raise refuse(
            leaf.place,
            f"'{leaf.param.code}' needs the free-text index, which this server does not keep.",
            f"“{leaf.param.code}”需要全文索引，本服务器未启用。",
            "not-supported",
        )
    words = tuple(sorted(wanted))
    ks = tuple(builder.keys.gram(leaf.param.id, word) for word in words)
    number = builder.registry.type_number(leaf.type)
    return ir.Gram(ks, tuple(sorted(phrases)), words, leaf.param.code == "_text", number)
