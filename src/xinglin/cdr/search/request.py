"""What a search is asked, and what it answers.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/http.html#search.
"""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import unquote_to_bytes

import msgspec

from xinglin.kernel.errors import Issue, Malformed

Pairs = tuple[tuple[str, str], ...]
MAX_PARAMETERS = 200


class SearchRequest(msgspec.Struct, frozen=True):
    """One search. ``query`` is decoded, in the order sent, URL and form together.

    ``type`` is None at system level; ``types`` narrows it (several types, or none given: all).
    ``compartment`` is (type, id). ``base`` is the address of the FHIR endpoint without a slash
    at its end; ``now`` anchors the prefix ``ap``.
    """

    type: str | None
    query: Pairs = ()
    compartment: tuple[str, str] | None = None
    base: str = "/fhir"
    strict: bool = False
    lang: str = "en"
    now: datetime = msgspec.field(default_factory=lambda: datetime.now(UTC))


def pairs(*sources: str | bytes) -> Pairs:
    """The decoded name and value pairs of query strings and urlencoded forms, in order."""
    found: list[tuple[str, str]] = []
    for source in sources:
        raw = source.encode() if isinstance(source, str) else source
        for part in raw.split(b"&"):
            if part:
                name, _, value = part.partition(b"=")
                found.append((_decode(name), _decode(value)))
    if len(found) > MAX_PARAMETERS:
        raise Malformed(
            Issue(
                "too-long",
                f"The search has {len(found)} parameters; send at most {MAX_PARAMETERS}.",
                f"检索有 {len(found)} 个参数，最多 {MAX_PARAMETERS} 个。",
            )
        )
    return tuple(found)


def _decode(raw: bytes) -> str:
    try:
        return unquote_to_bytes(raw.replace(b"+", b" ")).decode()
    except UnicodeDecodeError as error:
        shown = raw[:40].decode("latin-1")
        raise Malformed(
            Issue(
                "value",
                f"'{shown}' is not percent-encoded UTF-8; encode the query in UTF-8.",
                f"“{shown}”不是按 UTF-8 的百分号编码；请用 UTF-8 编码查询。",
            )
        ) from error
