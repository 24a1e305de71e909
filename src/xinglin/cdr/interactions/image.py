"""The image of a resource that is stored: the exact bytes that will be sent.

https://hl7.org/fhir/R4/resource.html#Meta; numbers keep their lexical form.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from xinglin.cdr import types
from xinglin.fhir import validation
from xinglin.kernel.errors import Invalid, Issue, Malformed, NotFound

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_SERVER_OWNED = ("versionId", "lastUpdated", "_versionId", "_lastUpdated")


@lru_cache(maxsize=64)
def instant(at: datetime) -> str:
    """A FHIR instant in UTC with milliseconds."""
    # strftime looks at the machine's time zone each time, which costs more than a read.
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def stamp(resource: dict[str, Any], id_: str, version: int, at: datetime) -> dict[str, Any]:
    """The resource with its id and its server-owned meta; the client's other meta is kept."""
    meta: dict[str, Any] = {"versionId": str(version), "lastUpdated": instant(at)}
    if "meta" in resource:
        kept = resource["meta"].items()
        meta |= {name: value for name, value in kept if name not in _SERVER_OWNED}
    head = {"resourceType": resource["resourceType"], "id": id_, "meta": meta}
    return {**head, **resource, **head}


def check_type(type_: str) -> None:
    """Refuse what is no resource type."""
    if not types.known(type_):
        raise NotFound(
            Issue(
                "not-found",
                f'There is no resource type "{type_}" in FHIR R4; see /fhir/metadata.',
                f"FHIR R4 中没有资源类型“{type_}”；请查看 /fhir/metadata。",
            )
        )


def is_id(id_: str) -> bool:
    """Whether FHIR allows it as an id."""
    return _ID.fullmatch(id_) is not None


def check_id(id_: str) -> None:
    """Refuse an id that FHIR does not allow."""
    if not is_id(id_):
        raise Malformed(
            Issue(
                "value",
                f'"{id_[:80]}" is no FHIR id: use 1 to 64 letters, digits, "-" and ".".',
                f"“{id_[:80]}”不是合法的 FHIR id：请用 1 至 64 个字母、数字、“-”或“.”。",
                ("Resource.id",),
            )
        )


def check(resource: dict[str, Any], type_: str, id_: str | None = None) -> None:
    """Refuse a body of another type or id, or one that breaks a rule; all issues at once."""
    check_head(resource, type_, id_)
    validated(resource)


def check_head(resource: dict[str, Any], type_: str, id_: str | None = None) -> None:
    """Refuse a body of another type or id than the address."""
    if resource.get("resourceType") != type_:
        raise Malformed(
            Issue(
                "structure",
                f"The body is a {resource.get('resourceType')!r}; the address is of {type_}.",
                f"请求体的类型是 {resource.get('resourceType')!r}，而地址是 {type_}。",
                ("Resource.resourceType",),
            )
        )
    if id_ is not None and resource.get("id", id_) != id_:
        raise other_id(resource["id"], type_, id_)


def other_id(given: Any, type_: str, id_: str) -> Malformed:
    """R4, #update: refused with 400 if "no id element is provided, or the id disagrees"."""
    en = "no id" if given is None else f'the id "{given}"'
    zh = "没有 id" if given is None else f"的 id 是“{given}”"
    return Malformed(
        Issue(
            "invalid",
            f'The body has {en}; it must be the id of the address, "{id_}".',
            f"请求体{zh}，必须与地址中的“{id_}”相同。",
            (f"{type_}.id",),
        )
    )


def validated(resource: dict[str, Any]) -> None:
    """Refuse a resource that breaks a rule; all issues at once."""
    issues = validation.validate(resource)
    if any(issue.severity in {"error", "fatal"} for issue in issues):
        raise Invalid(*issues)
