"""Content negotiation: which representation is sent, and which is read.

https://hl7.org/fhir/R4/http.html#mime-type and #parameters (``_format``, ``_pretty``).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import msgspec

from xinglin.kernel.errors import Issue, NotAcceptable, UnsupportedMedia

FHIR_JSON = b"application/fhir+json; charset=utf-8"
PLAIN_JSON = b"application/json; charset=utf-8"

_JSON = {"application/fhir+json": FHIR_JSON, "application/json+fhir": FHIR_JSON}
_PLAIN = ("application/json", "text/json", "json", "text/html", "html", "application/xhtml+xml")
_ANY = ("*/*", "application/*")
_VERSIONS = ("4.0", "4.0.1", "r4")
# Resources in forms that are not written here: not content of a Binary either.
_OTHER_FORMS = ("application/fhir+xml", "application/xml+fhir", "application/fhir+turtle", "ttl")

Kind = Literal["json", "patch", "form"]


class Media(msgspec.Struct, frozen=True):
    """A media type with its parameters, all in lower case but for the values."""

    name: str
    parameters: dict[str, str]


def parse(value: str) -> Media:
    """``application/fhir+json; fhirVersion=4.0`` and the like."""
    name, *rest = value.split(";")
    pairs = (piece.partition("=") for piece in rest)
    return Media(
        name.strip().lower(), {k.strip().lower(): v.strip().strip('"') for k, _, v in pairs}
    )


def weight(media: Media) -> float:
    """How much it is wanted, from 0 to 1."""
    try:
        return float(media.parameters.get("q", "1"))
    except ValueError:
        return 0.0


def _offer(media: Media) -> bytes | None:
    version = media.parameters.get("fhirversion", "4.0").lower()
    if version not in _VERSIONS or weight(media) <= 0:
        return None
    if media.name in _ANY:
        return FHIR_JSON
    return PLAIN_JSON if media.name in _PLAIN else _JSON.get(media.name)


def _refuse(place: str, value: str) -> NotAcceptable:
    return NotAcceptable(
        Issue(
            "not-supported",
            f'{place} "{value}": only JSON is written here; ask for application/fhir+json',
            f"{place}“{value}”：这里只提供 JSON；请使用 application/fhir+json",
            (f"http.{place}",),
        )
    )


@lru_cache(maxsize=512)
def response_type(accept: str | None, format_: str | None) -> bytes:
    """The content type to send; ``_format`` outranks ``Accept``; raises NotAcceptable."""
    if format_ is not None:
        # a plus sign in a query string is a space to those who did not escape it
        offered = _offer(parse(format_.replace("fhir json", "fhir+json").strip()))
        if offered is None:
            raise _refuse("_format", format_)
        return FHIR_JSON if format_ == "json" else offered
    if not accept or not accept.strip():
        return FHIR_JSON
    for media in _ranked(accept):
        if offered := _offer(media):
            return offered
    raise _refuse("Accept", accept)


def _ranked(accept: str) -> list[Media]:
    return sorted(map(parse, accept.split(",")), key=weight, reverse=True)


def prefers(accept: str | None, format_: str | None, content_type: str) -> bool:
    """Whether the content of a Binary is wanted by itself rather than as a resource.

    It is where a type that is no form of a resource is named, its own above all; ``*/*`` and no
    ``Accept`` at all get the resource, as for every other type.
    """
    if format_ is not None or not accept:
        return False
    own = parse(content_type).name
    for media in _ranked(accept):
        if weight(media) <= 0 or media.name in _OTHER_FORMS:
            continue
        if media.name == own and media.name != "application/fhir+json":
            return True
        if _offer(media) is not None:
            return False
        family, _, any_ = media.name.partition("/")
        if any_ != "*" or own.startswith(f"{family}/"):
            return True
    return False


def is_foreign(content_type: str | None) -> bool:
    """Whether a body is something else than a resource, in whatever form."""
    name = parse(content_type or "").name
    return "/" in name and name not in _READ["json"] and name not in _OTHER_FORMS


_READ: dict[Kind, tuple[str, ...]] = {
    "json": ("application/fhir+json", "application/json", "text/json", "application/json+fhir"),
    "patch": (
        "application/json-patch+json",
        "application/fhir+json",
        "application/json",
        "application/json+fhir",
    ),
    "form": ("application/x-www-form-urlencoded",),
}


@lru_cache(maxsize=128)
def request_type(value: str | None, kind: Kind) -> str:
    """The media type of a request body, checked against what this interaction reads."""
    media = parse(value or "")
    charset = media.parameters.get("charset", "utf-8").lower()
    version = media.parameters.get("fhirversion", "4.0").lower()
    readable = charset in ("utf-8", "utf8", "us-ascii") and version in _VERSIONS
    if media.name not in _READ[kind] or not readable:
        wanted = _READ[kind][0]
        raise UnsupportedMedia(
            Issue(
                "not-supported",
                f'Content-Type "{value or ""}" is not read here; send {wanted} in UTF-8, of R4',
                f"不接受 Content-Type“{value or ''}”；请以 UTF-8 发送 R4 的 {wanted}",
                ("http.Content-Type",),
            )
        )
    return media.name
