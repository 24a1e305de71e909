"""Token parameters: codings, identifiers, contact points, booleans and plain codes.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/search.html#token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xinglin.cdr.index.handlers import CONTACT_SYSTEMS, contact_value
from xinglin.cdr.search import ir
from xinglin.cdr.search.values import plain, refuse, split

from .strings import folded_value

if TYPE_CHECKING:
    from xinglin.cdr.search.query import Leaf
    from xinglin.fhir.search import SearchParam

    from .builder import Builder


BARE = (":code", ":boolean", ":deceased()")
"""Types of values that never have a system in the body: the dictionary need not be asked."""


MANY = 50
"""More codes than this are looked up in the dictionary first."""


def build(builder: Builder, leaf: Leaf) -> ir.Node:
    """Any of the values; ``:not`` and ``:not-in``: none of them."""
    found = ir.either(*(_value(builder, leaf, text) for text in leaf.values))
    return ir.negate(found) if leaf.modifier in {"not", "not-in"} else found


def _value(builder: Builder, leaf: Leaf, text: str) -> ir.Node:
    match leaf.modifier:
        case "text":
            words = folded_value(leaf.place, plain(text))
            return ir.Coded(leaf.param.sources, texts=(words,))
        case "in" | "not-in":
            return of_codes(builder, leaf.param, builder.codes["in", plain(text)])
        case "above" | "below":
            system, code = _two(leaf, text)
            return of_codes(builder, leaf.param, builder.codes[leaf.modifier, f"{system}|{code}"])
        case "of-type":
            return _of_type(builder, leaf, text)
        case _:
            return token(builder, leaf.param, *parse(leaf.place, text))


def parse(place: str, text: str) -> tuple[str | None, str]:
    """(system, code): system None: any, "": none; code "": any of the system."""
    parts = split(text, "|")
    if len(parts) > 2 or parts == ["", ""]:
        raise refuse(
            place,
            f"'{place}={text[:80]}' is no token; write code, system|code, |code or system|.",
            f"“{place}={text[:80]}”不是代码值；应写作 代码、系统|代码、|代码 或 系统|。",
        )
    if len(parts) == 1:
        return None, plain(parts[0])
    return plain(parts[0]), plain(parts[1])


def token(builder: Builder, param: SearchParam, system: str | None, code: str) -> ir.Node:
    """One token, in all the forms that values of the parameter have."""
    others = _others(builder, param, system, code)
    found: list[ir.Node] = [ir.Key(tuple(others))] if others else []
    if "coding" in param.forms:
        found.append(_coding(builder, param, system, code))
    return ir.either(*found) if found else ir.Key((0,))


def _coding(builder: Builder, param: SearchParam, system: str | None, code: str) -> ir.Node:
    alone = bool(param.paths) and all(path.endswith(BARE) for path in param.paths)
    if system is None and alone:
        return ir.Key(tuple(builder.keys.token(one, None, code) for one in param.sources))
    if system is None:
        return ir.Coded(param.sources, codes=(code,))
    if not code:
        # Codes of these systems may stand without them in the body.
        bare = ("",) if system in param.systems else ()
        return ir.Coded(param.sources, systems=(system, *bare))
    ks = [builder.keys.token(one, system or None, code) for one in param.sources]
    if system in param.systems:
        ks += [builder.keys.token(one, None, code) for one in param.sources]
    return ir.Key(tuple(ks))


def _others(builder: Builder, param: SearchParam, system: str | None, code: str) -> list[int]:
    """Keys of identifiers, contact points and plain strings."""
    keys, found = builder.keys, []
    for source in param.sources:
        if "identifier" in param.forms:
            if system is None:
                found.append(keys.any_system(source, code))
            elif code:
                found.append(keys.token(source, system or None, code))
            else:
                found.append(keys.system(source, system))
        if "contact" in param.forms:
            systems = (system,) if system is not None else CONTACT_SYSTEMS
            if param.contact_system and system is None:
                systems = (param.contact_system,)
            found += [keys.token(source, one, contact_value(one, code)) for one in systems]
        if "plain" in param.forms and not system:
            found.append(keys.any_system(source, code))
    return found


def of_codes(builder: Builder, param: SearchParam, codes: tuple[tuple[str, str], ...]) -> ir.Node:
    """Any of many codings; a code may stand in the body without its system."""
    bare = [("", code) for system, code in codes if system in param.systems]
    every = tuple(dict.fromkeys((*codes, *bare)))
    if len(every) > MANY:
        return ir.Among(param.sources, every)
    keys = builder.keys
    ks = (keys.token(one, system or None, code) for one in param.sources for system, code in every)
    return ir.Key(tuple(ks)) if every else ir.Key((0,))


def _two(leaf: Leaf, text: str) -> tuple[str, str]:
    system, code = parse(leaf.place, text)
    if not system or not code:
        raise refuse(
            leaf.place,
            f"'{leaf.place}' needs the system as well: system|code.",
            f"“{leaf.place}”还需要代码系统：系统|代码。",
        )
    return system, code


def _of_type(builder: Builder, leaf: Leaf, text: str) -> ir.Node:
    parts = [plain(one) for one in split(text, "|")]
    if len(parts) != 3 or not all(parts[1:]) or "identifier" not in leaf.param.forms:
        raise refuse(
            leaf.place,
            f"'{leaf.place}={text[:80]}' has to be identifier:of-type=system|code|value.",
            f"“{leaf.place}={text[:80]}”应写作 identifier:of-type=系统|代码|值。",
        )
    system, code, value = parts
    ks = (builder.keys.of_type(one, system or None, code, value) for one in leaf.param.sources)
    return ir.Key(tuple(ks))
