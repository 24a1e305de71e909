"""Stand-ins for what foreign data refers to by an identifier but does not bring along.

https://hl7.org/fhir/R4/http.html#trules (conditional references) and #ccreate
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from xinglin.fhir import definitions

from .institution import TEST_DATA

if TYPE_CHECKING:
    from collections.abc import Iterator

# Types that say nothing by existing: a stand-in patient would be a lie.
HARMLESS = ("Organization", "Practitioner", "Location", "HealthcareService", "Device")


def bundle(content: dict[str, Any]) -> dict[str, Any] | None:
    """A batch that creates each stand-in where there is nothing; None: none is wanted."""
    wanted = sorted({one for one in _references(content) if _stub(one)})
    if not wanted:
        return None
    return {
        "resourceType": "Bundle",
        "type": "batch",
        "entry": [_entry(reference) for reference in wanted],
    }


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        reference = node.get("reference")
        if isinstance(reference, str) and "?" in reference:
            yield reference
        for value in node.values():
            if isinstance(value, dict | list):
                yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def _stub(reference: str) -> dict[str, Any] | None:
    type_, _, query = reference.partition("?")
    pairs = parse_qsl(query)
    if type_ not in HARMLESS or len(pairs) != 1 or pairs[0][0] != "identifier":
        return None
    system, bar, value = pairs[0][1].partition("|")
    if not bar or not value:
        return None
    identifier = {"system": system, "value": value} if system else {"value": value}
    stub = {"resourceType": type_, "meta": {"tag": [TEST_DATA]}, "identifier": [identifier]}
    if definitions.element(type_, "name") and type_ in ("Organization", "Location"):
        stub["name"] = value
    return stub


def _entry(reference: str) -> dict[str, Any]:
    type_, _, query = reference.partition("?")
    request = {"method": "POST", "url": type_, "ifNoneExist": query}
    return {"resource": _stub(reference), "request": request}
