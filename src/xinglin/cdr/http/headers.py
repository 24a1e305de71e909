"""Request and response headers of the RESTful API: tags, dates, preferences, languages.

https://hl7.org/fhir/R4/http.html#general; RFC 9110 sections 5.6.7, 8.8.3, 12 and 13; RFC 7240.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Literal

import msgspec

from xinglin.kernel.errors import Issue, Malformed

Lang = Literal["en", "zh"]
Return = Literal["minimal", "representation", "OperationOutcome"]

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TAG = re.compile(r'\s*(?:W/)?"([^"]*)"\s*')


class Prefer(msgspec.Struct, frozen=True):
    """What the client prefers (RFC 7240), as far as FHIR gives it a meaning."""

    returns: Return = "representation"
    strict: bool = False
    asynchronous: bool = False


def etag(version: int) -> bytes:
    """The weak entity tag of a version."""
    return b'W/"%d"' % version


def http_date(at: datetime) -> bytes:
    """``Tue, 24 Nov 2026 03:32:18 GMT``; several times faster than the standard library."""
    at = at.astimezone(UTC)
    return (
        f"{_DAYS[at.weekday()]}, {at.day:02d} {_MONTHS[at.month - 1]} {at.year:04d} "
        f"{at.hour:02d}:{at.minute:02d}:{at.second:02d} GMT"
    ).encode()


def entity_tags(value: str, header: str) -> tuple[str, ...] | None:
    """The opaque tags of an ``If-Match`` or ``If-None-Match``; None stands for ``*``."""
    if value.strip() == "*":
        return None
    tags: list[str] = []
    for part in value.split(","):
        found = _TAG.fullmatch(part)
        if not found:
            raise Malformed(
                Issue(
                    "value",
                    f'{header}: "{part.strip()}" is no entity tag; send {header}: W/"3"',
                    f'{header}：“{part.strip()}”不是实体标签；请发送 {header}: W/"3"',
                    (f"http.{header}",),
                )
            )
        tags.append(found[1])
    return tuple(tags)


def modified_since(value: str | None) -> datetime | None:
    """The date of ``If-Modified-Since``; an unreadable one is ignored, as RFC 9110 13.1.3 says."""
    if not value:
        return None
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


@lru_cache(maxsize=256)
def prefer(value: str) -> Prefer:
    """The preferences; unknown ones and unknown values are ignored, as RFC 7240 section 2 says."""
    returns: Return = "representation"
    strict = asynchronous = False
    for part in re.split("[,;]", value):
        name, _, given = (piece.strip().strip('"') for piece in part.partition("="))
        match name.lower(), given:
            case "return", "minimal" | "representation" | "OperationOutcome":
                returns = given
            case "handling", "strict" | "lenient":
                strict = given == "strict"
            case "respond-async", _:
                asynchronous = True
            case _:
                pass
    return Prefer(returns, strict, asynchronous)


@lru_cache(maxsize=256)
def language(value: str) -> Lang:
    """Chinese when the caller ranks it above English, else English."""
    best: tuple[float, int, Lang] = (0.0, 0, "en")
    for rank, part in enumerate(value.split(",")):
        tag, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                try:
                    weight = float(parameter[2:])
                except ValueError:
                    weight = 0.0
        lang: Lang | None = {"zh": "zh", "en": "en", "*": "en"}.get(tag.split("-")[0])  # pyright: ignore[reportAssignmentType]
        if lang and (weight, -rank) > best[:2]:
            best = (weight, -rank, lang)
    return best[2]
