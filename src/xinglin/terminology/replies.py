"""Answers of the terminology operations as FHIR resources.

https://hl7.org/fhir/R4/codesystem-operations.html; https://hl7.org/fhir/R4/valueset-operations.html
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from .model import CodeSystem, Concept, Expansion, Match, Validity

Resource = dict[str, Any]


def _parameter(name: str, kind: str, value: Any) -> Resource:
    return {"name": name, kind: value}


def _parts(name: str, *parts: Resource) -> Resource:
    return {"name": name, "part": list(parts)}


def _parameters(parameters: list[Resource]) -> Resource:
    return {"resourceType": "Parameters", "parameter": parameters}


def validity(answer: Validity, lang: str) -> Resource:
    """$validate-code."""
    found = [_parameter("result", "valueBoolean", answer.result)]
    message = answer.message_zh if lang == "zh" else answer.message_en
    if message:
        found.append(_parameter("message", "valueString", message))
    if answer.display:
        found.append(_parameter("display", "valueString", answer.display))
    return _parameters(found)


def lookup(
    system: CodeSystem, concept: Concept, children: list[str], wanted: list[str], language: str
) -> Resource:
    """$lookup; ``wanted`` names properties, empty for all."""
    display = next(
        (value for lang, _, value in concept.designations if language and lang == language),
        concept.display,
    )
    found = [_parameter("name", "valueString", system.title or system.name or system.url)]
    if system.version:
        found.append(_parameter("version", "valueString", system.version))
    found.append(_parameter("display", "valueString", display or concept.code))
    if not wanted or "designation" in wanted:
        found += [_designation(*one) for one in concept.designations]
    properties: list[tuple[str, str, Any]] = []
    if concept.definition:
        properties.append(("definition", "valueString", concept.definition))
    properties += [("parent", "valueCode", parent) for parent in concept.parents]
    properties += [("child", "valueCode", child) for child in children]
    if concept.inactive:
        properties.append(("inactive", "valueBoolean", True))
    known = {name for name, _, _ in properties}
    properties += [
        (name, kind, _value(kind, value))
        for name, kind, value in concept.properties
        if name not in known
    ]
    found += [
        _parts("property", _parameter("code", "valueCode", name), _parameter("value", kind, value))
        for name, kind, value in properties
        if not wanted or name in wanted
    ]
    return _parameters(found)


def _value(kind: str, value: str) -> Any:
    if kind == "valueBoolean":
        return value == "true"
    return int(value) if kind == "valueInteger" else value


def _designation(language: str, use: str, value: str) -> Resource:
    parts = []
    if language:
        parts.append(_parameter("language", "valueCode", language))
    if use:
        parts.append(_parameter("use", "valueCoding", {"code": use}))
    return _parts("designation", *parts, _parameter("value", "valueString", value))


def subsumption(outcome: str) -> Resource:
    """$subsumes."""
    return _parameters([_parameter("outcome", "valueCode", outcome)])


def translation(matches: list[Match], lang: str) -> Resource:
    """$translate; unmatched and disjoint entries are given, but are no result."""
    result = any(match.equivalence not in ("unmatched", "disjoint") for match in matches)
    found = [_parameter("result", "valueBoolean", result)]
    if not matches:
        text = "没有可用的映射" if lang == "zh" else "No mapping here covers this code"
        found.append(_parameter("message", "valueString", text))
    for match in matches:
        coding = {"system": match.system, "code": match.code, "display": match.display}
        found.append(
            _parts(
                "match",
                _parameter("equivalence", "valueCode", match.equivalence),
                _parameter("concept", "valueCoding", {k: v for k, v in coding.items() if v}),
                _parameter("source", "valueUri", match.source),
            )
        )
    return _parameters(found)


def expansion(
    value_set: Resource, answer: Expansion, now: datetime, echoed: dict[str, Any]
) -> Resource:
    """$expand: the value set with its expansion; ``echoed`` are the parameters that shaped it."""
    parameters: list[Resource] = [
        {"name": name, _kind(value): value} for name, value in echoed.items() if value is not None
    ]
    parameters += [{"name": "version", "valueUri": used} for used in answer.used if "|" in used]
    contents: Resource = {
        "identifier": f"urn:uuid:{uuid.uuid4()}",
        "timestamp": now.isoformat(timespec="seconds"),
        "total": answer.total,
        "offset": answer.offset,
    }
    if parameters:
        contents["parameter"] = parameters
    if answer.members:
        contents["contains"] = [_contained(member) for member in answer.members]
    kept = {
        k: v
        for k, v in value_set.items()
        if k not in ("compose", "expansion", "text", "resourceType", "status")
    }
    return {
        "resourceType": "ValueSet",
        **kept,
        "status": value_set.get("status", "active"),
        "expansion": contents,
    }


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "valueBoolean"
    return "valueInteger" if isinstance(value, int) else "valueString"


def _contained(member: Any) -> Resource:
    found: Resource = {"system": member.system}
    if member.version:
        found["version"] = member.version
    if member.abstract:
        found["abstract"] = True
    if member.inactive:
        found["inactive"] = True
    found["code"] = member.code
    if member.display:
        found["display"] = member.display
    return found
