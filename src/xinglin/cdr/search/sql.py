"""Compiles nodes to SQL: a probe asks about one resource, a source lists those that match.

Fixed shapes, values always bound, one generic plan for each shape. A probe is a scalar subquery,
which the planner cannot turn into a join: it is one index look-up, whatever the statistics say.
Explained in docs/explanation/cdr.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xinglin.cdr.index.keys import KeySpace

from . import compare, guards, ranging
from .guards import AtHome, Mine, OfPatients, OfType, Unsealed
from .ir import (
    Always,
    And,
    Chain,
    Gram,
    Has,
    Key,
    Live,
    Near,
    Never,
    Node,
    Not,
    Or,
    Present,
    Range,
    Rids,
    Span,
    Str,
    Updated,
    Valued,
    Window,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

SHIFT: Final = 51
MASK: Final = (1 << SHIFT) - 1
TOP: Final = "\U0010ffff"
EPOCH: Final = "timestamptz 'epoch'"


class Statement:
    """One SQL statement in the making: its bound values and its aliases.

    ``loose``: it only counts, so that a source may list a little more than what matches.
    """

    def __init__(self, *, loose: bool = False) -> None:
        self.args: list[Any] = []
        self._loose = loose
        self._aliases = 0

    def bind(self, value: Any, cast: str = "") -> str:
        """The placeholder of ``value``."""
        self.args.append(value)
        return f"${len(self.args)}{cast}"

    def alias(self) -> str:
        """A name that no other part of the statement has."""
        self._aliases += 1
        return f"t{self._aliases}"

    # -- probes -------------------------------------------------------------------------------

    def probe(self, node: Node, rid: str) -> str:
        """A condition on the resource whose number the expression ``rid`` gives; may be null."""
        match node:
            case Always():
                return "true"
            case Never():
                return "false"
            case Live():
                return self._on_row(node, rid)
            case Key():
                return self._exists("key", f"{self.keys(node.ks)} and rid = {rid}")
            case Rids():
                return f"{rid} = any({self.bind(list(node.rids), '::bigint[]')})"
            case Range() | Window():
                tests = ranging.ranges(node)
                where = f"rid = {rid} and {self.keys(tests[0].ks)} and {ranging.probe(self, tests)}"
                return self._exists(tests[0].table, where)
            case Span():
                where = f"rid = {rid} and {self.keys(node.ks)} and {self._span(node)}"
                return self._exists("num", where)
            case Str():
                where = f"rid = {rid} and {self.keys(node.ks)} and {self._string(node)}"
                return self._exists("str", where)
            case Present():
                mask = self.bind(node.mask, "::bigint")
                return self._exists("resource", f"rid = {rid} and (present & {mask}) <> 0")
            case Valued():
                return self._exists(node.table, f"rid = {rid} and {self.keys(node.ks)}")
            case Updated():
                return self._exists("resource", f"rid = {rid} and {self.updated(node)}")
            case Gram():
                return self._gram(node, rid)
            case Near():
                return self._near(node, rid)
            case Mine() | Unsealed() | OfPatients() | AtHome() | OfType():
                return self._on_row(node, rid)
            case And() | Or():
                return self._several(node, rid)
            case Not():
                return f"({self.probe(node.part, rid)}) is not true"
            case Chain():
                return self._chain(node, rid)
            case Has():
                return self._has(node, rid)
            case _:
                raise TypeError(f"{type(node).__name__} has to be resolved before it is compiled")

    def every(self, parts: Iterable[Node], rid: str) -> str:
        """The condition that all parts hold."""
        return self.probe(And(tuple(parts)), rid)

    def _several(self, node: And | Or, rid: str) -> str:
        """Parts that are told by the row itself are told by one look at it."""
        parts = [part for part in node.parts if not on_row(part)]
        told = tuple(part for part in node.parts if on_row(part))
        texts = [self.probe(part, rid) for part in parts]
        if told:
            texts.append(self._on_row(type(node)(told), rid))
        if not texts:
            return "true" if isinstance(node, And) else "false"
        return "(" + (" and " if isinstance(node, And) else " or ").join(texts) + ")"

    def _on_row(self, node: Node, rid: str) -> str:
        row = self.alias()
        return f"(select {self.row(node, row)} from resource {row} where {row}.rid = {rid})"

    def row(self, node: Node, row: str) -> str:
        """A condition on a row of ``resource`` with the alias ``row``; may be null."""
        match node:
            case Mine() | Unsealed() | OfPatients() | AtHome() | OfType():
                return guards.condition(self, node, row)
            case Live():
                text = f"not {row}.deleted and {row}.ver > 0"
                if node.types:
                    numbers = self.bind(list(node.types), "::smallint[]")
                    text = f"{row}.type = any({numbers}) and {text}"
                return text
            case And() if on_row(node):
                return "(" + " and ".join(self.row(part, row) for part in node.parts) + ")"
            case Or() if on_row(node):
                return "(" + " or ".join(self.row(part, row) for part in node.parts) + ")"
            case Not() if on_row(node):
                return f"({self.row(node.part, row)}) is not true"
            case _:
                return self.probe(node, f"{row}.rid")

    def _exists(self, table: str, where: str) -> str:
        return f"(select true from {table} where {where} limit 1)"

    def keys(self, ks: tuple[int, ...], column: str = "k") -> str:
        """The condition that the key is one of these."""
        if len(ks) == 1:
            return f"{column} = {self.bind(ks[0], '::bigint')}"
        return f"{column} = any({self.bind(list(ks), '::bigint[]')})"

    def _range(self, node: Range) -> str:
        cast = "::bigint" if node.table == "dat" else "::numeric"
        return self.bounds(compare.condition(node), node.low, node.high, cast)

    def bounds(self, text: str, low: Any, high: Any, cast: str) -> str:
        """A condition with its places ``{a}`` and ``{b}`` bound, those that it has."""
        places = {
            name: self.bind(value, cast) if f"{{{name}}}" in text else ""
            for name, value in (("a", low), ("b", high))
        }
        return text.format(**places)

    def _span(self, node: Span) -> str:
        start = Range("num", node.ks, node.op, node.low, node.high)
        end = Range("num", node.ks, node.end_op, node.end_low, node.end_high)
        first = self._range(start).replace("hi ", "lo ")
        return f"{first} and {self._range(end).replace('lo ', 'hi ')}"

    def _string(self, node: Str) -> str:
        exact = "" if node.exact is None else f" and x = {self.bind(node.exact, '::bigint')}"
        match node.op:
            case "prefix":
                low = self.bind(node.value, "::text")
                return f"v >= {low} and v < {self.bind(node.value + TOP, '::text')}{exact}"
            case "equals":
                return f"v = {self.bind(node.value, '::text')}{exact}"
            case "contains":
                return f"strpos(v, {self.bind(node.value, '::text')}) > 0{exact}"
            case "suffix":
                ending = self.bind(node.value, "::text")
                return f"right(v, length({ending})) = {ending}{exact}"
            case "after":
                return f"v > {self.bind(node.value, '::text')}{exact}"
            case "before":
                return f"v < {self.bind(node.value, '::text')}{exact}"
            case "any":
                return f"true{exact}"

    def updated(self, node: Updated, column: str = "updated") -> str:
        """The condition on a timestamp column."""
        places = {"a": node.low, "b": node.high}
        text = compare.PROBES[node.op]
        text = text.replace("lo ", f"{column} ").replace("hi ", f"{column} ")
        bound = {
            name: f"({EPOCH} + {self.bind(value, '::bigint')} * interval '1 microsecond')"
            for name, value in places.items()
            if f"{{{name}}}" in text
        }
        return text.format(**bound)

    def _gram(self, node: Gram, rid: str) -> str:
        parts = [
            self._exists("gram", f"k = {self.bind(k, '::bigint')} and rid = {rid}") for k in node.ks
        ]
        if node.phrases:
            found = " and ".join(
                f"strpos(lower(body), {self.bind(one, '::text')}) > 0" for one in node.phrases
            )
            parts.append(self._exists("resource", f"rid = {rid} and {found}"))
        return "(" + " and ".join(parts) + ")" if parts else "false"

    def _near(self, node: Near, rid: str) -> str:
        """Great-circle distance on the mean sphere; what has no plain numbers is not near."""
        lat = self.bind(node.latitude, "::float8")
        lon = self.bind(node.longitude, "::float8")
        one = "(case when {0} ~ '^-?[0-9]{{1,3}}(\\.[0-9]{{1,30}})?$' then {0}::float8 end)"
        most = self.bind(node.metres, "::float8")
        la, lo = one.format("p.la"), one.format("p.lo")
        arc = (
            f"power(sin(radians(({la} - {lat}) / 2)), 2) + cos(radians({lat})) * cos(radians({la}))"
            f" * power(sin(radians(({lo} - {lon}) / 2)), 2)"
        )
        row = self.alias()
        place = f"{row}.body::jsonb #>> '{{position,%s}}'"
        return (
            f"(select 2 * 6371008.8 * asin(sqrt(least(1, {arc}))) <= {most}"
            f" from resource {row} cross join lateral (select {place % 'latitude'} as la,"
            f" {place % 'longitude'} as lo offset 0) p where {row}.rid = {rid})"
        )

    def _chain(self, node: Chain, rid: str) -> str:
        source, ref = self.alias(), self.alias()
        target = f"({ref}.x & {MASK})"
        params = self.bind(list(node.params), "::bigint[]")
        inner = self.probe(node.inner, target)
        return (
            f"(select true from resource {source} cross join lateral unnest({source}.refs) {ref}(x)"
            f" where {source}.rid = {rid} and not {source}.deleted"
            f" and ({ref}.x >> {SHIFT}) = any({params}) and {inner} limit 1)"
        )

    def _has(self, node: Has, rid: str) -> str:
        source = self.alias()
        wanted = [f"({self.bind(one << SHIFT, '::bigint')} | {rid})" for one in node.params]
        where = f"{source}.k = {wanted[0]}"
        if len(wanted) > 1:
            where = f"{source}.k = any(array[{', '.join(wanted)}])"
        inner = self.probe(node.inner, f"{source}.rid")
        return f"(select true from key {source} where {where} and {inner} limit 1)"

    # -- sources ------------------------------------------------------------------------------

    def source(self, node: Node) -> str:
        """A select of ``rid``: all that match, perhaps repeated. Only for ``listable`` nodes."""
        match node:
            case Never():
                return "select null::bigint as rid where false"
            case Live():
                ks = tuple(KeySpace.type_key(one) for one in node.types)
                return f"select rid from key where {self.keys(ks)}"
            case Key():
                return f"select rid from key where {self.keys(node.ks)}"
            case Rids():
                return f"select rid from unnest({self.bind(list(node.rids), '::bigint[]')}) u(rid)"
            case Range() | Window():
                return ranging.source(self, ranging.ranges(node))
            case Str():
                return f"select rid from str where {self.keys(node.ks)} and {self._string(node)}"
            case Span():
                return f"select rid from num where {self.keys(node.ks)} and {self._span(node)}"
            case Updated():
                return self._updated_source(node)
            case Valued():
                return f"select rid from {node.table} where {self.keys(node.ks)}"
            case Gram():
                return self._gram_source(node)
            case Mine() | OfPatients() | AtHome():
                return self._guard_source(node)
            case Or():
                return " union all ".join(f"({self.source(part)})" for part in node.parts)
            case And():
                return self._and_source(node)
            case Chain():
                return self._chain_source(node)
            case Has():
                return self._has_source(node)
            case _:
                raise TypeError(f"{type(node).__name__} does not list its resources")

    def _updated_source(self, node: Updated) -> str:
        """By the changes of that time; those that were followed by others fall to the probe."""
        types = self.bind(list(node.types), "::smallint[]")
        return (
            f"select c.rid from change c where c.type = any({types}) and"
            f" {self.updated(node, 'c.at')} and {self.probe(node, 'c.rid')}"
        )

    def _gram_source(self, node: Gram) -> str:
        first, *rest = node.ks
        parts = [f"g.k = {self.bind(first, '::bigint')}"]
        if rest or node.phrases:
            parts.append(self._gram(Gram(tuple(rest), node.phrases), "g.rid"))
        return f"select g.rid from gram g where {' and '.join(parts)}"

    def _guard_source(self, node: Mine | OfPatients | AtHome) -> str:
        """By keys; a Patient has the keys of those it is linked with, but belongs to itself."""
        text = guards.source(self, node)
        if self._loose or isinstance(node, AtHome):
            return text
        alias = self.alias()
        return f"select {alias}.rid from ({text}) {alias} where {self.probe(node, f'{alias}.rid')}"

    def _and_source(self, node: And) -> str:
        """The first listable part drives, the others are probed; the planner orders the parts."""
        found = [part for part in node.parts if listable(part)]
        driver = next((part for part in found if not isinstance(part, Live)), found[0])
        alias = self.alias()
        text = f"select {alias}.rid from ({self.source(driver)}) {alias}"
        rest = [part for part in node.parts if part is not driver]
        return f"{text} where {self.every(rest, f'{alias}.rid')}"

    def _chain_source(self, node: Chain) -> str:
        alias = self.alias()
        inner = self.source(node.inner)
        found = [
            f"select k.rid from ({inner}) {alias} cross join lateral"
            f" (select rid from key where k = ({self.bind(one << SHIFT, '::bigint')} | {alias}.rid)"
            " offset 0) k"
            for one in node.params
        ]
        return " union all ".join(found)

    def _has_source(self, node: Has) -> str:
        alias = self.alias()
        inner = self.source(node.inner)
        params = self.bind(list(node.params), "::bigint[]")
        return (
            f"select f.x & {MASK} as rid from ({inner}) {alias} cross join lateral"
            f" (select refs from resource where rid = {alias}.rid offset 0) r"
            f" cross join lateral unnest(r.refs) f(x) where (f.x >> {SHIFT}) = any({params})"
        )


def listable(node: Node) -> bool:
    """Whether ``source`` can list what matches the node without looking at everything."""
    match node:
        case Key() | Rids() | Range() | Window() | Span() | Str() | Valued() | Updated() | Never():
            return True
        case Mine() | OfPatients() | AtHome():
            return True
        case Live():
            return bool(node.types)
        case Gram():
            return bool(node.ks)
        case Or():
            return all(listable(part) for part in node.parts)
        case And():
            return any(listable(part) for part in node.parts)
        case Chain() | Has():
            return listable(node.inner)
        case _:
            return False


def on_row(node: Node) -> bool:
    """Whether the row of the resource tells it, without a look at the index tables."""
    match node:
        case Mine() | Unsealed() | OfPatients() | AtHome() | OfType() | Live():
            return True
        case And() | Or():
            return all(on_row(part) for part in node.parts)
        case Not():
            return on_row(node.part)
        case _:
            return False
