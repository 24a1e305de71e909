"""The searches of one installation: what they share, and the ways in.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/http.html#search.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from . import freetext, hidden, includes, ordering, parameters, results, totals, views
from .confirm import Confirmer
from .counts import Counts
from .order import EPOCH, Mark
from .paging import PAGE, fingerprint, seal, unseal
from .prepared import Prepared, Recent
from .request import SearchRequest
from .resolve import Numbers, Seen
from .results import SearchResult
from .run import Run

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Hashable, Sequence

    from xinglin.cdr.index import KeySpace
    from xinglin.cdr.index.dates import Dates
    from xinglin.fhir.search import SearchParameters
    from xinglin.kernel.database import Connection, Database

    from . import ir
    from .build import Terminology
    from .confirm import Asked
    from .textindex import FreeText


class Sight(Protocol):
    """What search asks of an Access."""

    def predicate(self, type_: str, letter: Any, /) -> ir.Node | None:
        """What must hold for resources of the type; None: nothing."""
        ...

    @property
    def total(self) -> bool:
        """Whether nothing is limited."""
        ...

    @property
    def limits(self) -> Hashable:
        """Equal for those who may see the same."""
        ...

    @property
    def hidden(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Elements by type that are neither shown nor searched."""
        ...


class Engine:
    """Searches. One a process; holds caches of numbers and of how common keys are.

    ``text`` is the free-text index; without one ``_text`` and ``_content`` are refused.
    ``bases`` are the own addresses. ``secret`` seals page tokens. ``limit`` is how many
    seconds one search may take.
    """

    def __init__(
        self,
        registry: SearchParameters,
        keys: KeySpace,
        dates: Dates,
        secret: bytes,
        *,
        terminology: Terminology | None = None,
        text: FreeText | None = None,
        limit: float = 20.0,
        bases: tuple[str, ...] = (),
    ) -> None:
        self.registry = registry
        self.keys = keys
        self.dates = dates
        self.bases = bases
        self.secret = secret
        self.terminology = terminology
        self.text = text
        self.limit = limit
        self.numbers = Numbers()
        self.counts = Counts()
        self._recent: Recent[Prepared] = Recent()
        self._shown: Recent[dict[tuple[int, str], int]] = Recent(512)
        self._confirmers: Recent[Confirmer] = Recent(2)

    async def search(
        self, source: Connection | Database, access: Sight, request: SearchRequest
    ) -> SearchResult:
        """The Bundle of a search. Raises Malformed, TooCostly and the like."""
        prepared = self._prepare(access, request)
        caught = await freetext.catch_up(self.text, request, self.limit)
        async with _connection(source) as connection:
            run = Run(self, connection, access, request)
            run.caught = caught
            return await self._answer(run, prepared)

    def seen(self, access: Sight) -> Seen:
        """What is kept for those who may see the same."""
        return Seen(self._shown.get(access.limits, dict))

    def _prepare(self, access: Sight, request: SearchRequest) -> Prepared:
        """The parsed search, as it was kept from the last time or new."""
        query = tuple(pair for pair in request.query if pair[0] != PAGE)
        plain = msgspec.structs.replace(request, query=query, now=EPOCH)
        asked = (plain.type, query, plain.compartment, plain.base, plain.strict)
        key = (asked, access.limits, self.registry, self.dates)

        def make() -> Prepared:
            registry = hidden.shown(self.registry, access)
            read = parameters.read(registry, plain)
            path = address_path(plain)
            address = results.address(plain.base, path, read.kept)
            terms = ordering.terms(self.registry, self.keys, read)
            return Prepared(read, fingerprint(path, read.kept), address, terms)

        return self._recent.get(key, make)

    async def conditional_match(
        self,
        source: Connection | Database,
        access: Sight,
        type_: str,
        criteria: Sequence[tuple[str, str]],
        *,
        base: str = "",
    ) -> list[int]:
        """The numbers of at most two live resources that meet the criteria."""
        request = SearchRequest(type_, tuple(criteria), base=base)
        registry = hidden.shown(self.registry, access)
        expressions = parameters.criteria(registry, type_, request.query)
        async with _connection(source) as connection:
            run = Run(self, connection, access, request)
            node = await run.node({type_: expressions})
            found = [entry.rid for entry in await run.page(node, (), None, 2)]
            return (await self.confirmed(connection, [(type_, request.query)], [found]))[0]

    async def confirmed(
        self, connection: Connection, asked: Sequence[Asked], found: list[list[int]]
    ) -> list[list[int]]:
        """Those of the matches of each (type, criteria) whose values are really those asked for."""
        key = (self.registry, self.dates)
        confirmer = self._confirmers.get(key, lambda: Confirmer(*key, self.secret, self.bases))
        return await confirmer.confirmed(connection, asked, found)

    async def _answer(self, run: Run, prepared: Prepared) -> SearchResult:
        request, query = run.request, prepared.query
        terms, bound = prepared.terms, prepared.bound
        page = next((text for name, text in request.query if name == PAGE), "")
        mark = unseal(self.secret, bound, terms, page) if page else None
        node = await run.prepared_node(prepared)
        total = await totals.total(run, node, query)
        count = 0 if query.summary == "count" else query.count
        matches: list[results.Entry] = []
        more = False
        if count:
            matches = await run.page(node, terms, mark, count + 1)
            matches, more = _cut(matches, count, mark)
        extra = await includes.included(run, query, matches)
        tokens = self._tokens(bound, matches, mark, more=more)
        body = results.bundle(
            request.base,
            _links(prepared.address, page, tokens),
            matches,
            extra,
            total=total,
            outcome=results.outcome(query.ignored, request.lang),
            shorten=views.shortener(query, run.access),
        )
        patients = results.patients(matches, extra)
        if run.seen is not None:
            run.seen.learn(patients)
        return SearchResult(body, total, len(matches), patients)

    def _tokens(
        self,
        bound: str,
        matches: list[results.Entry],
        mark: Mark | None,
        *,
        more: bool,
    ) -> dict[str, str]:
        if not matches:
            return {}
        first, last = matches[0], matches[-1]
        back = mark is not None and mark.back
        tokens: dict[str, str] = {}
        if (mark is not None and not back) or (back and more):
            tokens["previous"] = seal(self.secret, bound, Mark(first.values, first.rid, back=True))
        if more or back:
            tokens["next"] = seal(self.secret, bound, Mark(last.values, last.rid))
        return tokens


def _cut(
    matches: list[results.Entry], count: int, mark: Mark | None
) -> tuple[list[results.Entry], bool]:
    """The page without the row that only told that there are more."""
    more = len(matches) > count
    matches = matches[:count]
    if mark is not None and mark.back:
        matches.reverse()
    return matches, more


def address_path(request: SearchRequest) -> str:
    """The path of the search below the base."""
    if request.compartment is not None:
        return f"/{request.compartment[0]}/{request.compartment[1]}/{request.type or '*'}"
    return f"/{request.type}" if request.type else ""


def _links(address: str, page: str, tokens: dict[str, str]) -> list[tuple[str, str]]:
    more = f"{address}{'&' if '?' in address else '?'}{PAGE}="
    # A page token is base64 for URLs; what was unsealed needs no encoding.
    links = [("self", more + page if page else address), ("first", address)]
    return links + [(name, more + token) for name, token in tokens.items()]


@asynccontextmanager
async def _connection(source: Connection | Database) -> AsyncGenerator[Connection]:
    if hasattr(source, "acquire"):
        async with source.acquire() as connection:  # pyright: ignore[reportAttributeAccessIssue]
            yield connection
    else:
        yield source  # pyright: ignore[reportReturnType]
