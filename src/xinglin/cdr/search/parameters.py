"""Reads the parameters of one search into a typed query.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/search.html; unknown ones: #errors (handling).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xinglin.kernel.errors import Issue, Malformed

from . import control, names, textfilter
from .values import check_text, plain, refuse, split

if TYPE_CHECKING:
    from xinglin.fhir.search import SearchParameters

    from .query import Expr, Query
    from .request import Pairs, SearchRequest

NEUTRAL = frozenset(("_format", "_pretty"))


def read(registry: SearchParameters, request: SearchRequest) -> Query:
    """The query of ``request``. Raises Malformed with the place of every bad parameter."""
    types = _types(registry, request)
    where: dict[str, list[Expr]] = {type_: [] for type_ in types}
    settings = control.Settings(registry, types)
    kept: list[tuple[str, str]] = []
    ignored: list[Issue] = []
    for name, text in request.query:
        check_text(name, text)
        if name in NEUTRAL:
            continue
        try:
            if name != "_type" and not settings.take(name, text):
                _criterion(registry, where, name, text)
        except names.Unknown as error:
            ignored.append(error.issue)
            continue
        kept.append((name, text))
    if ignored and request.strict:
        raise Malformed(*(_stricter(issue) for issue in ignored))
    return settings.query(
        where={type_: tuple(parts) for type_, parts in where.items()},
        everything=len(types) == len(registry.types),
        kept=tuple(kept),
        ignored=tuple(ignored),
    )


def criteria(registry: SearchParameters, type_: str, query: Pairs) -> tuple[Expr, ...]:
    """The criteria of a conditional interaction: only what selects; anything else is refused."""
    found: list[Expr] = []
    for name, text in query:
        check_text(name, text)
        if name in NEUTRAL:
            continue
        if name.partition(":")[0] in control.NAMES:
            raise refuse(
                name,
                f"'{name}' does not select; leave it out of the criteria.",
                f"“{name}”不用于筛选；请从条件中去掉。",
            )
        try:
            found.append(_expression(registry, type_, name, text))
        except names.Unknown as error:
            raise Malformed(_stricter(error.issue)) from error
    return tuple(found)


def _criterion(
    registry: SearchParameters, where: dict[str, list[Expr]], name: str, text: str
) -> None:
    found = {type_: _expression(registry, type_, name, text) for type_ in where}
    for type_, expression in found.items():
        where[type_].append(expression)


def _expression(registry: SearchParameters, type_: str, name: str, text: str) -> Expr:
    if name.partition(":")[0] == "_query":
        raise refuse(
            name,
            "Named queries are not kept here; write the search with parameters or '_filter'.",
            "不支持命名查询；请用检索参数或“_filter”。",
            "not-supported",
        )
    if name == "_filter":
        return textfilter.parse(registry, type_, text)
    return names.parse(registry, type_, name, text)


def _types(registry: SearchParameters, request: SearchRequest) -> tuple[str, ...]:
    if request.type is not None and request.type != "*":
        return (request.type,)
    known = registry.types
    chosen = [text for name, text in request.query if name == "_type"]
    if not chosen:
        return known
    wanted = {plain(one) for text in chosen for one in split(text, ",")}
    strange = sorted(wanted.difference(known))
    if strange:
        raise refuse(
            "_type",
            f"'{strange[0]}' is no resource type; use names such as Patient.",
            f"“{strange[0]}”不是资源类型；请用如 Patient 的名称。",
        )
    return tuple(sorted(wanted))


def _stricter(issue: Issue) -> Issue:
    return Issue(issue.code, issue.en, issue.zh, issue.expression)
