"""A profile as a tree of rules: the elements of a StructureDefinition, with their slices.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/profiling.html.
"""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

from xinglin.fhir import definitions

UNBOUNDED: Final = 1 << 60

_STEPS: Final = re.compile(r"\.(?![^(]*\))")


class Rule:
    """What a profile says of one element, or of one slice of it."""

    __slots__ = ("children", "definition", "name", "slices")

    def __init__(self, name: str, definition: dict[str, Any]) -> None:
        self.name = name
        self.definition = definition
        self.children: dict[str, Rule] = {}
        self.slices: dict[str, Rule] = {}

    @property
    def least(self) -> int:
        """How often it must be there; 0 when the profile does not say."""
        found = self.definition.get("min", 0)
        return found if isinstance(found, int) else 0

    @property
    def most(self) -> int:
        """How often it may be there."""
        found = str(self.definition.get("max", "*"))
        return int(found) if found.isdecimal() else UNBOUNDED

    @property
    def types(self) -> list[dict[str, Any]]:
        """The types that a value may have, with their profiles."""
        return [t for t in self.definition.get("type", ()) if isinstance(t, dict)]

    def expected(self, prefix: str) -> tuple[Any, ...]:
        """The value of fixed[x] or pattern[x] in a tuple, empty when there is none."""
        for key, value in self.definition.items():
            if key.startswith(prefix) and key[len(prefix) : len(prefix) + 1].isupper():
                return (value,)
        return ()


class Value(NamedTuple):
    """A value in the resource: its JSON, its type, its other half if it is primitive, its place."""

    json: Any
    code: str
    twin: Any
    place: str


def build(profile: dict[str, Any]) -> Rule:
    """The tree of a StructureDefinition: its snapshot, or its differential when it has none."""
    entries = (profile.get("snapshot") or profile.get("differential") or {}).get("element", [])
    root = Rule(profile.get("type", ""), {})
    current: dict[str, str] = {}
    for entry in entries:
        path = entry.get("path", "")
        if "." not in path:
            root.definition = entry
            continue
        _forget_below(current, path)
        if "sliceName" in entry:
            current[path] = entry["sliceName"]
        rule = _place(root, path, current)
        rule.definition = entry
    return root


def _forget_below(current: dict[str, str], path: str) -> None:
    """Slices are told in order: an element said anew ends the slices of it and below it."""
    for known in list(current):
        if known == path or known.startswith(path + "."):
            del current[known]


def _place(root: Rule, path: str, current: dict[str, str]) -> Rule:
    rule = root
    prefix = ""
    for number, part in enumerate(path.split(".")):
        prefix = f"{prefix}.{part}" if prefix else part
        if number == 0:
            continue
        rule = _child(rule, part.removesuffix("[x]"))
        if prefix in current:
            name = current[prefix]
            rule = rule.slices.setdefault(name, Rule(rule.name, {}))
    return rule


def _child(rule: Rule, name: str) -> Rule:
    return rule.children.setdefault(name, Rule(name, {}))


def values(owner: Value, name: str) -> list[Value]:
    """The values of one element of a value."""
    holder = owner.twin if owner.code in definitions.primitive_types() else owner.json
    if not isinstance(holder, dict) or owner.code not in definitions.types():
        return []
    element = definitions.element(owner.code, name)
    if element is None:
        return []
    wanted = element.properties()
    if name != element.name:
        wanted = tuple(pair for pair in wanted if pair[0] == name)
    spot = f"{owner.place}.{element.name}"
    return [found for key, code in wanted for found in _property(holder, key, code, spot)]


def _property(holder: dict[str, Any], key: str, code: str, spot: str) -> list[Value]:
    value, twin = holder.get(key), holder.get(f"_{key}")
    if isinstance(value, list) or isinstance(twin, list):
        left = value if isinstance(value, list) else []
        right = twin if isinstance(twin, list) else []
        return [
            _typed(
                left[i] if i < len(left) else None,
                code,
                right[i] if i < len(right) else None,
                f"{spot}[{i}]",
            )
            for i in range(max(len(left), len(right)))
        ]
    return [] if value is None and twin is None else [_typed(value, code, twin, spot)]


def _typed(value: Any, code: str, twin: Any, spot: str) -> Value:
    if code == "Resource" and isinstance(value, dict):
        code = str(value.get("resourceType"))
    return Value(value, code, twin, spot)


def steps(path: str) -> list[str]:
    """The steps of a discriminator path: ``code.coding.code``, ``resolve()``, ``ofType(X)``."""
    return [step for step in _STEPS.split(path) if step != "$this"]


def follow(owner: Value, path: list[str]) -> list[Value]:
    """The values that a discriminator path leads to."""
    found = [owner]
    for step in path:
        name, _, argument = step.rstrip(")").partition("(")
        if name == "ofType":
            found = [v for v in found if v.code == argument]
        elif name == "extension" and argument:
            url = argument.strip("'\"")
            found = [e for v in found for e in values(v, name) if e.json.get("url") == url]
        elif name != "resolve":
            found = [e for v in found for e in values(v, name)]
    return found


def rules_at(rule: Rule, path: list[str]) -> list[tuple[Rule, list[str]]]:
    """The rules on the way along a path, each with the rest of the path behind it."""
    found = [(rule, path)]
    for current, rest in found:
        if not rest:
            continue
        name, _, argument = rest[0].rstrip(")").partition("(")
        if name in ("resolve", "ofType"):
            found.append((current, rest[1:]))
            continue
        child = current.children.get(name)
        if child is None:
            continue
        url = argument.strip("'\"")
        inner = [s for s in child.slices.values() if not url or extension_url(s) == url]
        found += [(r, rest[1:]) for r in ([] if url else [child]) + inner]
    return found


def extension_url(rule: Rule) -> str:
    """The address of the extension that a slice allows."""
    if "url" in rule.children and (fixed := rule.children["url"].expected("fixed")):
        return str(fixed[0])
    for kind in rule.types:
        for profile in kind.get("profile", ()):
            return str(profile).partition("|")[0]
    return ""
