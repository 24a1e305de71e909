"""Parts of resources: ``_summary``, ``_elements``, and elements that an Access hides.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/search.html#summary and #elements.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xinglin.cdr.interactions.hidden import SUBSETTED, conceal
from xinglin.fhir import definitions, json

if TYPE_CHECKING:
    from collections.abc import Callable

    from .engine import Sight
    from .query import Query
    from .results import Entry


def shortener(query: Query, access: Sight) -> Callable[[Entry, bool], bytes] | None:
    """How the bodies of a page are shortened; None where they go out as they are stored."""
    whole = query.summary in {"false", "count"} and not query.elements
    hiding = dict(access.hidden)
    if whole and not hiding:
        return None

    def shorten(entry: Entry, match: bool) -> bytes:
        names = None if whole else _kept(query, entry.type, match=match)
        paths = hiding.get(entry.type, ())
        if names is None and not paths:
            return entry.body
        resource = json.decode(entry.body)
        shown = conceal(resource, paths)
        if names is not None:
            shown = _subset(shown, names, tagged=shown is not resource)
        return json.encode(shown)

    return shorten


def part(query: Query, entry: Entry, *, match: bool) -> bytes:
    """The part of one resource that is wanted."""
    if query.summary in {"false", "count"} and not query.elements:
        return entry.body
    names = _kept(query, entry.type, match=match)
    if names is None:
        return entry.body
    resource = json.decode(entry.body)
    tagged = SUBSETTED in resource.get("meta", {}).get("tag", ())
    return json.encode(_subset(resource, names, tagged=tagged))


def _kept(query: Query, type_: str, *, match: bool) -> Callable[[str], bool] | None:
    """Which elements of the type stay; None: all."""
    elements = {one.name: one for one in definitions.elements(type_)}
    always = {"resourceType", "id", "meta"}
    always |= {one.name for one in elements.values() if one.min > 0}
    if query.elements:
        own = {one.partition(".")[2] for one in query.elements if one.startswith(f"{type_}.")}
        plain = {one for one in query.elements if "." not in one or one[:1].islower()}
        wanted = own | plain if match else own
        if not wanted:
            return None
        wanted = {one.split(".")[0] for one in wanted} | always
        return lambda name: name in wanted
    match query.summary:
        case "data":
            return lambda name: name != "text"
        case "text":
            return lambda name: name in always or name == "text"
        case _:
            short = {one.name for one in elements.values() if one.summary} | always
            return lambda name: name in short


def _subset(
    resource: dict[str, Any], keeps: Callable[[str], bool], *, tagged: bool
) -> dict[str, Any]:
    """The elements that stay, tagged so that nobody puts the rest away with them."""
    keys = definitions.json_keys(resource["resourceType"])
    kept: dict[str, Any] = {}
    for key, value in resource.items():
        known = keys.get(key.removeprefix("_"))
        if keeps(known[0].name if known else key):
            kept[key] = value
    if not tagged:
        meta = dict(kept.get("meta", {}))
        meta["tag"] = [*meta.get("tag", ()), SUBSETTED]
        kept["meta"] = meta
    order = ("resourceType", "id", "meta")
    return {name: kept[name] for name in order if name in kept} | kept
