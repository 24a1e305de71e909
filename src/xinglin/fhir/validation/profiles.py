"""Profiles: whether a valid resource also keeps the rules of a StructureDefinition.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/profiling.html. Used by ``$validate``.
"""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from xinglin.fhir import definitions
from xinglin.fhir.definitions import Constraint
from xinglin.fhir.path.model import type_def, type_of_resource
from xinglin.fhir.path.node import Node
from xinglin.fhir.validation import bindings, invariants, references
from xinglin.fhir.validation.profile_tree import UNBOUNDED, Rule, Value, build, values
from xinglin.fhir.validation.report import Full, Report
from xinglin.fhir.validation.slices import belongs, discriminators, has, same

if TYPE_CHECKING:
    from collections.abc import Callable

    from xinglin.fhir.path import Resolver, Terminology
    from xinglin.kernel.errors import Issue

    FindProfile = Callable[[str], dict[str, Any] | None]
    """Gives the StructureDefinition of a canonical address, or nothing."""

BASE: Final = "http://hl7.org/fhir/StructureDefinition/"
MAX_NESTING: Final = 20


def validate_profile(
    resource: dict[str, Any],
    profile: dict[str, Any],
    *,
    find: FindProfile | None = None,
    resolver: Resolver | None = None,
    terminology: Terminology | None = None,
) -> list[Issue]:
    """Everything in which the resource breaks the profile, with places.

    The resource must have passed ``validate``. ``find`` gives the profiles that this one names
    (of extensions, of its base when it has no snapshot); what it does not know is not checked.
    """
    root = Node(resource, type_of_resource(resource), None, None, "", None)
    walk = _Walk(find, invariants.Scope(root, root, resolver, terminology))
    name = str(resource.get("resourceType"))
    with suppress(Full):
        walk.profile(Value(resource, name, None, name), profile)
    return list(dict.fromkeys(walk.issues))


class _Walk(Report):
    def __init__(self, find: FindProfile | None, scope: invariants.Scope) -> None:
        super().__init__()
        self.find = find
        self.scope = scope
        self.nesting = 0

    def profile(self, value: Value, profile: dict[str, Any]) -> None:
        if self.nesting >= MAX_NESTING:
            return
        kind = profile.get("type")
        if kind != value.code:
            self.say(
                "structure",
                value.place,
                f"is {value.code}, but the profile {profile.get('url')} is for {kind}.",
                f"类型为 {value.code}，而结构定义 {profile.get('url')} 适用于 {kind}。",
            )
            return
        self.nesting += 1
        self.one(build(profile), value)
        base = str(profile.get("baseDefinition", ""))
        if "snapshot" not in profile and base != f"{BASE}{kind}":
            self.named(value, base)
        self.nesting -= 1

    def named(self, value: Value, address: str) -> None:
        """Check against a profile by its address, if it can be found."""
        found = self.find(address.partition("|")[0]) if self.find and address else None
        if found and found.get("derivation") == "constraint":
            self.profile(value, found)

    def conforms(self, value: Value, address: str) -> bool:
        """Whether a value keeps a profile that can be found."""
        found = self.find(address.partition("|")[0]) if self.find else None
        if not found or found.get("type") != value.code:
            return False
        trial = _Walk(self.find, self.scope)
        trial.nesting = self.nesting
        try:
            trial.profile(value, found)
        except Full:
            return False
        return not any(issue.severity == "error" for issue in trial.issues)

    def all(self, rule: Rule, found: list[Value], place: str, slice_name: str = "") -> None:
        """The values of an element or slice: how many, their slices, and each by itself."""
        what = f" ({slice_name})" if slice_name else ""
        if len(found) < rule.least:
            self.say(
                "required",
                place,
                f"{rule.name}{what} must be there at least {rule.least} times, "
                f"but is {len(found)} times; add it.",
                f"{rule.name}{what} 至少要有 {rule.least} 个，实际 {len(found)} 个；请补充。",
            )
        if len(found) > rule.most and rule.most < UNBOUNDED:
            self.say(
                "structure",
                place,
                f"{rule.name}{what} may be there at most {rule.most} times, "
                f"but is {len(found)} times; remove the rest.",
                f"{rule.name}{what} 最多 {rule.most} 个，实际 {len(found)} 个；请删除多余的。",
            )
        if rule.slices:
            self.sliced(rule, found, place)
        for value in found:
            self.one(rule, value)

    def sliced(self, rule: Rule, found: list[Value], place: str) -> None:
        by = discriminators(rule)
        kinds = {name: list[Value]() for name in rule.slices}
        for value in found:
            mine = [
                name
                for name, part in rule.slices.items()
                if belongs(part, value, by, self.conforms, self.member)
            ]
            for name in mine:
                kinds[name].append(value)
            if not mine and by and rule.definition.get("slicing", {}).get("rules") == "closed":
                self.say(
                    "structure",
                    value.place,
                    f"belongs to none of {', '.join(rule.slices)}, and no others are allowed.",
                    f"不属于 {', '.join(rule.slices)} 中的任何一种，而此处不允许其他内容。",
                )
        if by:
            for name, part in rule.slices.items():
                self.all(part, kinds[name], place, name)

    def one(self, rule: Rule, value: Value) -> None:
        """One value: its type, what is fixed, its codes, bounds, targets, rules, and its parts."""
        if not self.typed(rule, value):
            return
        if value.json is not None:
            self.fixed(rule, value)
            self.bounds(rule, value)
            self.bound(rule, value)
        self.constraints(rule, value)
        for kind in rule.types:
            profiles = kind.get("profile", ())
            if kind.get("code") == value.code and len(profiles) == 1:
                self.named(value, str(profiles[0]))
            if kind.get("code") == "Reference" == value.code:
                self.target(rule, value)
        for name, child in rule.children.items():
            self.all(child, values(value, name), f"{value.place}.{name}")

    def typed(self, rule: Rule, value: Value) -> bool:
        """Whether the profile allows the type of a choice."""
        codes = [str(t.get("code")) for t in rule.types]
        if value.code in codes or not str(rule.definition.get("path", "")).endswith("[x]"):
            return True
        if not codes:
            return True
        self.say(
            "structure",
            value.place,
            f"is {value.code}, but the profile allows only {', '.join(codes)} here.",
            f"类型为 {value.code}，而结构定义此处只允许 {', '.join(codes)}。",
        )
        return False

    def fixed(self, rule: Rule, value: Value) -> None:
        for expected in rule.expected("fixed"):
            if not same(value.json, expected):
                self.must_be(value, expected, "be exactly", "必须正好是")
        for expected in rule.expected("pattern"):
            if not has(value.json, expected):
                self.must_be(value, expected, "have", "必须包含")

    def must_be(self, value: Value, expected: Any, en: str, zh: str) -> None:
        shown = _show(expected)
        self.say("value", value.place, f"must {en} {shown}.", f"{zh} {shown}。")

    def bounds(self, rule: Rule, value: Value) -> None:
        longest = rule.definition.get("maxLength")
        if isinstance(longest, int) and isinstance(value.json, str) and len(value.json) > longest:
            self.say(
                "too-long",
                value.place,
                f"has {len(value.json)} characters; at most {longest} are allowed.",
                f"有 {len(value.json)} 个字符；最多允许 {longest} 个。",
            )
        for least in rule.expected("minValue"):
            if _comparable(value.json, least) and value.json < least:
                self.must_be(value, least, "not be less than", "不得小于")
        for most in rule.expected("maxValue"):
            if _comparable(value.json, most) and value.json > most:
                self.must_be(value, most, "not be more than", "不得大于")

    def bound(self, rule: Rule, value: Value) -> None:
        binding = rule.definition.get("binding", {})
        address = str(binding.get("valueSet", "")).partition("|")[0]
        if binding.get("strength") == "required" and address and not self.member(value, address):
            self.say(
                "code-invalid",
                value.place,
                f"its code is not in the required value set {address}; use one that is.",
                f"代码不在规定的值集 {address} 中；请使用其中的代码。",
            )

    def member(self, value: Value, address: str) -> bool:
        """Whether a code is in a value set; what nobody can tell counts as yes."""
        terminology = self.scope.terminology
        if terminology is not None:
            said = terminology.member_of(value.json, address)
            if said is not None:
                return said
        coded = isinstance(value.json, str) or value.code in ("Coding", "CodeableConcept")
        if definitions.codes(address) is None or not coded:
            return True
        return bindings.fault(value.code, value.json, address) is None

    def target(self, rule: Rule, value: Value) -> None:
        """The type of a reference; a profile on its target is not checked, it is elsewhere."""
        wanted = {
            name
            for kind in rule.types
            for address in kind.get("targetProfile", ())
            for name in self.base_types(str(address))
        }
        text = value.json.get("reference") if isinstance(value.json, dict) else None
        found = references.read(text)[1] if isinstance(text, str) else ""
        if found and wanted and "Resource" not in wanted and found not in wanted:
            allowed = ", ".join(sorted(wanted))
            self.say(
                "value",
                f"{value.place}.reference",
                f"points to {found}, but the profile allows only {allowed} here.",
                f"指向 {found}，而结构定义此处只允许 {allowed}。",
            )

    def base_types(self, address: str) -> list[str]:
        """The resource type that a target profile is for; any when it cannot be told."""
        name = address.partition("|")[0].removeprefix(BASE)
        if name in definitions.types():
            return [name]
        found = self.find(address.partition("|")[0]) if self.find else None
        return [str(found.get("type")) if found else "Resource"]

    def constraints(self, rule: Rule, value: Value) -> None:
        for entry in rule.definition.get("constraint", ()):
            expression = entry.get("expression")
            if not isinstance(expression, str) or entry.get("key") in _known_rules():
                continue
            node = Node(value.json, type_def(value.code) or _unknown(), value.twin, None, "", None)
            own = Constraint(
                str(entry.get("key")),
                str(entry.get("severity")),
                str(entry.get("human", "")),
                expression,
            )
            invariants.check(node, own, self.scope, self.issues, value.place)


@cache
def _known_rules() -> frozenset[str]:
    """Rules of the specification itself, which ``validate_invariants`` checks."""
    own = (rule.key for name in definitions.types() for rule in invariants.rules_of(name))
    return invariants.STRUCTURAL.union(own)


def _unknown() -> Any:
    return type_of_resource(None)


def _comparable(value: Any, limit: Any) -> bool:
    numbers = (int, Decimal)
    if isinstance(value, numbers) and isinstance(limit, numbers):
        return True
    return isinstance(value, str) and isinstance(limit, str)


def _show(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {_show(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_show(v) for v in value) + "]"
    return str(value)[:80]
