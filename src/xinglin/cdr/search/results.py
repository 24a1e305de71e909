"""Assembles a searchset Bundle from stored bytes; nothing is parsed that goes out whole.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/bundle.html#searchset.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from xinglin.kernel.errors import Issue

    from .request import Pairs

_json = msgspec.json.encode


class Entry(msgspec.Struct, frozen=True):
    """One resource of a page, as the database gave it."""

    rid: int
    type: str
    id: str
    body: bytes
    refs: list[int]
    patient: int | None = None
    several: list[int] | None = None
    values: tuple[Any, ...] = ()


class SearchResult(msgspec.Struct, frozen=True):
    """The Bundle as bytes; ``total`` None: it was not asked for.

    ``matches`` without includes; ``patients``: rids of those whose data is in it, includes too.
    """

    body: bytes
    total: int | None = None
    matches: int = 0
    patients: tuple[int, ...] = ()


def patients(*found: Iterable[Entry]) -> tuple[int, ...]:
    """Whose data these are."""
    rids: set[int] = set()
    for entries in found:
        for entry in entries:
            if entry.several is not None:
                rids.update(entry.several)
            elif entry.patient is not None:
                rids.add(entry.patient)
    return tuple(sorted(rids))


def address(base: str, path: str, pairs: Pairs) -> str:
    """The URL of a search."""
    query = "&".join(
        f"{quote(name, safe=':_-.')}={quote(text, safe=':_-.,/$')}" for name, text in pairs
    )
    return f"{base}{path}?{query}" if query else f"{base}{path}"


def bundle(
    base: str,
    links: Sequence[tuple[str, str]],
    matches: Iterable[Entry],
    included: Iterable[Entry] = (),
    *,
    total: int | None = None,
    outcome: bytes = b"",
    shorten: Callable[[Entry, bool], bytes] | None = None,
) -> bytes:
    """The Bundle. ``shorten`` gives the body of an entry (and whether it is a match)."""
    parts: list[bytes] = []
    for mode, entries in ((b"match", matches), (b"include", included)):
        end = b',"search":{"mode":"' + mode + b'"}}'
        for entry in entries:
            body = entry.body if shorten is None else shorten(entry, mode == b"match")
            url = _json(f"{base}/{entry.type}/{entry.id}")
            parts.append(b'{"fullUrl":' + url + b',"resource":' + body + end)
    if outcome:
        parts.append(b'{"resource":' + outcome + b',"search":{"mode":"outcome"}}')
    head = b'{"resourceType":"Bundle","type":"searchset"'
    if total is not None:
        head += b',"total":%d' % total
    head += b',"link":' + _json([{"relation": name, "url": url} for name, url in links])
    return head + (b',"entry":[' + b",".join(parts) + b"]}" if parts else b"}")


def outcome(issues: Iterable[Issue], lang: str) -> bytes:
    """The OperationOutcome that tells what was left out of the search."""
    told = [
        {
            "severity": issue.severity,
            "code": issue.code,
            "details": {"text": issue.zh if lang.startswith("zh") else issue.en},
            **({"expression": list(issue.expression)} if issue.expression else {}),
        }
        for issue in issues
    ]
    return _json({"resourceType": "OperationOutcome", "issue": told}) if told else b""
