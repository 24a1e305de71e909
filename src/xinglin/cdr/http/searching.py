"""Search behind its addresses: of a type, of a compartment, of everything; by GET and by form.

https://hl7.org/fhir/R4/http.html#search
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xinglin.cdr.search import SearchRequest, pairs

from . import body, negotiation, query
from .handlers import MB, Authorise
from .message import Request, Response

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xinglin.cdr.search.engine import Engine
    from xinglin.kernel.clock import Clock
    from xinglin.kernel.database import Database

    from .endpoint import Handler
    from .routes import Place


class Searching:
    """The search interactions over one engine."""

    def __init__(
        self,
        engine: Engine,
        database: Database,
        clock: Clock,
        authorise: Authorise,
        *,
        max_body: int = MB,
    ) -> None:
        self._engine = engine
        self._database = database
        self._clock = clock
        self._authorise = authorise
        self._max_body = max_body

    def table(self) -> dict[str, Handler]:
        """Interaction name to handler, for the endpoint."""
        return {
            "search_type": self.of_type,
            "search_system": self.of_system,
            "search_compartment": self.of_compartment,
        }

    async def of_type(self, request: Request, place: Place) -> Response:
        """``[base]/Patient?…``."""
        return await self._search(request, place.type, None)

    async def of_system(self, request: Request, place: Place) -> Response:
        """``[base]?_type=…``."""
        del place
        return await self._search(request, None, None)

    async def of_compartment(self, request: Request, place: Place) -> Response:
        """``[base]/Patient/1/Observation?…`` and ``[base]/Patient/1/*``."""
        type_ = None if place.name == "*" else place.name
        return await self._search(request, type_, (place.type, place.id))

    async def _search(
        self, request: Request, type_: str | None, compartment: tuple[str, str] | None
    ) -> Response:
        access = await self._authorise(request)
        sources = [request.query_string]
        if request.method == "POST":
            sources.append(await self._form(request))
        for source in sources:
            if b"%" in source:
                query.pairs(source)  # refuses broken escapes, which decoding lets through
        asked = pairs(*sources)
        written = _format(request, asked)
        found = await self._engine.search(
            self._database,
            access,
            SearchRequest(
                type=type_,
                query=asked,
                compartment=compartment,
                base=request.base,
                strict=request.prefer.strict,
                lang=request.language,
                now=self._clock.now(),
            ),
        )
        request.count, request.patients = found.matches, found.patients
        return Response(200, found.body, type=written)

    async def _form(self, request: Request) -> bytes:
        content = await body.read(request, self._max_body)
        if content:
            negotiation.request_type(request.header(b"content-type"), "form")
        request.form = content
        return content


def _format(request: Request, asked: Iterable[tuple[str, str]]) -> bytes | None:
    """What a ``_format`` in the form asks for; None: what was negotiated without one."""
    if request.method != "POST":
        return None
    formats = [value for name, value in asked if name == "_format"]
    return negotiation.response_type(None, formats[-1]) if formats else None
