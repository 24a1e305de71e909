"""Sort terms: the value that a resource sorts by, and where a page begins.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/search.html#_sort: of several values the least counts
ascending, the greatest descending; without a value a resource comes last.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from xinglin.cdr.index.dates import microseconds

if TYPE_CHECKING:
    from .sql import Statement

Kind = Literal["dat", "num", "str", "id", "updated", "coding", "reference", "path"]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CASTS = {"dat": "::bigint", "num": "::numeric", "updated": "::timestamptz"}


class Term(msgspec.Struct, frozen=True):
    """One key of the order.

    ``ks`` are keys (dat, num, str) or numbers of parameters (coding, reference).
    """

    kind: Kind
    ks: tuple[int, ...] = ()
    descending: bool = False
    paths: tuple[str, ...] = ()


class Mark(msgspec.Struct, frozen=True):
    """A place in the order: the values of the terms and the number of the resource."""

    values: tuple[Any, ...]
    rid: int
    back: bool = False


def value(statement: Statement, term: Term, rid: str) -> str:
    """The SQL expression of what a resource sorts by; null where it has nothing."""
    pick = "max" if term.descending else "min"
    match term.kind:
        case "dat" | "num":
            keys = statement.keys(term.ks)
            return f"(select {pick}(lo) from {term.kind} where rid = {rid} and {keys})"
        case "str":
            return f"(select {pick}(v) from str where rid = {rid} and {statement.keys(term.ks)})"
        case "id":
            return f"(select id from resource where rid = {rid})"
        case "updated":
            return f"(select updated from resource where rid = {rid})"
        case "coding":
            return _coding(statement, term, rid)
        case "reference":
            params = statement.bind(list(term.ks), "::bigint[]")
            return (
                f"(select {pick}(lpad(t.type::text, 4, '0') || '/' || t.id) from resource r"
                " cross join lateral unnest(r.refs) f(x) join resource t on t.rid = (f.x & "
                f"2251799813685247) where r.rid = {rid} and (f.x >> 51) = any({params}))"
            )
        case "path":
            paths = statement.bind(list(term.paths), "::text[]")
            return (
                f"(select {pick}(v #>> '{{}}') collate \"C\" from resource r"
                f" cross join lateral unnest({paths}) p(path) cross join lateral"
                " jsonb_path_query(r.body::jsonb, p.path::jsonpath) v"
                f" where r.rid = {rid})"
            )


def _coding(statement: Statement, term: Term, rid: str) -> str:
    """The first code, in the order of the dictionary, that the resource has."""
    params = statement.bind(list(term.ks), "::smallint[]")
    direction = "desc" if term.descending else "asc"
    return (
        f"(select c.code from coding c where c.param = any({params}) and"
        f" (select true from key where k = c.k and rid = {rid} limit 1)"
        f" order by c.code {direction} limit 1)"
    )


def order_by(terms: tuple[Term, ...], *, back: bool, walked: bool = False) -> str:
    """``order by`` over the columns s0, s1, … and rid.

    ``walked``: the rows come in the order of s0 already, and none is null. It is then written as
    the index has it, so that nothing is sorted.
    """
    parts: list[str] = []
    for i, term in enumerate(terms):
        direction = "desc" if term.descending != back else "asc"
        nulls = "" if walked and i == 0 else f" nulls {'first' if back else 'last'}"
        parts.append(f"s{i} {direction}{nulls}")
    parts.append(f"rid {'desc' if newest_first(terms) != back else 'asc'}")
    return "order by " + ", ".join(parts)


def newest_first(terms: tuple[Term, ...]) -> bool:
    """Which way equals are ordered: as the first term, newest first without one."""
    return terms[0].descending if terms else True


def after(statement: Statement, terms: tuple[Term, ...], mark: Mark) -> str:
    """The condition that a row (columns s0, s1, …, rid) comes after the mark."""
    sign = "<" if newest_first(terms) != mark.back else ">"
    text = f"rid {sign} {statement.bind(mark.rid, '::bigint')}"
    for i in reversed(range(len(terms))):
        term, known = terms[i], mark.values[i]
        if known is None:
            beyond = f"s{i} is not null" if mark.back else "false"
            text = f"({beyond} or (s{i} is null and {text}))"
            continue
        bound = statement.bind(known, CASTS.get(term.kind, "::text"))
        less = "<" if term.descending != mark.back else ">"
        beyond = f"s{i} {less} {bound}" + ("" if mark.back else f" or s{i} is null")
        text = f"({beyond} or (s{i} = {bound} and {text}))"
    return text


def plain_value(raw: object) -> Any:
    """A sort value as JSON can carry it."""
    if isinstance(raw, datetime):
        return microseconds(raw)
    return str(raw) if isinstance(raw, Decimal) else raw


def typed_value(term: Term, raw: Any) -> Any:
    """The inverse of ``plain_value``; raises ValueError for what cannot be one."""
    if raw is None:
        return None
    if term.kind in {"dat", "updated"}:
        if not isinstance(raw, int):
            raise ValueError(raw)
        return EPOCH + timedelta(microseconds=raw) if term.kind == "updated" else raw
    if not isinstance(raw, str):
        raise ValueError(raw)  # noqa: TRY004 - a cursor that does not fit, whatever its types
    return Decimal(raw) if term.kind == "num" else raw
