"""How good the entries of a catalogue are: rules as data, a score for each, and who fails.

stewardship/data/quality.toml; https://hl7.org/fhir/fhirpath.html
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from xinglin.cdr.interactions.replying import Style
from xinglin.fhir import json, path

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from xinglin.cdr.access import Access
    from xinglin.cdr.repository import Repository

Json = dict[str, Any]
_PAGE: Final = 200
_SHOWN: Final = 100


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule; ``path`` holds for a good entry."""

    type: str
    code: str
    zh: str
    en: str
    path: str


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rule: tuple[Rule, ...]


@cache
def rules(type_: str) -> tuple[Rule, ...]:
    """The rules of a type."""
    text = (Path(__file__).parent / "data" / "quality.toml").read_text(encoding="utf-8")
    return tuple(
        one for one in msgspec.convert(tomllib.loads(text), _File).rule if one.type == type_
    )


async def report(repository: Repository, access: Access, type_: str) -> Json:
    """Parameters: for each rule its score (0 to 1), how many, and the first hundred that fail."""
    wanted = rules(type_)
    compiled = [path.compile(one.path) for one in wanted]
    failing: list[list[str]] = [[] for _ in wanted]
    total = 0
    async for entry in _entries(repository, access, type_):
        total += 1
        for rule, list_ in zip(compiled, failing, strict=True):
            if not rule.evaluate_bool(entry):
                list_.append(f"{type_}/{entry['id']}")
    parameter: list[Json] = [{"name": "total", "valueInteger": total}]
    for rule, list_ in zip(wanted, failing, strict=True):
        score = 1 - len(list_) / total if total else 1
        part: list[Json] = [
            {"name": "code", "valueCode": rule.code},
            {"name": "zh", "valueString": rule.zh},
            {"name": "en", "valueString": rule.en},
            {"name": "score", "valueDecimal": json.FhirDecimal(f"{score:.4f}")},
            {"name": "failing", "valueInteger": len(list_)},
        ]
        part += [{"name": "entry", "valueReference": {"reference": one}} for one in list_[:_SHOWN]]
        parameter.append({"name": "rule", "part": part})
    return {"resourceType": "Parameters", "parameter": parameter}


async def _entries(repository: Repository, access: Access, type_: str) -> AsyncIterator[Json]:
    """Every entry the caller may see, page by page."""
    ctx = repository.context
    assert ctx.search is not None  # noqa: S101  the assembly has search
    query = f"_count={_PAGE}"
    while query:
        found = await ctx.search(ctx.db, access, (type_,), query, Style(""))
        page = json.decode(found.body)
        for one in page.get("entry", []):
            yield one["resource"]
        link = next((one["url"] for one in page["link"] if one["relation"] == "next"), "")
        query = link.partition("?")[2]
