"""Parameter names: modifiers, chains and reverse chains become expressions.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/search.html#chaining, #has and #modifiers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xinglin.fhir.search import SearchParam
from xinglin.kernel.errors import Issue

from .query import Chained, Either, Expr, Leaf, Reversed
from .values import alternatives, refuse

if TYPE_CHECKING:
    from xinglin.fhir.search import SearchParameters

MAX_DEPTH = 8
MAX_BRANCHES = 200
_TOKEN = ("missing", "text", "not", "in", "not-in", "above", "below", "of-type")
_URI = ("missing", "above", "below")
MODIFIERS = {
    "number": ("missing",),
    "date": ("missing",),
    "quantity": ("missing",),
    "string": ("missing", "exact", "contains", "text"),
    "token": _TOKEN,
    "reference": ("missing", "identifier", "above", "below"),
    "composite": ("missing",),
    "uri": _URI,
    "special": ("missing",),
}


class Unknown(LookupError):
    """No such parameter: the caller ignores and reports it, or refuses it."""

    def __init__(self, issue: Issue) -> None:
        super().__init__(issue.en)
        self.issue = issue


def unknown(place: str, type_: str, code: str) -> Unknown:
    """What is said of a parameter that does not exist."""
    return Unknown(
        Issue(
            "not-supported",
            f"{type_} has no search parameter '{code}'; it was left out of '{place}'.",
            f"{type_} 没有检索参数“{code}”；“{place}”未参与检索。",
            (f"http.{place}",),
            "warning",
        )
    )


def parse(registry: SearchParameters, type_: str, name: str, text: str) -> Expr:
    """The expression of ``name=text`` on ``type_``. Raises Unknown and Malformed."""
    return _Parser(registry, name, tuple(alternatives(name, text))).parse(type_, name, 0)


def lookup(registry: SearchParameters, type_: str, code: str) -> SearchParam | None:
    """The parameter of a type; ``_list`` is one of every type that has no rows of its own."""
    if code == "_list":
        return SearchParam(
            id=-1, type=type_, code=code, kind="special", url="", expression="", sources=()
        )
    return registry.get(type_, code)


class _Parser:
    """Walks one parameter name; every refusal names the whole parameter."""

    def __init__(self, registry: SearchParameters, place: str, values: tuple[str, ...]) -> None:
        self.registry = registry
        self.place = place
        self.values = values
        self.branches = 0

    def parse(self, type_: str, name: str, depth: int) -> Expr:
        if depth > MAX_DEPTH:
            raise refuse(
                self.place,
                f"'{self.place}' chains more than {MAX_DEPTH} steps; shorten it.",
                f"“{self.place}”的链超过 {MAX_DEPTH} 级，请缩短。",
                "too-costly",
            )
        if name.startswith("_has:"):
            return self.reversed(type_, name, depth)
        head, dot, rest = name.partition(".")
        code, _, modifier = head.partition(":")
        param = lookup(self.registry, type_, code)
        if param is None:
            raise unknown(self.place, type_, code)
        if dot:
            return self.chained(type_, param, modifier, rest, depth)
        self.branches += 1
        if self.branches > MAX_BRANCHES:
            raise refuse(
                self.place,
                f"'{self.place}' fans out over too many types;"
                " name the type, as in 'subject:Patient.name'.",
                f"“{self.place}”涉及的类型过多；请写明类型，如“subject:Patient.name”。",
                "too-costly",
            )
        return self.leaf(type_, param, modifier)

    def leaf(self, type_: str, param: SearchParam, modifier: str) -> Leaf:
        allowed = MODIFIERS[param.kind] if param.code != "_list" else ()
        if modifier and modifier not in allowed:
            typed = param.kind == "reference" and modifier in self.registry.types
            if not typed:
                raise self.modifier(param, modifier)
            if param.targets and modifier not in param.targets:
                raise self.target(param, modifier)
        if modifier == "missing" and self.values not in (("true",), ("false",)):
            raise refuse(
                self.place,
                f"'{self.place}' takes true or false.",
                f"“{self.place}”只能是 true 或 false。",
            )
        return Leaf(type_, param, modifier, self.values, self.place)

    def chained(self, type_: str, param: SearchParam, modifier: str, rest: str, depth: int) -> Expr:
        if param.kind != "reference":
            raise refuse(
                self.place,
                f"'{param.code}' is no reference, so '{self.place}' cannot chain through it.",
                f"“{param.code}”不是引用，“{self.place}”不能经它链式检索。",
            )
        targets = self.targets(param, modifier)
        branches: list[Expr] = []
        missing: Unknown | None = None
        for target in targets:
            try:
                inner = self.parse(target, rest, depth + 1)
            except Unknown as error:
                missing = missing or error
                continue
            branches.append(Chained(type_, param, target, inner))
        if not branches:
            raise missing or unknown(self.place, type_, param.code)
        return branches[0] if len(branches) == 1 else Either(tuple(branches))

    def targets(self, param: SearchParam, modifier: str) -> tuple[str, ...]:
        if not modifier:
            return param.targets or self.registry.types
        if modifier not in self.registry.types:
            raise self.modifier(param, modifier)
        if param.targets and modifier not in param.targets:
            raise self.target(param, modifier)
        return (modifier,)

    def reversed(self, type_: str, name: str, depth: int) -> Expr:
        parts = name.split(":", 3)
        if len(parts) < 4 or not parts[3]:
            raise refuse(
                self.place,
                f"'{self.place}' is incomplete; write _has:Type:reference:parameter.",
                f"“{self.place}”不完整；应写作 _has:类型:引用参数:参数。",
            )
        _, source, code, rest = parts
        if source not in self.registry.types:
            raise refuse(
                self.place,
                f"'{source}' in '{self.place}' is no resource type.",
                f"“{self.place}”中的“{source}”不是资源类型。",
            )
        param = self.registry.get(source, code)
        if param is None:
            raise unknown(self.place, source, code)
        if param.kind != "reference":
            raise refuse(
                self.place,
                f"'{code}' of {source} is no reference, so '{self.place}' cannot use it.",
                f"{source} 的“{code}”不是引用，“{self.place}”不能使用它。",
            )
        if param.targets and type_ not in param.targets:
            raise self.target(param, type_)
        return Reversed(source, param, self.parse(source, rest, depth + 1))

    def modifier(self, param: SearchParam, modifier: str) -> Exception:
        allowed = ", ".join(f":{one}" for one in MODIFIERS[param.kind]) or "none"
        return refuse(
            self.place,
            f"Modifier ':{modifier}' does not fit '{param.code}' ({param.kind});"
            f" it takes {allowed}.",
            f"修饰符“:{modifier}”不适用于“{param.code}”（{param.kind}）；可用：{allowed}。",
            "not-supported",
        )

    def target(self, param: SearchParam, type_: str) -> Exception:
        return refuse(
            self.place,
            f"'{param.code}' never points at {type_}; it points at {', '.join(param.targets)}.",
            f"“{param.code}”不会指向 {type_}；它指向 {'、'.join(param.targets)}。",
        )
