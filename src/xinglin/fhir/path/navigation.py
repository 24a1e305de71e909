"""Navigation: from items to their elements, and the special names.

FHIRPath N1 (2.0.0) §3 (navigation model); FHIR R4 §2.1.10 for type names at the start of a path.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xinglin.fhir.path.node import Node, plain
from xinglin.fhir.path.singleton import EMPTY

if TYPE_CHECKING:
    from collections.abc import Callable

    from xinglin.fhir.path.environment import Env
    from xinglin.fhir.path.model import Element, TypeDef

    Run = Callable[[Env], list[Any]]
    Test = Callable[[Env], bool]


def special(name: str) -> Run:
    """Compile $this, $index or $total."""
    match name:
        case "$this":
            return lambda env: env.this
        case "$index":
            return lambda env: EMPTY if env.index is None else [env.index]
        case _:
            return lambda env: env.total


def step(name: str) -> Callable[[list[Any]], list[Any]]:
    """Return the function that collects one element from each item of a collection."""
    cache: dict[TypeDef, Element | None] = {}

    def collect(items: list[Any]) -> list[Any]:
        out: list[Any] = []
        for item in items:
            if item.__class__ is not Node:
                _system_member(item, name, out)
                continue
            type_ = item.type
            try:
                element = cache[type_]
            except KeyError:
                element = cache[type_] = type_.element(name)
            if element is None:
                continue
            if item.value.__class__ is dict:
                element.collect(item, out)
            elif type_.system and item.shadow.__class__ is dict:
                element.collect(
                    Node(item.shadow, type_, None, item.parent, item.key, item.index), out
                )
        return out

    return collect


def _system_member(item: Any, name: str, out: list[Any]) -> None:
    value = plain(item)
    if value.__class__ is dict and name in value:
        out.append(value[name])


def member(target: Run, name: str) -> Run:
    """Compile an element of the target."""
    collect = step(name)
    return lambda env: collect(target(env))


def root_member(name: str) -> Run:
    """Compile the first name of a path: an element of $this, or the type of $this itself."""
    collect = step(name)
    if not name[:1].isupper():
        return lambda env: collect(env.this)

    def type_or_member(env: Env) -> list[Any]:
        this = env.this
        same = [i for i in this if i.__class__ is Node and name in i.type.ancestors]
        return same or collect(this)

    return type_or_member


def presence(target: Run, name: str) -> Test:
    """Compile whether the target has an element: exists() and empty() need no more than that."""
    cache: dict[TypeDef, Element | None] = {}
    collect = step(name)

    def present(env: Env) -> bool:
        for item in target(env):
            if item.__class__ is not Node or item.value.__class__ is not dict:
                if collect([item]):
                    return True
                continue
            type_ = item.type
            try:
                element = cache[type_]
            except KeyError:
                element = cache[type_] = type_.element(name)
            if element is not None and element.present(item.value):
                return True
        return False

    return present
