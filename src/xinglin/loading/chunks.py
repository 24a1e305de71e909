"""From files to requests: one bundle each, repeatable without doubling anything.

https://hl7.org/fhir/R4/http.html#transaction; https://hl7.org/fhir/R4/http.html#ccreate
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import msgspec

from xinglin.fhir import json
from xinglin.kernel.errors import Invalid, Issue, Malformed

from .sources import Source

if TYPE_CHECKING:
    from collections.abc import Iterator


LINES = 500  # resources of NDJSON in one request
_SPACE = uuid.UUID("5f0d6a52-4c1f-5b7e-9a86-3d2c1b0a9f8e")


class Chunk(msgspec.Struct):
    """One request to come. ``labels`` say which resource an entry was, for the report."""

    source: Source
    number: int
    bundle: dict[str, Any]
    labels: list[str]

    @property
    def size(self) -> int:
        """How many resources it carries."""
        return len(self.labels)


def of(source: Source, institution: str) -> Iterator[Chunk]:
    """The requests of a file; raises Malformed or Invalid for a file that cannot be read."""
    if source.kind == "ndjson":
        yield from _lines(source, institution)
        return
    content = json.decode(source.read())
    if content.get("resourceType") != "Bundle":
        yield _gathered(source, 0, [content], ["Resource"], institution)
    elif content.get("type") in ("transaction", "batch"):
        yield _bundle(source, content, institution)
    else:
        entries = [e["resource"] for e in content.get("entry", []) if "resource" in e]
        labels = [f"Bundle.entry[{n}]" for n in range(len(entries))]
        yield _gathered(source, 0, entries, labels, institution)


def _lines(source: Source, institution: str) -> Iterator[Chunk]:
    resources: list[dict[str, Any]] = []
    labels: list[str] = []
    number = 0
    with source.open() as stream:
        for line, raw in enumerate(stream, 1):
            if not raw.strip():
                continue
            resources.append(_line(raw, line))
            labels.append(f"line {line}")
            if len(resources) == LINES:
                yield _gathered(source, number, resources, labels, institution)
                number += 1
                resources, labels = [], []
    if resources:
        yield _gathered(source, number, resources, labels, institution)


def _line(raw: bytes, line: int) -> dict[str, Any]:
    try:
        return json.decode(raw)
    except Malformed as refusal:
        raise Malformed(
            *(
                Issue(i.code, f"Line {line}: {i.en}", f"第 {line} 行：{i.zh}", i.expression)
                for i in refusal.issues
            )
        ) from None


def _gathered(
    source: Source, number: int, resources: list[dict[str, Any]], labels: list[str], whose: str
) -> Chunk:
    """Resources with an id are put, those without are created once under a derived id."""
    entries: list[dict[str, Any]] = []
    for n, resource in enumerate(resources):
        type_ = resource.get("resourceType")
        if not isinstance(type_, str):
            raise Invalid(
                Issue(
                    "structure", f"{labels[n]} has no resourceType", f"{labels[n]} 缺 resourceType"
                )
            )
        id_ = resource.get("id") or _derived(whose, f"{source.key}#{number}.{n}")
        resource["id"] = id_
        entries.append(
            {"resource": resource, "request": {"method": "PUT", "url": f"{type_}/{id_}"}}
        )
    return Chunk(
        source,
        number,
        {"resourceType": "Bundle", "type": "transaction", "entry": entries},
        labels,
    )


def _bundle(source: Source, bundle: dict[str, Any], whose: str) -> Chunk:
    """A transaction as it is, but that plain creates become puts under an id derived once.

    Sent again after a broken connection, it then changes nothing instead of doubling everything.
    """
    entries: list[dict[str, Any]] = bundle.get("entry", [])
    for entry in entries:
        request = entry.get("request", {})
        resource = entry.get("resource")
        if request.get("method") != "POST" or "ifNoneExist" in request or not resource:
            continue
        full: str = entry.get("fullUrl", "")
        if full.startswith("urn:uuid:") and "/" not in request.get("url", "/"):
            id_ = _derived(whose, full)
            resource["id"] = id_
            entry["request"] = {"method": "PUT", "url": f"{resource.get('resourceType')}/{id_}"}
    labels = [f"Bundle.entry[{n}]" for n in range(len(entries))]
    return Chunk(source, 0, bundle, labels)


def _derived(institution: str, name: str) -> str:
    return str(uuid.uuid5(_SPACE, f"{institution}\n{name}"))
