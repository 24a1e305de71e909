"""Tree navigation and utilities: children, descendants, now, today, timeOfDay, type.

FHIRPath N1 (2.0.0) §5.8 (tree navigation), §5.9 (utility), §6.3 and §10 (reflection).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xinglin.fhir.path.functions.registry import eager
from xinglin.fhir.path.node import Node, system_name
from xinglin.fhir.path.singleton import charge

if TYPE_CHECKING:
    from xinglin.fhir.path.environment import Env


def children(item: Any) -> list[Any]:
    """Return the nodes directly below an item."""
    out: list[Any] = []
    if item.__class__ is not Node:
        return out
    body = item.value
    if item.type.system:
        body = item.shadow
        item = Node(body, item.type, None, item.parent, item.key, item.index)
    if body.__class__ is not dict:
        return out
    keys = item.type.keys
    seen: set[int] = set()
    for name in body:
        element = keys.get(name) or (keys.get(name[1:]) if name[:1] == "_" else None)
        if element is not None and id(element) not in seen:
            seen.add(id(element))
            element.collect(item, out)
    return out


@eager("children")
def _children(env: Env, items: list[Any]) -> list[Any]:
    out = [child for item in items for child in children(item)]
    charge(env, len(out))
    return out


@eager("descendants")
def _descendants(env: Env, items: list[Any]) -> list[Any]:
    out: list[Any] = []
    level = items
    while level:
        level = [child for item in level for child in children(item)]
        charge(env, len(level))
        out += level
    return out


@eager("now")
def _now(env: Env, _items: list[Any]) -> list[Any]:
    return [env.clock()[0]]


@eager("today")
def _today(env: Env, _items: list[Any]) -> list[Any]:
    return [env.clock()[1]]


@eager("timeOfDay")
def _time_of_day(env: Env, _items: list[Any]) -> list[Any]:
    return [env.clock()[2]]


class TypeInfo:
    """What type() returns: the namespace and name of a type."""

    __slots__ = ("name", "namespace")

    def __init__(self, namespace: str, name: str) -> None:
        self.namespace = namespace
        self.name = name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TypeInfo) and self.plain() == other.plain()

    def __hash__(self) -> int:
        return hash((self.namespace, self.name))

    def plain(self) -> dict[str, str]:
        """The same as JSON."""
        return {"namespace": self.namespace, "name": self.name}


@eager("type")
def _type(_env: Env, items: list[Any]) -> list[Any]:
    return [
        TypeInfo("FHIR", i.type.code) if i.__class__ is Node else TypeInfo("System", system_name(i))
        for i in items
    ]
