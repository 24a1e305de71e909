"""Reads the concepts out of a CodeSystem resource, hierarchy included.

https://hl7.org/fhir/R4/codesystem.html#hierarchy
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .model import Concept

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PARENTS = ("parent", "subsumedBy")
CHILDREN = ("child",)


def read(resource: dict[str, Any]) -> list[Concept]:
    """Every concept once, in the order given; parents by nesting and by property."""
    found: dict[str, Concept] = {}
    extra: dict[str, set[str]] = {}
    for concept, children in _walk(resource.get("concept", ()), ()):
        if concept.code in found:  # a second place of the same code adds a parent
            extra.setdefault(concept.code, set()).update(concept.parents)
            continue
        found[concept.code] = concept
        for child in children:
            extra.setdefault(child, set()).add(concept.code)
    return [_joined(concept, extra.get(concept.code, ()), found) for concept in found.values()]


def _joined(concept: Concept, more: Iterable[str], known: dict[str, Concept]) -> Concept:
    parents = {*concept.parents, *more} & known.keys() - {concept.code}
    return Concept(
        code=concept.code,
        display=concept.display,
        definition=concept.definition,
        parents=tuple(sorted(parents)),
        abstract=concept.abstract,
        inactive=concept.inactive,
        designations=concept.designations,
        properties=concept.properties,
    )


def _walk(
    concepts: Iterable[dict[str, Any]], parents: tuple[str, ...]
) -> Iterator[tuple[Concept, list[str]]]:
    for one in concepts:
        properties = tuple(_properties(one))
        up = tuple(value for name, _, value in properties if name in PARENTS)
        down = [value for name, _, value in properties if name in CHILDREN]
        flags = {name: value for name, _, value in properties}
        yield (
            Concept(
                code=one["code"],
                display=one.get("display", ""),
                definition=one.get("definition", ""),
                parents=parents + up,
                abstract=flags.get("notSelectable") == "true" or flags.get("abstract") == "true",
                inactive=flags.get("inactive") == "true"
                or flags.get("status") in ("retired", "inactive", "deprecated"),
                designations=tuple(
                    (d.get("language", ""), d.get("use", {}).get("code", ""), d["value"])
                    for d in one.get("designation", ())
                ),
                properties=properties,
            ),
            down,
        )
        yield from _walk(one.get("concept", ()), (one["code"],))


def _properties(concept: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for one in concept.get("property", ()):
        for kind, value in one.items():
            if kind == "valueCoding":
                yield one["code"], kind, value.get("code", "")
            elif kind.startswith("value"):
                yield one["code"], kind, _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return getattr(value, "lex", None) or str(value)


def closure(concepts: Iterable[Concept]) -> Iterator[tuple[str, str, bool]]:
    """(ancestor, code, direct) of every pair; a circle in the parents ends where it closes."""
    parents = {concept.code: concept.parents for concept in concepts}
    for code, direct in parents.items():
        seen: set[str] = set()
        todo = list(direct)
        while todo:
            one = todo.pop()
            if one in seen or one == code:
                continue
            seen.add(one)
            yield one, code, one in direct
            todo += parents.get(one, ())
