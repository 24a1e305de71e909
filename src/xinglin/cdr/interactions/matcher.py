"""From criteria to the numbers of what meets them: many at once, for a transaction's references.

https://hl7.org/fhir/R4/http.html#ccreate; of `Access` only hidden elements are asked here, the
rest of what is found.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeGuard

from xinglin.cdr.access import Access
from xinglin.cdr.search import SearchRequest, hidden, ir, memory, parameters
from xinglin.cdr.search.run import Run
from xinglin.kernel.database import Database

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from xinglin.cdr.index import Rows
    from xinglin.cdr.search.engine import Engine
    from xinglin.kernel.database import Connection

    from .criteria import Criteria

_BY_KEY = (
    "select w.n, r.rid from unnest($1::integer[], $2::bigint[]) w(n, k) "
    "cross join lateral (select rid from key where key.k = w.k limit $3) r"
)


class Matcher:
    """The part of search that conditional interactions need."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def find(
        self, source: Connection | Database, access: Access, wanted: Sequence[Criteria], limit: int
    ) -> list[list[int]]:
        """Up to ``limit`` live resources for each of the criteria.

        One statement for all criteria that come to a key (``identifier=system|value``), as those
        of references usually do.
        """
        async with _connection(source) as connection:
            nodes = [await self._node(connection, access, one) for one in wanted]
            found = await self._by_key(connection, nodes, limit)
            for place, (one, node) in enumerate(zip(wanted, nodes, strict=True)):
                if not _is_key(node):
                    run = self._run(connection, one)
                    page = await run.page(node, (), None, limit)
                    found[place] = [entry.rid for entry in page]
            # A machine decides by this, so the values themselves are compared as well.
            asked = [(one.type, one.params) for one in wanted]
            return await self._engine.confirmed(connection, asked, found)

    async def meets(
        self,
        source: Connection | Database,
        access: Access,
        wanted: Criteria,
        images: Sequence[Rows],
    ) -> list[bool]:
        """Which images, not in the database yet, meet the criteria, as far as they can tell."""
        async with _connection(source) as connection:
            node = await self._node(connection, access, wanted)
        return [memory.evaluate(node, rows, 0) is True for rows in images]

    def _run(self, connection: Connection, wanted: Criteria) -> Run:
        request = SearchRequest(wanted.type, wanted.params)
        return Run(self._engine, connection, Access.local(), request)

    async def _node(self, connection: Connection, access: Access, wanted: Criteria) -> ir.Node:
        # What may not be seen of a resource must not be found out by conditions either.
        registry = hidden.shown(self._engine.registry, access)
        expressions = parameters.criteria(registry, wanted.type, wanted.params)
        return await self._run(connection, wanted).node({wanted.type: expressions})

    @staticmethod
    async def _by_key(
        connection: Connection, nodes: Sequence[ir.Node], limit: int
    ) -> list[list[int]]:
        pairs = [(n, k) for n, node in enumerate(nodes) if _is_key(node) for k in node.ks]
        found: list[dict[int, None]] = [{} for _ in nodes]
        if pairs:
            columns: list[Any] = [list(column) for column in zip(*pairs, strict=True)]
            for n, rid in await connection.fetch(_BY_KEY, *columns, limit):
                found[n][rid] = None
        return [list(rids) for rids in found]


def _is_key(node: ir.Node) -> TypeGuard[ir.Key]:
    return isinstance(node, ir.Key) and node.typed


@asynccontextmanager
async def _connection(source: Connection | Database) -> AsyncGenerator[Connection]:
    if isinstance(source, Database):
        async with source.acquire() as connection:
            yield connection
    else:
        yield source
