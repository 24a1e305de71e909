"""Search parameters of a site: a SearchParameter resource made into rows of the registry.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/searchparameter.html.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, cast

from xinglin.fhir import definitions, path
from xinglin.fhir.search.parameters import Component, Kind, SearchParam, SearchParameters
from xinglin.fhir.search.paths import Branch, Unsupported, compile_expression, string_leaves
from xinglin.kernel.errors import Invalid, Issue

if TYPE_CHECKING:
    from collections.abc import Iterable

KINDS: Final = frozenset(
    ("number", "date", "string", "token", "reference", "composite", "quantity", "uri")
)
FIRST_BIT: Final = 62
_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_\-]{0,63}", re.ASCII)
_FORMS: Final = {
    **dict.fromkeys(("CodeableConcept", "Coding", "code", "boolean"), "coding"),
    "Identifier": "identifier",
    "ContactPoint": "contact",
}


def elements(type_name: str, name: str) -> list[tuple[str, str, bool]]:
    """What ``compile_expression`` asks of the element types."""
    found = definitions.element(type_name, name)
    if found is None:
        return []
    return [(prop, kind, found.repeats) for prop, kind in found.properties()]


def types_of(resource: dict[str, Any]) -> tuple[str, ...]:
    """The types that a SearchParameter is for; the abstract ones stand for all."""
    bases: list[str] = resource.get("base", [])
    if {"Resource", "DomainResource"} & set(bases):
        return definitions.resource_types()
    return tuple(sorted(set(bases)))


def check(resource: dict[str, Any]) -> None:
    """Refuse a SearchParameter that cannot work here; all reasons at once."""
    issues = list(_issues(resource))
    if issues:
        raise Invalid(*issues)


def _issues(resource: dict[str, Any]) -> Iterable[Issue]:
    code, kind = resource.get("code", ""), resource.get("type", "")
    if not _CODE.fullmatch(code):
        yield _issue(
            "code",
            f"'{code}' cannot be a parameter name: use letters, digits, '-' and '_'.",
            f"“{code}”不能作为参数名：请用字母、数字、“-”和“_”。",
        )
    if kind not in KINDS:
        yield _issue(
            "type",
            f"Parameters of type '{kind}' cannot be added; use one of {', '.join(sorted(KINDS))}.",
            f"不能添加类型为“{kind}”的参数；可用 {'、'.join(sorted(KINDS))}。",
        )
    for base in types_of(resource):
        if not definitions.is_resource_type(base):
            yield _issue("base", f"'{base}' is no resource type.", f"“{base}”不是资源类型。")
    try:
        path.compile(resource.get("expression") or "'")
    except path.PathError as error:
        yield _issue(
            "expression",
            f"The expression cannot be read: {error}. Give a FHIRPath expression.",
            f"表达式无法解析：{error}。请给出 FHIRPath 表达式。",
        )


def _issue(element: str, en: str, zh: str) -> Issue:
    return Issue("invalid", en, zh, (f"SearchParameter.{element}",))


def make(
    resource: dict[str, Any], type_: str, number: int, bit: int, known: SearchParameters
) -> SearchParam:
    """The parameter for one of its types. ``known`` are those its components may name.

    Where its expression is within the subset, its paths are compiled; otherwise ``paths`` is empty
    and the FHIRPath engine evaluates it.
    """
    kind = cast("Kind", resource["type"])
    try:
        branches = compile_expression(resource["expression"], type_, elements)
    except Unsupported:
        branches = []
    if kind == "string":
        branches = [leaf for one in branches for leaf in string_leaves(one, resource["code"])]
    components = _components(resource, type_, branches, known) if kind == "composite" else ()
    paths = tuple(str(branch) for branch in branches)
    types = {branch.type for branch in branches}
    return SearchParam(
        id=number,
        type=type_,
        code=resource["code"],
        kind=kind,
        url=resource.get("url", ""),
        expression=resource["expression"],
        bit=bit,
        paths=paths,
        own=paths,
        sources=(number,),
        targets=tuple(sorted(resource.get("target", ()))),
        components=components,
        forms=_forms(types) if kind == "token" else (),
        custom=True,
    )


def _forms(types: set[str]) -> tuple[str, ...]:
    if not types:
        return ("coding", "contact", "identifier", "plain")
    return tuple(sorted({_FORMS.get(name, "plain") for name in types}))


def _components(
    resource: dict[str, Any], type_: str, bases: list[Branch], known: SearchParameters
) -> tuple[Component, ...]:
    by_url = {param.url: param for param in known.for_type(type_).values()}
    found: list[Component] = []
    for component in resource.get("component", ()):
        param = by_url.get(component["definition"])
        if param is None or param.kind == "composite":
            raise Invalid(
                _issue(
                    "component",
                    f"{component['definition']} is no parameter of {type_}; add that one first.",
                    f"{component['definition']} 不是 {type_} 的参数；请先添加它。",
                )
            )
        found.append(Component(param.code, param.kind, _component_paths(component, bases)))
    if len(found) != 2 or found[0].kind != "token" or not all(one.paths for one in found):
        raise Invalid(
            _issue(
                "component",
                "A composite needs two components with simple paths, the first of type token.",
                "组合参数需要两个路径简单的组成部分，第一个类型须为 token。",
            )
        )
    return tuple(found)


def _component_paths(component: dict[str, Any], bases: list[Branch]) -> tuple[str, ...]:
    paths: dict[str, None] = {}
    for base in bases:
        try:
            for branch in compile_expression(component["expression"], base.type, elements):
                paths[str(branch)] = None
        except Unsupported:
            return ()
    return tuple(paths)
