"""One search while it runs: its connection, its time limit, its steps.

The order of steps: resolve names, replace small chains by keys, count the candidates, walk or
gather. Explained in docs/explanation/cdr.md.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import asyncpg

from xinglin.cdr.types import number

from . import canonical, freetext, plan, terminology, walks
from .allowed import together
from .build import Builder
from .build.compartments import inside
from .guards import AtHome, Mine, OfPatients
from .ir import (
    And,
    Chain,
    Has,
    Ids,
    Key,
    Live,
    Never,
    Node,
    Not,
    Or,
    Rids,
    Updated,
    both,
    either,
    negate,
    typed,
)
from .limits import too_costly
from .resolve import Numbers, Seen, resolve
from .results import Entry
from .sql import MASK, SHIFT, listable, on_row

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xinglin.kernel.database import Connection

    from .engine import Engine, Sight
    from .order import Mark, Term
    from .plan import Select, Shape
    from .prepared import Prepared
    from .query import Expr
    from .request import SearchRequest


class Run:
    """The state of one search."""

    def __init__(
        self, engine: Engine, connection: Connection, access: Sight, request: SearchRequest
    ) -> None:
        self.engine = engine
        self.registry = engine.registry
        self.connection = connection
        self.access = access
        self.request = request
        self.deadline = time.monotonic() + engine.limit
        self.listing = Key((0,))
        self.caught: freetext.Caught | None = None
        self.seen: Seen | None = None
        self._allowed: dict[str, Node | None] = {}

    # -- statements -----------------------------------------------------------------------------

    async def fetch(self, text: str, *args: Any) -> list[Any]:
        """Run one statement within what is left of the time limit."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise too_costly(self.engine.limit)
        try:
            return await self.connection.fetch(text, *args, timeout=left)
        except (TimeoutError, asyncpg.QueryCanceledError) as error:
            raise too_costly(self.engine.limit) from error

    async def entries(self, text: str, args: list[Any]) -> list[Entry]:
        """Rows (rid, type, id, body, refs, patient, patients, sort values …) as entries."""
        name = self.registry.type_name
        return [
            Entry(row[0], name(row[1]), row[2], row[3], row[4], row[5], row[6], tuple(row)[7:])
            for row in await self.fetch(text, *args)
        ]

    # -- the node -------------------------------------------------------------------------------

    def allowed_one(self, type_: str) -> Node | None:
        """What the Access demands of a type; None: nothing."""
        if type_ not in self._allowed:
            self._allowed[type_] = self.access.predicate(type_, "s")
        return self._allowed[type_]

    def allowed(self, types: Iterable[str]) -> Node | None:
        """What the Access demands of a resource of any of the types."""
        return together({number(type_): self.allowed_one(type_) for type_ in types})

    def type_key(self, name: str) -> int:
        """The key of a type's listing."""
        return self.engine.keys.type_key(self.registry.type_number(name))

    async def prepared_node(self, prepared: Prepared) -> Node:
        """The whole condition of a search, built anew where it could not be kept."""
        node = prepared.node
        if node is None:
            node, lasting = await self._build(prepared.query.where)
            if lasting:
                prepared.node, prepared.listing = node, self.listing
        elif prepared.listing is not None:
            self.listing = prepared.listing
        return await self._finish(node)

    async def node(self, where: dict[str, tuple[Expr, ...]]) -> Node:
        """The condition on resources of any of the types, access included, ready to compile."""
        node, _ = await self._build(where)
        return await self._finish(node)

    async def _build(self, where: dict[str, tuple[Expr, ...]]) -> tuple[Node, bool]:
        """The condition, and whether it stays true: neither clock nor terminology was asked."""
        codes = await terminology.ask(self, where)
        builder = Builder(
            self.registry,
            self.engine.keys,
            self.engine.dates,
            self.request.now,
            bases=(self.request.base, *self.engine.bases),
            codes=codes,
            allowed=self.allowed_one,
            covers=self._covers,
        )
        parts: list[list[Node]] = [
            [builder.build(one, type_) for one in expressions]
            for type_, expressions in where.items()
        ]
        types = list(where)
        self.listing = Key(tuple(self.type_key(name) for name in types))
        if self.request.compartment is not None:
            for type_, nodes in zip(types, parts, strict=True):
                nodes.append(inside(builder, type_, *self.request.compartment))
        joined = [self._joined(types, list(column)) for column in zip(*parts, strict=True)]
        access = self.allowed(types)
        node = both(*joined, *([access] if access is not None else []))
        if not typed(node):
            node = both(node, self._listing(types, node))
        return node, not codes and not builder.asked_clock

    async def _finish(self, node: Node) -> Node:
        """The condition, with what only the database knows."""
        node = await freetext.current(self, node)
        # What is remembered would answer faster for what is there than for what is not.
        # What this transaction has reserved may yet be undone.
        if self.connection.is_in_transaction():
            numbers = Numbers()
        elif self.access.total:
            numbers = self.engine.numbers
        else:
            numbers = self.seen = self.seen or self.engine.seen(self.access)
        node = await resolve(node, self.fetch, self.registry, numbers)
        return await self.simplify(node)

    def _covers(self, source: int) -> bool:
        text = self.engine.text
        return text is not None and (source == 0 or text.names.covers(source))

    def _listing(self, types: list[str], node: Node) -> Node:
        """Is live, and of one of the types; all of them cannot be told by a key each."""
        if len(types) == 1 or not listable(node):
            return self.listing
        numbers = tuple(self.registry.type_number(name) for name in types)
        return Live(() if len(types) == len(self.registry.types) else numbers)

    def _joined(self, types: list[str], nodes: list[Node]) -> Node:
        """One criterion over several types: each node with its type, where it does not say it."""
        if len(nodes) == 1 or all(node == nodes[0] for node in nodes):
            return nodes[0]
        return either(
            *(
                node
                if typed(node) or isinstance(node, Ids | Updated)
                else both(Key((self.type_key(name),)), node)
                for name, node in zip(types, nodes, strict=True)
            )
        )

    async def simplify(self, node: Node) -> Node:
        """Replace chains that reach few resources by the keys of those."""
        match node:
            case And():
                return both(*[await self.simplify(part) for part in node.parts])
            case Or():
                return either(*[await self.simplify(part) for part in node.parts])
            case Not():
                return negate(await self.simplify(node.part))
            case Chain():
                inner = await self.simplify(node.inner)
                rids = await self._few(inner)
                if rids is None:
                    canonical.check(self, node.params)
                    return Chain(node.params, inner)
                ks = [p << SHIFT | rid for rid in rids or [0] for p in node.params]
                return Key((*ks, *await canonical.chained(self, node.params, rids)))
            case Has():
                inner = await self.simplify(node.inner)
                rids = await self._few(inner)
                if rids is None:
                    canonical.check(self, node.params)
                    return Has(node.params, inner)
                found = await self._targets(node.params, rids)
                found += await canonical.reached(self, node.params, rids)
                return Rids(tuple(found) or (0,))
            case _:
                return node

    async def _few(self, node: Node) -> list[int] | None:
        """What matches the inner node of a chain, if that is little."""
        if isinstance(node, Rids):
            return list(node.rids)
        shape = plan.Shape(node)
        driver, size = await self.driver(shape, sure=False)
        if size >= plan.SPARSE:
            return None
        select = plan.gather(shape, driver, (), None, plan.SPARSE)
        return [row[0] for row in await self.fetch(select.text, *select.statement.args)]

    async def _targets(self, params: tuple[int, ...], rids: list[int]) -> list[int]:
        text = (
            f"select distinct f.x & {MASK} from unnest($1::bigint[]) u(rid) cross join lateral"
            " (select refs from resource where resource.rid = u.rid offset 0) r"
            f" cross join lateral unnest(r.refs) f(x) where (f.x >> {SHIFT}) = any($2::bigint[])"
        )
        return [row[0] for row in await self.fetch(text, rids, list(params))]

    # -- pages ----------------------------------------------------------------------------------

    async def page(
        self, node: Node, terms: tuple[Term, ...], mark: Mark | None, limit: int
    ) -> list[Entry]:
        """Up to ``limit`` matches from the mark on, in order (backwards for a backward mark)."""
        if isinstance(node, Never):
            return []
        shape = plan.Shape(node)
        # A short list is sorted whole in one statement; only a long one is worth walking.
        driver, size = await self.driver(shape, sure=not terms)
        if size < plan.SPARSE:
            return await self._bodies(plan.gather(shape, driver, terms, mark, limit))
        if not terms:
            return await self._dense(shape, driver, mark, limit)
        return await self._sorted(shape, terms, mark, limit)

    async def _dense(
        self, shape: Shape, driver: Node, mark: Mark | None, limit: int
    ) -> list[Entry]:
        """Newest first, where every candidate is large."""
        walked = next(filter(None, map(plan.walkable, (driver, *shape.candidates))), self.listing)
        found = await self._bodies(plan.walk(shape, walked, mark, limit, plan.STEPS))
        if len(found) >= limit or not shape.rest(walked):
            return found
        if not await self.one(plan.longer(walked, mark, plan.each(walked, limit, plan.STEPS), ())):
            return found
        # What was walked held too few: the sets overlap little.
        return await self._gathered(shape, (), mark, limit)

    async def _gathered(
        self, shape: Shape, terms: tuple[Term, ...], mark: Mark | None, limit: int
    ) -> list[Entry]:
        """Everything that matches, by the smallest candidate or by intersecting all."""
        driver, size = await self.driver(shape, plan.LARGE)
        chosen = driver if size < plan.LARGE else None
        return await self._bodies(plan.gather(shape, chosen, terms, mark, limit))

    async def _sorted(
        self,
        shape: Shape,
        terms: tuple[Term, ...],
        mark: Mark | None,
        limit: int,
    ) -> list[Entry]:
        """In the order of the first term, by its index where it has one."""
        index = walks.index(shape, terms[0], self._clinical())
        if index is not None:
            opened = walks.opened(shape, terms[0])
            if opened is not None and not await self.one(walks.reaching(opened)):
                index = walks.since(index, opened)
            found = await self._ordered(shape, index, terms, mark, limit)
            if found is not None:
                return found
        return await self._gathered(shape, terms, mark, limit)

    def _clinical(self) -> tuple[int, int] | None:
        """(patient parameter, key of the date) of the rows of ``pdate``, for a single type."""
        names = self.registry.dates.get(self.request.type or "")
        if names is None:
            return None
        who, when = (self.registry.get(self.request.type or "", one) for one in names)
        if who is None or when is None or len(when.sources) != 1:
            return None
        return who.sources[0], self.engine.keys.plain(when.sources[0])

    async def one(self, select: Select) -> Any:
        """The only value of a statement."""
        return (await self.fetch(select.text, *select.statement.args))[0][0]

    async def _ordered(
        self,
        shape: Shape,
        index: walks.Index,
        terms: tuple[Term, ...],
        mark: Mark | None,
        limit: int,
    ) -> list[Entry] | None:
        """By the index of the first term, then those without a value; None: too few were met."""
        found: list[Entry] = []
        empty = walks.valueless(shape, terms)
        if mark is None or mark.values[0] is not None:
            sizes = (limit, plan.STEPS)
            found = await self._bodies(walks.walk(shape, index, terms, mark, sizes))
            if len(found) >= limit:
                return found
            if await self.one(walks.goes_on(index, terms[0], mark, plan.STEPS)):
                return None
            if mark is not None and mark.back:
                return found
            mark = None
        elif mark.back:
            return None
        if index.low is not None or index.high is not None or terms[0].kind in {"id", "updated"}:
            return found
        return None if empty is None else await self._without(empty, terms, mark, limit, found)

    async def _without(
        self,
        empty: Shape,
        terms: tuple[Term, ...],
        mark: Mark | None,
        limit: int,
        found: list[Entry],
    ) -> list[Entry] | None:
        """What has no value, after what was found."""
        key = next((one for one in empty.candidates if isinstance(one, Key)), self.listing)
        wanted = limit - len(found)
        rest = await self._bodies(plan.walk(empty, key, mark, wanted, plan.STEPS, terms))
        steps = plan.each(key, wanted, plan.STEPS)
        if len(rest) < wanted and await self.one(plan.longer(key, mark, steps, terms)):
            return None
        return found + rest

    async def driver(
        self, shape: Shape, cap: int = plan.SPARSE, *, sure: bool = True
    ) -> tuple[Node, int]:
        """The candidate that gives least, and how much (counted up to ``cap``).

        ``sure``: where there is no choice, nothing is counted, and the only one counts as large.
        """
        obvious = shape.obvious or (self._beside(shape, cap) if sure else None)
        if obvious is not None and (sure or isinstance(obvious, Rids)):
            return obvious, 0 if isinstance(obvious, Rids) else cap
        counts = await self._counts(shape.candidates, cap)
        size, place = min((count, i) for i, count in enumerate(counts))
        for i, one in enumerate(shape.candidates):
            # What one may see is little: then nothing depends on how much else there is.
            if isinstance(one, Mine | OfPatients | AtHome) and counts[i] < min(cap, plan.SPARSE):
                return one, counts[i]
        return shape.candidates[place], size

    def _beside(self, shape: Shape, cap: int) -> Key | None:
        """The only key beside what Access demands, where that is known to let much through."""
        keys = [one for one in shape.parts if not on_row(one)]
        if len(keys) != 1 or not isinstance(keys[0], Key) or len(keys[0].ks) != 1:
            return None
        known = [self.engine.counts.get(one, cap) for one in shape.candidates if one is not keys[0]]
        return keys[0] if all((count or 0) >= cap for count in known) else None

    async def _counts(self, candidates: list[Node], cap: int) -> list[int]:
        """How much each candidate gives, counted up to ``cap`` and remembered."""
        known = self.engine.counts
        found = {one: known.get(one, cap) for one in candidates}
        for one in candidates:
            if found[one] is None and plan.dear(one):
                found[one] = cap
        unknown = [one for one, count in found.items() if count is None]
        if unknown:
            text, args = plan.counts(unknown, cap)
            row = (await self.fetch(text, *args))[0]
            for one, count in zip(unknown, row, strict=True):
                known.put(one, count, cap)
                found[one] = count
        return [found[one] or 0 for one in candidates]

    async def _bodies(self, select: Select) -> list[Entry]:
        return await self.entries(select.bodies(), select.statement.args)
