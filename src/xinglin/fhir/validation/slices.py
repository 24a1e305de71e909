"""Slices of a profile: to which slice a value belongs, by the discriminators.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/profiling.html#discriminator.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from xinglin.fhir.validation import references
from xinglin.fhir.validation.profile_tree import (
    Rule,
    Value,
    extension_url,
    follow,
    rules_at,
    steps,
)

Judge = Callable[[Value, str], bool]
"""Whether a value conforms to a profile, or is in a value set, named by its address."""


def discriminators(rule: Rule) -> list[tuple[str, str]]:
    """The (type, path) pairs by which the slices of an element are told apart."""
    given = rule.definition.get("slicing", {}).get("discriminator", [])
    found = [(str(d.get("type")), str(d.get("path"))) for d in given]
    if not found and rule.name in ("extension", "modifierExtension"):
        return [("value", "url")]
    if not found and str(rule.definition.get("path", "")).endswith("[x]"):
        return [("type", "$this")]
    return found


def belongs(
    rule: Rule, value: Value, by: list[tuple[str, str]], conforms: Judge, member: Judge
) -> bool:
    """Whether a value is of the slice that this rule describes."""
    return bool(by) and all(_one(rule, value, kind, path, conforms, member) for kind, path in by)


def _one(  # noqa: PLR0917 - one discriminator with all that may be asked of it
    rule: Rule, value: Value, kind: str, path: str, conforms: Judge, member: Judge
) -> bool:
    way = steps(path)
    found = follow(value, way)
    ends = [r for r, rest in rules_at(rule, way) if not rest]
    if kind == "exists":
        return bool(found) == any(r.least > 0 for r in ends)
    if kind == "type":
        return _type(found, ends, path)
    if kind == "profile":
        profiles = [p for r in ends for t in r.types for p in t.get("profile", ())]
        return any(conforms(v, str(p)) for v in found for p in profiles)
    if way == ["url"] and (url := extension_url(rule)):
        return any(v.json == url for v in found)
    return _value(rule, value, way, found, member)


def _type(found: list[Value], ends: list[Rule], path: str) -> bool:
    if path.endswith("resolve()"):
        wanted = {
            str(p).rpartition("/")[2]
            for r in ends
            for t in r.types
            for p in t.get("targetProfile", ())
        }
        return any(_target(v.json) in wanted for v in found)
    codes = {t.get("code") for r in ends for t in r.types}
    return any(v.code in codes for v in found)


def _target(reference: Any) -> str:
    text = reference.get("reference") if isinstance(reference, dict) else None
    return references.read(text)[1] if isinstance(text, str) else ""


def _value(rule: Rule, value: Value, way: list[str], found: list[Value], member: Judge) -> bool:
    for current, rest in rules_at(rule, way):
        walked = way[: len(way) - len(rest)]
        for expected in current.expected("fixed"):
            if not rest and any(same(v.json, expected) for v in found):
                return True
        for expected in (*current.expected("pattern"), *current.expected("fixed")):
            part = _inside(expected, rest)
            if part and any(has(v.json, part[0]) for v in follow(value, walked)):
                return True
        binding = current.definition.get("binding", {})
        if not rest and binding.get("strength") == "required" and "valueSet" in binding:
            return any(member(v, str(binding["valueSet"])) for v in found)
    return False


def _inside(pattern: Any, rest: list[str]) -> tuple[Any, ...]:
    """The pattern cut down to what lies on the rest of the path; empty when nothing does."""
    if not rest:
        return (pattern,)
    if isinstance(pattern, list):
        parts = [part for item in pattern for part in _inside(item, rest)]
        return (parts,) if parts else ()
    if isinstance(pattern, dict) and rest[0] in pattern:
        part = _inside(pattern[rest[0]], rest[1:])
        return ({rest[0]: part[0]},) if part else ()
    return ()


def same(value: Any, expected: Any) -> bool:
    """Equal in all parts, as fixed[x] asks; a boolean is no number."""
    if isinstance(expected, dict):
        return (
            isinstance(value, dict)
            and value.keys() == expected.keys()
            and all(same(value[k], expected[k]) for k in expected)
        )
    if isinstance(expected, list):
        return (
            isinstance(value, list)
            and len(value) == len(expected)
            and all(map(same, value, expected))
        )
    return isinstance(value, bool) == isinstance(expected, bool) and value == expected


def has(value: Any, pattern: Any) -> bool:
    """Has at least what the pattern has, as pattern[x] asks; arrays in any order."""
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(
            key in value and has(value[key], part) for key, part in pattern.items()
        )
    if isinstance(pattern, list):
        return isinstance(value, list) and all(
            any(has(item, part) for item in value) for part in pattern
        )
    return same(value, pattern)
