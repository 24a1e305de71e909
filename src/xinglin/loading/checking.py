"""``xinglin validate``: files checked without a server.

https://hl7.org/fhir/R4/validation.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from xinglin.fhir import json
from xinglin.fhir.validation.full import validate_fully
from xinglin.kernel.errors import Issue, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .sources import Source


class Said(msgspec.Struct, frozen=True):
    """One issue of one resource of one file."""

    file: str
    place: str
    issue: Issue


def check(source: Source) -> Iterator[list[Said]]:
    """What is wrong with each resource of a file, one list a resource."""
    name = source.path.name
    for place, raw in _pieces(source):
        try:
            resource = json.decode(raw)
        except Refusal as refusal:
            yield [Said(name, place, issue) for issue in refusal.issues]
            continue
        yield [Said(name, place, issue) for issue in _issues(resource)]


def _pieces(source: Source) -> Iterator[tuple[str, bytes]]:
    if source.kind == "json":
        yield "", source.read()
        return
    with source.open() as stream:
        for number, line in enumerate(stream, 1):
            if line.strip():
                yield f"line {number}", line


def _issues(resource: dict[str, Any]) -> list[Issue]:
    return [one for one in validate_fully(resource) if one.severity != "information"]
