"""``_summary`` and ``_elements`` of one resource, outside a search.

https://hl7.org/fhir/R4/http.html#parameters, https://hl7.org/fhir/R4/search.html#summary
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xinglin.fhir.search import search_parameters

from .control import Settings
from .results import Entry
from .values import refuse
from .views import part

if TYPE_CHECKING:
    from collections.abc import Iterable


def shorten(type_: str, body: bytes, pairs: Iterable[tuple[str, str]]) -> bytes:
    """The parts of a stored body that were asked for; raises Malformed."""
    settings = Settings(search_parameters(), (type_,))
    for name, text in pairs:
        if name in {"_summary", "_elements"}:
            settings.take(name, text)
    query = settings.query(where={})
    if query.summary == "count":
        raise refuse(
            "_summary",
            "'_summary=count' counts the matches of a search; a resource has true, text or data.",
            "“_summary=count”用于统计检索结果；单个资源可用 true、text 或 data。",
        )
    return part(query, Entry(0, type_, "", body, []), match=True) if body else body
