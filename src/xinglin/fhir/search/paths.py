"""The part of FHIRPath that search expressions use, resolved against the element types.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/searchparameter.html ("expression"); FHIRPath N1.

A *branch* is one way from the resource to values of one type, with choices already resolved to
their JSON property: ``Observation.value as Quantity`` is the branch ``valueQuantity:Quantity``.
Written as text, a list has ``*`` and a filter brackets: ``telecom*[system=phone]:ContactPoint``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

Elements = Callable[[str, str], "list[tuple[str, str, bool]]"]
"""(type, element) -> (JSON property, type of the value, is a list), one for each choice."""


class Unsupported(ValueError):
    """The expression needs the whole FHIRPath engine."""


class Step(NamedTuple):
    """One property, and which of its values are meant.

    ``test`` is "" or "name=value" (an element of the value has it), "is T" (the reference points to
    a T), "#n" (the n-th value) or "url=U" (the extension with this address).
    """

    name: str
    many: bool
    test: str = ""


class Branch(NamedTuple):
    """A path and the type of what lies at its end."""

    steps: tuple[Step, ...]
    type: str

    def __str__(self) -> str:
        path = "/".join(
            s.name + "*" * s.many + (f"[{s.test}]" if s.test else "") for s in self.steps
        )
        return f"{path}:{self.type}"

    @property
    def bare(self) -> Branch:
        """The same way without tests on the type of a reference's target."""
        steps = tuple(s._replace(test="") if s.test.startswith("is ") else s for s in self.steps)
        return Branch(steps, self.type)

    @property
    def only(self) -> str:
        """Type of target that the last step insists on, or ""."""
        test = self.steps[-1].test if self.steps else ""
        return test[3:] if test.startswith("is ") else ""


def parse_branch(text: str) -> Branch:
    """The inverse of ``str(branch)``."""
    path, _, kind = text.rpartition(":")
    steps: list[Step] = []
    for name, many, test in re.findall(r"([^/*\[\]]+)(\*?)(?:\[([^\]]*)\])?(?:/|$)", path):
        steps.append(Step(name, bool(many), test))
    return Branch(tuple(steps), kind)


_LEAVES: Final = {
    "HumanName": ("family", "given*", "prefix*", "suffix*", "text"),
    "Address": ("line*", "city", "district", "state", "country", "postalCode", "text"),
}


def string_leaves(branch: Branch, code: str) -> list[Branch]:
    """A name or an address as its strings, so that ``family`` and ``name`` share their rows.

    A name itself comes last: it has a joined form and an order. ``phonetic`` has forms of its own.
    """
    if code == "phonetic":
        return [Branch(branch.steps, "Phonetic" + branch.type)]
    if branch.type not in _LEAVES:
        return [branch]
    path = str(branch).rpartition(":")[0]
    found = [parse_branch(f"{path}/{part}:string") for part in _LEAVES[branch.type]]
    return [*found, branch] if branch.type == "HumanName" else found


_TOKEN: Final = re.compile(
    r"\s*(?:(?P<name>%?[A-Za-z_][A-Za-z0-9_]*)|(?P<text>'[^']*')|(?P<number>\d+)|(?P<sign>!=|[().|=\[\]]))"
)
_PRIMITIVES: Final = (
    *("base64Binary", "boolean", "canonical", "code", "date", "dateTime", "decimal", "id"),
    *("instant", "integer", "markdown", "oid", "positiveInt", "string", "time"),
    *("unsignedInt", "uri", "url", "uuid"),
)
# The definitions write "DateTime" here and there.
_PRIMITIVE_CASE: Final = {name.casefold(): name for name in _PRIMITIVES}


def compile_expression(expression: str, root: str, elements: Elements) -> list[Branch]:
    """All branches of an expression that start at the type ``root``; others are left out.

    Raises ``Unsupported`` when the expression is outside the subset.
    """
    reader = _Reader(expression, elements)
    found = reader.union([Branch((), root)], root)
    reader.expect_end()
    unique: dict[Branch, None] = dict.fromkeys(found)
    return list(unique)


class _Reader:
    """Recursive descent over one expression."""

    def __init__(self, text: str, elements: Elements) -> None:
        self.tokens: list[str] = []
        at = 0
        while at < len(text.rstrip()):
            match = _TOKEN.match(text, at)
            if match is None:
                raise Unsupported(text)
            self.tokens.append(match.group().strip())
            at = match.end()
        self.text = text
        self.at = 0
        self.elements = elements

    def peek(self, ahead: int = 0) -> str:
        at = self.at + ahead
        return self.tokens[at] if at < len(self.tokens) else ""

    def take(self, *wanted: str) -> str:
        token = self.peek()
        if wanted and token not in wanted:
            raise Unsupported(self.text)
        self.at += 1
        return token

    def expect_end(self) -> None:
        if self.at != len(self.tokens):
            raise Unsupported(self.text)

    def union(self, context: list[Branch], root: str) -> list[Branch]:
        found = self.typed(context, root)
        while self.peek() == "|":
            self.take()
            found = found + self.typed(context, root)
        return found

    def typed(self, context: list[Branch], root: str) -> list[Branch]:
        found = self.path(context, root)
        if self.peek() == "as":
            self.take()
            return _of_type(found, self.take())
        return found

    def path(self, context: list[Branch], root: str) -> list[Branch]:
        if self.peek() == "(":
            self.take()
            found = self.union(context, root)
            self.take(")")
        else:
            found = self.first(context, root)
        while self.peek() in {".", "["}:
            found = self.index(found) if self.take() == "[" else self.after_dot(found)
        return found

    def first(self, context: list[Branch], root: str) -> list[Branch]:
        if not context or context[0].steps or self.peek()[:1].islower():
            return self.member(context)
        name = self.take()
        if name == "%resource":
            return [Branch((Step("%", many=False),), root.partition(".")[0])]
        if not name[:1].isupper():
            raise Unsupported(self.text)
        return context if name in {root, "Resource", "DomainResource"} else []

    def after_dot(self, found: list[Branch]) -> list[Branch]:
        if self.peek(1) != "(":
            return self.member(found)
        name = self.take()
        if name == "exists":
            raise Unsupported(self.text)
        self.take("(")
        if name in {"as", "ofType"}:
            found = _of_type(found, self.take())
        elif name == "extension":
            url = self.take().strip("'")
            found = _test(self.step(found, "extension"), f"url={url}")
        elif name == "where":
            found = _test(found, self.condition())
        else:
            raise Unsupported(self.text)
        self.take(")")
        return found

    def condition(self) -> str:
        name = self.take()
        if name == "resolve":
            self.take("(")
            self.take(")")
            self.take("is")
            return f"is {self.take()}"
        self.take("=")
        value = self.take()
        if not value.startswith("'"):
            raise Unsupported(self.text)
        return f"{name}={value.strip(chr(39))}"

    def index(self, found: list[Branch]) -> list[Branch]:
        number = self.take()
        self.take("]")
        return _test(found, f"#{int(number)}")

    def member(self, found: list[Branch]) -> list[Branch]:
        name = self.take()
        if not name.isidentifier():
            raise Unsupported(self.text)
        return self.step(found, name)

    def step(self, found: list[Branch], name: str) -> list[Branch]:
        result: list[Branch] = []
        for branch in found:
            result.extend(
                Branch((*branch.steps, Step(prop, many)), kind)
                for prop, kind, many in self.elements(branch.type, name)
            )
        return result


def _of_type(found: Iterable[Branch], name: str) -> list[Branch]:
    wanted = _PRIMITIVE_CASE.get(name.casefold(), name)
    return [branch for branch in found if branch.type == wanted]


def _test(found: Iterable[Branch], test: str) -> list[Branch]:
    return [
        Branch((*b.steps[:-1], b.steps[-1]._replace(test=test)), b.type) for b in found if b.steps
    ]
