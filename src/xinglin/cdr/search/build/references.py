"""Reference parameters: ids, local and foreign addresses, canonicals, identifiers, hierarchies.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/search.html#reference.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from xinglin.cdr.index.references import unversioned
from xinglin.cdr.search import ir
from xinglin.cdr.search.values import plain, refuse

from .tokens import parse

if TYPE_CHECKING:
    from xinglin.cdr.search.query import Leaf
    from xinglin.fhir.search import SearchParam

    from .builder import Builder

_ID: Final = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_LOCAL: Final = re.compile(r"([A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?")
_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:.+", re.DOTALL)
# The reference that makes a hierarchy of a type.
PARTS: Final = ("partof", "part-of")


def build(builder: Builder, leaf: Leaf) -> ir.Node:
    """Any of the values."""
    return ir.either(*(_value(builder, leaf, text) for text in leaf.values))


def _value(builder: Builder, leaf: Leaf, text: str) -> ir.Node:
    if leaf.modifier == "identifier":
        return _identifier(builder, leaf, text)
    value = plain(text)
    if leaf.modifier in {"above", "below"}:
        return _hierarchy(builder, leaf, value)
    if leaf.modifier:
        value = _typed(builder, leaf, value)
    return reference(builder, leaf.param, value, leaf.place)


def _typed(builder: Builder, leaf: Leaf, value: str) -> str:
    """``subject:Patient=23`` is ``subject=Patient/23``."""
    if _ID.fullmatch(value):
        return f"{leaf.modifier}/{value}"
    if _targets(builder, leaf.param, value) != (
        (leaf.modifier, value.rsplit("/", maxsplit=1)[-1]),
    ):
        raise refuse(
            leaf.place,
            f"'{leaf.place}={value[:80]}' names another type than its modifier; give the id alone.",
            f"“{leaf.place}={value[:80]}”的类型与修饰符不符；请只给出 id。",
        )
    return value


def reference(builder: Builder, param: SearchParam, value: str, place: str) -> ir.Node:
    """Refers to this id, local or absolute address, or canonical."""
    targets = _targets(builder, param, value)
    found: list[ir.Node] = []
    if targets:
        found.append(ir.Refers(param.sources, targets))
    foreign = _ABSOLUTE.fullmatch(value) is not None and not _local_path(builder, value)
    if foreign or not targets:
        if not foreign and _LOCAL.fullmatch(value) is None and _ID.fullmatch(value) is None:
            raise refuse(
                place,
                f"'{place}={value[:80]}' is no reference;"
                " write id, Type/id or an absolute address.",
                f"“{place}={value[:80]}”不是引用；应写作 id、类型/id 或绝对地址。",
            )
        found.append(
            ir.Key(tuple(builder.keys.url(one, unversioned(value)) for one in param.sources))
        )
    return ir.either(*found)


def _local_path(builder: Builder, value: str) -> str:
    """The part after the own address, if the value begins with it."""
    for base in builder.bases:
        if base and value.startswith(base + "/"):
            return value[len(base) + 1 :]
    return ""


def _targets(builder: Builder, param: SearchParam, value: str) -> tuple[tuple[str, str], ...]:
    found = local_targets(builder, param.only or param.targets, value)
    return tuple(one for one in found if not param.only or one[0] in param.only)


def local_targets(
    builder: Builder, types: tuple[str, ...], value: str
) -> tuple[tuple[str, str], ...]:
    """The (type, id) that a value may mean; ``types`` are those of an id alone (none: all)."""
    types = types or builder.registry.types
    if _ID.fullmatch(value):
        return tuple((name, value) for name in types)
    match = _LOCAL.fullmatch(_local_path(builder, value) or value)
    if match is None or match[1] not in builder.registry.types:
        return ()
    return ((match[1], match[2]),)


def _identifier(builder: Builder, leaf: Leaf, text: str) -> ir.Node:
    system, value = parse(leaf.place, text)
    keys, sources = builder.keys, leaf.param.sources
    if not value:
        raise refuse(
            leaf.place,
            f"'{leaf.place}' needs a value: system|value or value.",
            f"“{leaf.place}”需要值：系统|值 或 值。",
        )
    if system is None:
        return ir.Key(tuple(keys.ref_identifier_any(one, value) for one in sources))
    return ir.Key(tuple(keys.ref_identifier(one, system or None, value) for one in sources))


def _hierarchy(builder: Builder, leaf: Leaf, value: str) -> ir.Node:
    """The target, or one above or below it by its part-of reference."""
    targets = _targets(builder, leaf.param, value)
    found: list[ir.Node] = []
    for name, id_ in targets:
        part = next((p for c in PARTS if (p := builder.registry.get(name, c))), None)
        if part is not None:
            up = leaf.modifier == "above"
            found.append(ir.Tree(leaf.param.sources, part.sources, (name, id_), up))
        else:
            found.append(ir.Refers(leaf.param.sources, ((name, id_),)))
    if not targets:
        raise refuse(
            leaf.place,
            f"'{leaf.place}={value[:80]}' needs an id or Type/id of this repository.",
            f"“{leaf.place}={value[:80]}”需要本库的 id 或 类型/id。",
        )
    return ir.either(*found)
