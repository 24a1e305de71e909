"""Query strings and forms, decoded strictly: what cannot be read is refused with its place.

https://hl7.org/fhir/R4/search.html#escaping is left to search; this is RFC 3986 section 2.1.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from xinglin.kernel.errors import Issue, Malformed

Pairs = list[tuple[str, str]]

_BROKEN = re.compile(rb"%(?![0-9A-Fa-f]{2})")


def _refuse(piece: bytes, place: str) -> Malformed:
    shown = piece[:80].decode("ascii", "backslashreplace")
    return Malformed(
        Issue(
            "structure",
            f'{place}: "{shown}" is not percent-encoded UTF-8 without control characters',
            f"{place}：“{shown}”不是不含控制字符的百分号编码 UTF-8",
            (place,),
        )
    )


def unquote(piece: bytes, place: str) -> str:
    """Percent-decode one piece; malformed escapes, bad UTF-8 and NUL are refused."""
    if b"%" in piece:
        if _BROKEN.search(piece):
            raise _refuse(piece, place)
        decoded = unquote_to_bytes(piece)
    else:
        decoded = piece
    try:
        text = decoded.decode()
    except UnicodeDecodeError:
        raise _refuse(piece, place) from None
    if "\x00" in text:
        raise _refuse(piece, place)
    return text


def pairs(text: bytes, place: str = "http.query") -> Pairs:
    """The name and value pairs of a query string or a form, in their order."""
    found: Pairs = []
    for part in text.split(b"&"):
        if not part:
            continue
        name, _, value = part.replace(b"+", b" ").partition(b"=")
        found.append((unquote(name, place), unquote(value, place)))
    return found
