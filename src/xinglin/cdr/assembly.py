"""Puts repository and search together: conditions in writes and searches in bundles use the engine.

https://hl7.org/fhir/R4/http.html#transaction, #cond-update and #ccreate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xinglin.cdr import types
from xinglin.cdr.index.reindex import Reindexer
from xinglin.cdr.interactions.matcher import Matcher
from xinglin.cdr.interactions.result import Result
from xinglin.cdr.repository import Repository
from xinglin.cdr.search import SearchRequest, hidden, pairs, parameters
from xinglin.cdr.search.engine import Engine
from xinglin.cdr.search.order import Mark
from xinglin.cdr.search.run import Run
from xinglin.cdr.search.textindex import FreeText
from xinglin.kernel.errors import Issue, NotFound

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from xinglin.cdr.access import Access
    from xinglin.cdr.index import Indexer
    from xinglin.cdr.interactions.replying import Style
    from xinglin.cdr.search.build.builder import Terminology
    from xinglin.cdr.search.query import Expr
    from xinglin.kernel.clock import Clock
    from xinglin.kernel.database import Connection, Database

PAGE = 1000  # matches fetched at once, where all are wanted


class Assembly:
    """The repository and its engine."""

    def __init__(self, repository: Repository, engine: Engine, clock: Clock) -> None:
        self.repository = repository
        self.engine = engine
        self._clock = clock
        context = repository.context
        context.matcher = Matcher(engine)
        context.search = self.search
        self.reindexer = Reindexer(context.db, context.indexer, context.dictionary)
        context.indexer.on_change(self._renew)

    def _renew(self, indexer: Indexer) -> None:
        """Search by the parameters that are complete, in the time zone that is set."""
        self.engine.registry, self.engine.dates = indexer.params, indexer.dates

    def criteria(self, access: Access, type_: str, query: str) -> tuple[Expr, ...]:
        """Read criteria that must all be known to the caller; raises Malformed."""
        registry = hidden.shown(self.engine.registry, access)
        return parameters.criteria(registry, type_, pairs(query))

    async def matches(
        self, connection: Connection, access: Access, type_: str, query: str
    ) -> AsyncIterator[list[int]]:
        """The numbers of all live resources that meet criteria, in pages."""
        mark: Mark | None = None
        while True:
            # A run has a time limit: it is meant for a page, not for all of them.
            run = Run(self.engine, connection, access, SearchRequest(type_))
            node = await run.node({type_: self.criteria(access, type_, query)})
            entries = await run.page(node, (), mark, PAGE)
            yield [entry.rid for entry in entries]
            if len(entries) < PAGE:
                return
            mark = Mark((), entries[-1].rid)

    async def search(
        self,
        source: Connection | Database,
        access: Access,
        path: tuple[str, ...],
        query: str,
        style: Style,
    ) -> Result:
        """See `context.Search`."""
        match path:
            case () | ("",):
                type_, compartment = None, None
            case (only,):
                type_, compartment = only, None
            case (owner, id_, other):
                type_, compartment = None if other == "*" else other, (owner, id_)
            case _:
                raise _no_search(path)
        if any(
            one is not None and not types.known(one) for one in (type_, *(compartment or ())[:1])
        ):
            raise _no_search(path)
        request = SearchRequest(
            type=type_,
            query=pairs(query),
            compartment=compartment,
            base=style.base,
            strict=style.strict,
            lang=style.lang,
            now=self._clock.now(),
        )
        found = await self.engine.search(source, access, request)
        return Result(status=200, body=found.body, patients=found.patients)


async def assemble(
    database: Database,
    clock: Clock,
    *,
    bases: tuple[str, ...] = (),
    limit: float = 10.0,
    terminology: Terminology | None = None,
    notify: Callable[[], None] | None = None,
) -> Assembly:
    """Open both on a migrated database; ``limit`` is how many seconds a search may take."""
    repository = await Repository.open(database, clock=clock, bases=bases, notify=notify)
    context = repository.context
    engine = Engine(
        context.indexer.params,
        context.indexer.keys,
        context.indexer.dates,
        context.secret,
        terminology=terminology,
        text=FreeText(database, context.indexer.params, context.indexer.keys),
        limit=limit,
        bases=bases,
    )
    return Assembly(repository, engine, clock)


def _no_search(path: tuple[str, ...]) -> NotFound:
    address = "/".join(path)
    return NotFound(Issue("not-found", f'No search at "{address}"', f"“{address}”不是检索地址"))
