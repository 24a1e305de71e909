"""From ``_sort`` to the terms of the order.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/search.html#_sort.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xinglin.fhir.search import parse_branch

from .order import Term

if TYPE_CHECKING:
    from xinglin.cdr.index import KeySpace
    from xinglin.fhir.search import Branch, SearchParam, SearchParameters

    from .query import Query, SortKey


def terms(registry: SearchParameters, keys: KeySpace, query: Query) -> tuple[Term, ...]:
    """One term for each sort key."""
    return tuple(_term(registry, keys, key) for key in query.sort)


def _term(registry: SearchParameters, keys: KeySpace, key: SortKey) -> Term:
    first = key.params[0]
    sources = tuple(dict.fromkeys(one for param in key.params for one in param.sources))
    ks = tuple(keys.plain(one) for one in sources)
    match first.kind:
        case _ if first.code == "_id":
            return Term("id", _types(registry, key), key.descending)
        case _ if first.code == "_lastUpdated":
            return Term("updated", _types(registry, key), key.descending)
        case "date":
            return Term("dat", ks, key.descending)
        case "number" | "quantity":
            return Term("num", ks, key.descending)
        case "string":
            named = tuple(keys.sort(one.sort_source) for one in key.params if one.sort_source)
            return Term("str", named or ks, key.descending)
        case "reference":
            return Term("reference", sources, key.descending)
        case "uri":
            return Term("coding", sources, key.descending)
        case _:
            return _token(registry, key, sources)


def _types(registry: SearchParameters, key: SortKey) -> tuple[int, ...]:
    return tuple(registry.type_number(param.type) for param in key.params)


def _token(_registry: SearchParameters, key: SortKey, sources: tuple[int, ...]) -> Term:
    """By code where the dictionary has it, by the value in the body where it does not."""
    if all(param.forms == ("coding",) or not param.paths for param in key.params):
        return Term("coding", sources, key.descending)
    paths = dict.fromkeys(path for param in key.params for path in _paths(param))
    return Term("path", (), key.descending, tuple(paths))


def _paths(param: SearchParam) -> list[str]:
    return [_jsonpath(parse_branch(path)) for path in param.paths]


def _jsonpath(branch: Branch) -> str:
    """The way to what a token sorts by, for ``jsonb_path_query``."""
    steps = [step for step in branch.steps if step.name != "%"]
    path = "$" + "".join(f".{step.name}" + ("[*]" if step.many else "") for step in steps)
    end = {"CodeableConcept": ".coding[*].code", "Coding": ".code"}
    return path + end.get(
        branch.type, {"Identifier": ".value", "ContactPoint": ".value"}.get(branch.type, "")
    )
