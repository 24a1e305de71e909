"""Builds the node of an expression: what index rows a matching resource has.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/search.html.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from xinglin.cdr.index import KeySpace
from xinglin.cdr.search import ir
from xinglin.cdr.search.query import (
    Both,
    Chained,
    Compared,
    Either,
    Expr,
    Leaf,
    Negated,
    Reversed,
)

from . import composites, filters, ranges, references, special, strings, tokens, uris

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from xinglin.cdr.index.dates import Dates
    from xinglin.fhir.search import SearchParam, SearchParameters

Codes = tuple[tuple[str, str], ...]
"""(system, code) pairs."""
_SPECIAL = frozenset(("_id", "_lastUpdated", "_list", "_text", "_content"))


class Terminology(Protocol):
    """What search asks of terminology. None: the value set or the system is not known here."""

    async def expand(self, value_set: str) -> Codes | None:
        """The codes of a value set, by canonical address, ``ValueSet/id`` or id."""
        ...

    async def below(self, system: str, code: str) -> Codes | None:
        """The code and everything it subsumes."""
        ...

    async def above(self, system: str, code: str) -> Codes | None:
        """The code and everything that subsumes it."""
        ...


class Builder:
    """What building needs to know; it asks neither clock nor database.

    ``codes`` are the answers of terminology, by modifier and value, fetched before.
    ``allowed`` is the access predicate of a type. ``covers`` says of a parameter whether its pairs
    of characters are indexed (0: whether any free text is).
    """

    def __init__(
        self,
        registry: SearchParameters,
        keys: KeySpace,
        dates: Dates,
        now: datetime,
        *,
        bases: tuple[str, ...] = (),
        codes: Mapping[tuple[str, str], Codes] | None = None,
        allowed: Callable[[str], ir.Node | None] = lambda _: None,
        covers: Callable[[int], bool] = lambda _: False,
    ) -> None:
        self.registry = registry
        self.keys = keys
        self.dates = dates
        self._now = now
        self.asked_clock = False
        self.bases = bases
        self.codes = codes or {}
        self.allowed = allowed
        self.covers = covers

    @property
    def now(self) -> datetime:
        """The time of the search; what was built with it does not hold for another."""
        self.asked_clock = True
        return self._now

    def type_node(self, type_: str) -> ir.Node:
        """Is a live resource of this type."""
        return ir.Key((KeySpace.type_key(self.registry.type_number(type_)),))

    def whole(self, type_: str, parts: tuple[Expr, ...]) -> ir.Node:
        """All expressions hold for a live resource of the type that may be seen."""
        return self.visible(type_, ir.both(*(self.build(part, type_) for part in parts)))

    def visible(self, type_: str, node: ir.Node) -> ir.Node:
        """The node, for live resources of the type that may be seen."""
        allowed = self.allowed(type_)
        if allowed is not None:
            node = ir.both(node, allowed)
        return node if ir.typed(node) else ir.both(node, self.type_node(type_))

    def build(self, expression: Expr, type_: str) -> ir.Node:
        """The node of one expression on ``type_``."""
        match expression:
            case Leaf():
                return self.leaf(expression)
            case Compared():
                return filters.build(self, expression)
            case Chained():
                inner = self.whole(expression.target, (expression.inner,))
                return ir.Chain(expression.param.sources, inner)
            case Reversed():
                inner = self.whole(expression.source, (expression.inner,))
                return ir.Has(expression.param.sources, inner)
            case Both():
                return ir.both(*(self.build(part, type_) for part in expression.parts))
            case Either():
                return ir.either(*(self.build(part, type_) for part in expression.parts))
            case Negated():
                return ir.negate(self.build(expression.part, type_))

    def leaf(self, leaf: Leaf) -> ir.Node:
        """The node of one parameter with its values."""
        param = leaf.param
        if leaf.modifier == "missing":
            return self.missing(leaf.type, param, absent=leaf.values == ("true",))
        if param.code in _SPECIAL:
            return special.build(self, leaf)
        match param.kind:
            case "string":
                return strings.build(self, leaf)
            case "token":
                return tokens.build(self, leaf)
            case "reference":
                return references.build(self, leaf)
            case "date" | "number" | "quantity":
                return ranges.build(self, leaf)
            case "uri":
                return uris.build(self, leaf)
            case "composite":
                return composites.build(self, leaf)
            case "special":
                return special.build(self, leaf)

    def missing(self, type_: str, param: SearchParam, *, absent: bool) -> ir.Node:
        """``:missing``, by the presence bit of the parameter."""
        if param.bit < 0:
            return ir.Never() if absent else ir.Always()
        present = ir.both(self.type_node(type_), ir.Present(1 << param.bit))
        return ir.negate(present) if absent else present
