"""The entries of a batch or transaction: what each one asks for.

https://hl7.org/fhir/R4/bundle.html#bundle-definitions, Bundle.entry.request
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from xinglin.cdr import types
from xinglin.fhir import json
from xinglin.kernel.errors import Issue, Malformed, Refusal

from . import image

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_JSON_PATCH = "application/json-patch+json"


@dataclass(slots=True)
class Entry:
    """One entry. ``path`` has the parts of its address, ``query`` what follows the ``?``."""

    index: int
    method: str
    url: str
    path: tuple[str, ...]
    query: str | None
    resource: dict[str, Any] | None
    full_url: str
    if_match: str | None
    if_none_match: str | None
    if_none_exist: str | None
    if_modified_since: str | None = None

    @property
    def place(self) -> str:
        """Its FHIRPath location."""
        return f"Bundle.entry[{self.index}]"

    @property
    def type(self) -> str:
        """The resource type in the address, "" for the system."""
        return self.path[0] if self.path else ""

    @property
    def id(self) -> str:
        """The id in the address."""
        return self.path[1] if len(self.path) > 1 else ""

    def refuse(self, en: str, zh: str, element: str = "request.url") -> Malformed:
        """A refusal at this entry."""
        return Malformed(Issue("invalid", en, zh, (f"{self.place}.{element}",)))

    def body(self) -> dict[str, Any]:
        """Its resource; refused where it has none."""
        if self.resource is None:
            raise self.refuse(
                f"{self.method} needs a resource in the entry.",
                f"{self.method} 需要在条目中给出资源。",
                "resource",
            )
        if self.method == "PUT" and self.query is None and "id" not in self.resource:
            raise image.other_id(None, self.type, self.id)
        return self.resource

    def patch(self) -> dict[str, Any] | list[Any]:
        """The patch that it carries: a Binary with a JSON Patch, or Parameters."""
        resource = self.body()
        if resource.get("resourceType") != "Binary":
            return resource
        if str(resource.get("contentType", "")).split(";")[0].strip() != _JSON_PATCH:
            raise self.refuse(
                f"A Binary in a PATCH must have contentType {_JSON_PATCH}.",
                f"PATCH 中的 Binary 的 contentType 必须为 {_JSON_PATCH}。",
                "resource.contentType",
            )
        try:
            raw = base64.b64decode(resource.get("data", ""), validate=True)
        except (binascii.Error, ValueError, TypeError):
            raise self.refuse(
                "The data of the Binary is not base64.",
                "Binary 的 data 不是 base64。",
                "resource.data",
            ) from None
        steps = json.decode(b'{"patch":' + raw + b"}").get("patch")
        if not isinstance(steps, list):
            raise self.refuse(
                "A JSON Patch is an array of operations.",
                "JSON Patch 应为操作数组。",
                "resource.data",
            )
        return steps


def parse(bundle: dict[str, Any], base: str) -> list[Entry]:
    """Read every entry; all that cannot be read is refused at once."""
    read = parse_each(bundle, base)
    issues = [issue for one in read if isinstance(one, Refusal) for issue in one.issues]
    if issues:
        raise Malformed(*issues)
    return [one for one in read if isinstance(one, Entry)]


def parse_each(bundle: dict[str, Any], base: str) -> list[Entry | Refusal]:
    """Read every entry; in the place of one that cannot be read stands its refusal."""
    read: list[Entry | Refusal] = []
    for index, raw in enumerate(bundle.get("entry", ())):
        try:
            read.append(_entry(index, raw, base))
        except Refusal as refusal:
            read.append(refusal)
    return read


def _entry(index: int, raw: dict[str, Any], base: str) -> Entry:
    request = raw.get("request", {})
    url = request.get("url", "")
    path, mark, query = url.removeprefix(base).lstrip("/").partition("?")
    entry = Entry(
        index=index,
        method=request.get("method", ""),
        url=url,
        path=tuple(unquote(part) for part in path.split("/") if part),
        query=query if mark else None,
        resource=raw.get("resource"),
        full_url=raw.get("fullUrl", ""),
        if_match=request.get("ifMatch"),
        if_none_match=request.get("ifNoneMatch"),
        if_none_exist=request.get("ifNoneExist"),
        if_modified_since=request.get("ifModifiedSince"),
    )
    if entry.method not in METHODS or "url" not in request:
        raise entry.refuse(
            "An entry needs request.url and request.method: GET, HEAD, POST, PUT, PATCH or DELETE.",
            "条目必须有 request.method（GET、HEAD、POST、PUT、PATCH 或 DELETE）与 request.url。",
            "request",
        )
    if entry.method in {"PUT", "PATCH", "DELETE"}:
        _check_target(entry)
    return entry


def _check_target(entry: Entry) -> None:
    """The address of a write is Type/id, or Type?criteria."""
    wanted = 1 if entry.query is not None else 2
    if len(entry.path) != wanted or not types.known(entry.type):
        raise entry.refuse(
            f'{entry.method} to "{entry.url}" is not possible: use Type/id, or Type?criteria.',
            f"不支持 {entry.method} “{entry.url}”：请使用 类型/id 或 类型?条件。",
        )


def located(refusal: Refusal, entry: Entry) -> Refusal:
    """The same refusal, said of this entry."""
    issues = [
        Issue(issue.code, issue.en, issue.zh, _places(issue, entry), issue.severity)
        for issue in refusal.issues
    ]
    return type(refusal)(*issues, headers=refusal.headers)


def _places(issue: Issue, entry: Entry) -> tuple[str, ...]:
    if not issue.expression:
        return (entry.place,)
    places: list[str] = []
    for place in issue.expression:
        if place.startswith("Bundle.entry["):
            places.append(place)
        elif place.startswith("http."):
            places.append(f"{entry.place}.request")
        else:
            _, dot, rest = place.partition(".")
            places.append(f"{entry.place}.resource{dot}{rest}")
    return tuple(places)
