"""Checking an expression against a type before any value is there: strict evaluation.

FHIRPath N1 (2.0.0) §11 (type safety and strict evaluation).
"""

from __future__ import annotations

from typing import NamedTuple

from xinglin.fhir.path import syntax as s
from xinglin.fhir.path.errors import PathSemanticError
from xinglin.fhir.path.model import TypeDef, Untyped, type_def
from xinglin.fhir.path.node import system_name
from xinglin.fhir.path.types import type_spec

Kind = TypeDef | str


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ABSTRACT = frozenset({"Resource", "DomainResource"})
_BOOLEAN = _words(
    """
    empty exists all allTrue anyTrue allFalse anyFalse subsetOf supersetOf isDistinct not is
    hasValue memberOf conformsTo htmlChecks subsumes subsumedBy startsWith endsWith contains
    matches matchesFull comparable convertsToBoolean convertsToInteger convertsToDecimal
    convertsToString convertsToDate convertsToDateTime convertsToTime convertsToQuantity
    """
)
_INTEGER = _words("count length indexOf lastIndexOf precision toInteger")
_STRINGS = _words(
    """
    indexOf lastIndexOf substring startsWith endsWith contains upper lower length trim
    toChars replace matches matchesFull replaceMatches split encode decode escape unescape
    """
)
_TO_STRING = _words(
    """
    substring upper lower trim toChars replace replaceMatches join toString encode decode
    escape unescape split
    """
)
_SAME = _words(
    """
    where first last tail skip take single distinct trace exclude intersect sort
    checkModifiers defineVariable
    """
)
_ONE = _words("first last single")
_BY_POSITION = _words("first last tail skip take")
_EACH = _words("where exists all select repeat sort aggregate trace")


class Static(NamedTuple):
    """What is known of a collection: its possible types (None: any), and its order."""

    types: frozenset[Kind] | None
    many: bool = False
    ordered: bool = True


_ANY = Static(None, many=True)
_NOTHING = Static(frozenset())


def check(
    source: str, tree: s.Node, type_names: tuple[str, ...], *, ordered: bool
) -> tuple[str, ...]:
    """Return the names of the types that the result may have, empty when anything is possible."""
    found = frozenset(t for t in map(type_def, type_names) if t is not None)
    this = Static(found) if found else _ANY
    static = _Checker(source, this, ordered=ordered).infer(tree, this)
    return tuple(sorted(k if isinstance(k, str) else k.name for k in static.types or ()))


class _Checker:
    def __init__(self, source: str, context: Static, *, ordered: bool) -> None:
        self.source = source
        self.context = context
        self.ordered = ordered

    def fail(self, node: s.Node, en: str, zh: str) -> PathSemanticError:
        return PathSemanticError(en, zh, at=node.at, source=self.source)

    def infer(self, node: s.Node, this: Static) -> Static:
        match node:
            case s.Literal(values=values):
                return Static(frozenset(system_name(v) for v in values))
            case s.Scope(inner=inner):
                return self.infer(inner, this)
            case s.This(name="$this"):
                return this
            case s.This(name="$index"):
                return Static(frozenset({"Integer"}))
            case s.External(name="context"):
                return self.context
            case s.Member(target=None):
                return self.first_name(node, this)
            case s.Member(target=target) if target is not None:
                return self.member(node, self.infer(target, this))
            case s.Call():
                return self.call(node, this)
            case s.Index(target=target, index=index):
                self.infer(index, this)
                return self.position(node, self.infer(target, this))
            case s.Polarity(operand=operand):
                return self.infer(operand, this)
            case s.TypeOperation(operand=operand, type_name=name):
                given = self.infer(operand, this)
                if node.operator == "is":
                    return Static(frozenset({"Boolean"}))
                return _narrowed(given, name)
            case s.Binary():
                return self.binary(node, this)
            case _:
                return _ANY

    def first_name(self, node: s.Member, this: Static) -> Static:
        named = type_def(node.name) if node.name[:1].isupper() else None
        if named is None or this.types is None:
            return self.member(node, this) if named is None else Static(frozenset({named}))
        same = frozenset(
            k
            for k in this.types
            if isinstance(k, TypeDef) and (named.name in k.ancestors or k.name in named.ancestors)
        )
        if same or not this.types:
            return Static(same, many=this.many)
        label = _label(this.types)
        raise self.fail(
            node,
            f"the context is {label}, not {node.name}; begin with {label}",
            f"上下文是 {label}，不是 {node.name}；请以 {label} 开头",
        )

    def member(self, node: s.Member, target: Static) -> Static:
        if target.types is None:
            return _ANY._replace(ordered=target.ordered)
        found: set[Kind] = set()
        many, unknown = target.many, False
        elements = 0
        for kind in target.types:
            element = kind.element(node.name) if isinstance(kind, TypeDef) else None
            if element is not None and not isinstance(kind, Untyped):
                elements += 1
                found.update(element.types)
                many = many or element.many
            elif not isinstance(kind, str) and kind.name in _ABSTRACT:
                unknown = True
        if unknown:
            return _ANY
        if target.types and not elements:
            label = _label(target.types)
            raise self.fail(
                node,
                f"{label} has no element {node.name}; check its spelling",
                f"{label} 没有元素 {node.name}，请检查拼写",
            )
        return Static(frozenset(found), many=many, ordered=target.ordered)

    def position(self, node: s.Node, given: Static) -> Static:
        if self.ordered and not given.ordered:
            raise self.fail(
                node,
                "the order of children() and descendants() is undefined; do not go by position",
                "children() 与 descendants() 没有确定的顺序，不能按位置取值",
            )
        return Static(given.types, many=False)

    def binary(self, node: s.Binary, this: Static) -> Static:
        left, right = self.infer(node.left, this), self.infer(node.right, this)
        if node.operator == "|":
            if left.types is None or right.types is None:
                return _ANY
            return Static(left.types | right.types, many=True)
        if node.operator == "&":
            return Static(frozenset({"String"}))
        if node.operator in ("+", "-", "*", "/", "div", "mod"):
            return Static(None)
        return Static(frozenset({"Boolean"}))

    def call(self, node: s.Call, this: Static) -> Static:
        target = self.infer(node.target, this) if node.target is not None else this
        name = node.name
        if name in ("is", "as", "ofType"):
            argument = _type_argument(node)
            if name == "is" or argument is None:
                return Static(frozenset({"Boolean"})) if name == "is" else _ANY
            if name == "as" and target.types and target.many:
                raise self.fail(
                    node,
                    "as() takes one item, but there may be several; use ofType()",
                    "as() 只能用于一项，此处可能有多项；请用 ofType()",
                )
            return _narrowed(target, argument)
        if name == "iif":
            return self.iif(node, target)
        inner = Static(target.types) if name in _EACH else this
        if name == "defineVariable":
            inner = target
        arguments = [self.infer(a, inner) for a in node.arguments] if name != "repeat" else []
        if name in _STRINGS:
            self.needs_string(node, target)
        if name in _BY_POSITION:
            self.position(node, target)
        return self.result(node, target, arguments)

    def result(self, node: s.Call, target: Static, arguments: list[Static]) -> Static:
        name = node.name
        if name in _BOOLEAN:
            return Static(frozenset({"Boolean"}))
        if name in _INTEGER:
            return Static(frozenset({"Integer"}))
        if name in _TO_STRING:
            return Static(frozenset({"String"}), many=name in ("toChars", "split"))
        if name in _SAME:
            return Static(
                target.types, many=target.many and name not in _ONE, ordered=target.ordered
            )
        if name == "select":
            return Static(arguments[0].types, many=True)
        if name in ("union", "combine"):
            other = arguments[0].types
            both = None if target.types is None or other is None else target.types | other
            return Static(both, many=True)
        if name == "extension":
            found = type_def("Extension")
            return Static(frozenset({found}) if found else None, many=True)
        return Static(None, many=True, ordered=name not in ("children", "descendants"))

    def iif(self, node: s.Call, target: Static) -> Static:
        criterion = self.infer(node.arguments[0], target)
        if criterion.types and not any(_system(k) == "Boolean" for k in criterion.types):
            raise self.fail(
                node.arguments[0],
                f"the criterion of iif() must be a boolean, not {_label(criterion.types)}",
                f"iif() 的条件必须是布尔值，而不是 {_label(criterion.types)}",
            )
        branches = [self.infer(a, target).types for a in node.arguments[1:]]
        found: set[Kind] = set()
        for types in branches:
            if types is None:
                return _ANY
            found |= types
        return Static(frozenset(found), many=True)

    def needs_string(self, node: s.Call, target: Static) -> None:
        if not target.types or any(_system(k) == "String" for k in target.types):
            return
        label = _label(target.types)
        raise self.fail(
            node,
            f"{node.name}() needs a string, not {label}; name a string element",
            f"{node.name}() 需要字符串，而不是 {label}；请指定字符串元素",
        )


def _system(kind: Kind) -> str | None:
    return kind if isinstance(kind, str) else kind.system


def _label(types: frozenset[Kind]) -> str:
    names = sorted(k if isinstance(k, str) else k.name for k in types)
    return " | ".join(names[:3]) + (" | …" if len(names) > 3 else "")


def _type_argument(node: s.Call) -> str | None:
    match node.arguments[0]:
        case s.Member(target=None, name=name):
            return name
        case s.Member(target=s.Member(target=None, name=space), name=name):
            return f"{space}.{name}"
        case _:
            return None


def _narrowed(given: Static, name: str) -> Static:
    spec = type_spec(name)
    found = type_def(spec.fhir) if spec is not None and spec.fhir is not None else None
    if found is not None:
        return Static(frozenset({found}), many=given.many, ordered=given.ordered)
    if spec is not None and spec.system is not None:
        return Static(frozenset({spec.system}), many=given.many, ordered=given.ordered)
    return _NOTHING
