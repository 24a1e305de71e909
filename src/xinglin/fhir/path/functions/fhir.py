"""The functions that FHIR adds: extension, hasValue, resolve, memberOf, conformsTo and others.

FHIR R4 §2.1.10.2 Additional functions, http://hl7.org/fhir/R4/fhirpath.html#functions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xinglin.fhir.path.environment import items as collection
from xinglin.fhir.path.errors import PathError
from xinglin.fhir.path.functions.html import acceptable
from xinglin.fhir.path.functions.registry import eager, predicate, string, value_of
from xinglin.fhir.path.model import type_def
from xinglin.fhir.path.navigation import step
from xinglin.fhir.path.node import Node, plain, to_system
from xinglin.fhir.path.singleton import EMPTY, boxed, single

if TYPE_CHECKING:
    from xinglin.fhir.path import syntax as s
    from xinglin.fhir.path.compiler import Compiler, Test
    from xinglin.fhir.path.environment import Env

CORE = "http://hl7.org/fhir/StructureDefinition/"

_extensions = step("extension")
_modifiers = step("modifierExtension")


@eager("extension", 1)
def _extension(_env: Env, items: list[Any], url: list[Any]) -> list[Any]:
    wanted = value_of(url) if url else None
    if wanted is None:
        return EMPTY
    return [e for e in _extensions(items) if e.value.get("url") == wanted]


@predicate("hasValue")
def _has_value(compiler: Compiler, call: s.Call) -> Test:
    target = compiler.target(call)

    def has_value(env: Env) -> bool:
        items = target(env)
        if len(items) != 1:
            return False
        item = items[0]
        if item.__class__ is not Node:
            return True
        return item.type.system is not None and item.value is not None

    return has_value


@eager("getValue")
def _get_value(_env: Env, items: list[Any]) -> list[Any]:
    item = single(items)
    if item.__class__ is Node and item.type.system is None:
        return EMPTY
    value = value_of(items)
    return EMPTY if value is None else [value]


@eager("resolve")
def _resolve(env: Env, items: list[Any]) -> list[Any]:
    out: list[Any] = []
    for item in items:
        reference = _reference(item)
        if reference:
            out += _inside(env, reference) or _outside(env, reference)
    return out


def _reference(item: Any) -> str | None:
    if item.__class__ is Node and item.value.__class__ is dict:
        reference = item.value.get("reference")
    else:
        reference = to_system(item)
    return reference if isinstance(reference, str) else None


def _inside(env: Env, reference: str) -> list[Any]:
    """Look in the contained resources, and in a bundle among its entries."""
    root = single(env.root[:1])
    body: Any = root.value if isinstance(root, Node) else None
    if not isinstance(body, dict):
        return []
    if reference.startswith("#"):
        if reference == "#":
            return [root]
        contained = body.get("contained") or []
        return collection([c for c in contained if c.get("id") == reference[1:]])
    if body.get("resourceType") != "Bundle":
        return []
    for entry in body.get("entry") or []:
        url, resource = entry.get("fullUrl") or "", entry.get("resource")
        if resource and (url == reference or url.endswith(f"/{reference}")):
            return collection(resource)
    return []


def _outside(env: Env, reference: str) -> list[Any]:
    if env.resolver is None or reference.startswith("#"):
        return []
    return collection(env.resolver(reference))


@eager("memberOf", 1)
def _member_of(env: Env, items: list[Any], value_set: list[Any]) -> list[Any]:
    item = single(items)
    if item is None or not value_set:
        return EMPTY
    if env.terminology is None:
        raise PathError(
            "memberOf() needs a terminology service; pass one", "memberOf() 需要术语服务，请传入"
        )
    url = string(value_of(value_set), "memberOf")
    return boxed(env.terminology.member_of(plain(item), url))


def _subsumes(env: Env, one: list[Any], other: list[Any], function: str) -> list[Any]:
    a, b = single(one), single(other)
    if a is None or b is None:
        return EMPTY
    if env.terminology is None:
        raise PathError(
            f"{function}() needs a terminology service; pass one",
            f"{function}() 需要术语服务，请传入",
        )
    return boxed(env.terminology.subsumes(plain(a), plain(b)))


@eager("subsumes", 1)
def _subsumes_(env: Env, items: list[Any], other: list[Any]) -> list[Any]:
    return _subsumes(env, items, other, "subsumes")


@eager("subsumedBy", 1)
def _subsumed_by(env: Env, items: list[Any], other: list[Any]) -> list[Any]:
    return _subsumes(env, other, items, "subsumedBy")


@eager("conformsTo", 1)
def _conforms_to(env: Env, items: list[Any], profile: list[Any]) -> list[Any]:
    item = single(items)
    if item is None or not profile:
        return EMPTY
    url = string(value_of(profile), "conformsTo")
    name = url.removeprefix(CORE)
    if name != url and type_def(name) is not None:
        return boxed(item.__class__ is Node and name in item.type.ancestors)
    found = env.conforms(plain(item), url) if env.conforms is not None else None
    if found is None:
        raise PathError(
            f"the profile {url} is not known here; load it first",
            f"此处没有配置文件 {url}，请先加载",
        )
    return boxed(found)


@eager("htmlChecks")
def _html_checks(_env: Env, items: list[Any]) -> list[Any]:
    item = single(items)
    if item is None:
        return EMPTY
    value = to_system(item)
    return boxed(isinstance(value, str) and acceptable(value))


@eager("checkModifiers", 1, 20)
def _check_modifiers(_env: Env, items: list[Any], *urls: list[Any]) -> list[Any]:
    known = {value_of(u) for u in urls}
    for extension in _modifiers(items):
        url = extension.value.get("url")
        if url not in known:
            raise PathError(
                f"the modifier extension {url} is not understood; name it in checkModifiers()",
                f"不认识修饰扩展 {url}，请在 checkModifiers() 中列出",
            )
    return items


@eager("elementDefinition")
def _element_definition(_env: Env, _items: list[Any]) -> list[Any]:
    return EMPTY


@eager("slice", 2)
def _slice(_env: Env, _items: list[Any], structure: list[Any], _name: list[Any]) -> list[Any]:
    url = value_of(structure) if structure else None
    raise PathError(
        f"slice() needs the profile {url}, which is not known here; use where() instead",
        f"slice() 需要配置文件 {url}，此处没有；请改用 where()",
    )
