"""``/fhir/AuditEvent``: the rows of the trail, read only, before what other systems have stored.

https://hl7.org/fhir/R4/auditevent.html#search; docs/adr/0010-audit.md.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from xinglin.cdr.http import Request, Response
from xinglin.cdr.http import body as bodies
from xinglin.cdr.http.handlers import MB
from xinglin.cdr.search import pairs
from xinglin.fhir import json
from xinglin.kernel.errors import Forbidden, Issue, NotAllowed, NotFound
from xinglin.trust.audit import chain

from . import asking, queries
from .resource import audit_event
from .sight import TYPE, sight_of

if TYPE_CHECKING:
    from xinglin.cdr.http import Handler, Place
    from xinglin.cdr.http.handlers import Authorise
    from xinglin.cdr.index.dates import Dates
    from xinglin.kernel.database import Database
    from xinglin.trust.audit.model import Row

_CHANGES = ("update", "patch", "delete")


class AuditEvents:
    """Goes before the interactions of the repository, for this one type."""

    def __init__(self, db: Database, dates: Dates, authorise: Authorise) -> None:
        self._db = db
        self._authorise = authorise
        self._reader = asking.Reader(
            dates, partial(queries.rid_of, db), partial(queries.accounts, db)
        )

    def over(self, table: dict[str, Handler]) -> dict[str, Handler]:
        """The table with these handlers before its own."""
        before = {"read": self.read, "vread": self.read, "search_type": self.search}
        before |= dict.fromkeys(_CHANGES, self.refuse)
        found = dict(table)
        for name, handler in before.items():
            found[name] = partial(_first, handler, table[name])
        return found

    async def read(self, request: Request, place: Place) -> Response | None:
        """One row."""
        at = chain.place_of(place.id)
        if at is None:
            return None
        access = await self._authorise(request)
        wanted = asking.Wanted(places=(at,), count=1)
        rows = await queries.page(self._db, wanted, sight_of(access, "r"))
        if not rows or place.name not in ("", "1"):
            raise _absent(place.id)
        (found,) = await self._resources(request, rows)
        return Response(200, json.encode(found), [(b"etag", b'W/"1"')])

    async def refuse(self, request: Request, place: Place) -> Response | None:
        """Nobody changes a row; AuditEvents of other systems are resources like any other."""
        if not place.id.startswith("chain-"):
            return None
        await self._authorise(request)
        raise NotAllowed(
            Issue(
                "not-supported",
                "A row of the audit trail cannot be changed or deleted, by anybody.",
                "审计记录不可修改或删除，任何人均不例外。",
            ),
            headers={"Allow": "GET, HEAD, OPTIONS"},
        )

    async def search(self, request: Request, place: Place) -> Response | None:
        """A page of rows; None: the question is for the stored resources."""
        del place
        asked = pairs(request.query_string, await self._form(request))
        if ("_page", asking.STORED_MARK) in asked:
            rest = [pair for pair in asked if pair[0] != "_page"]
            request.query_string, request.form = urlencode(rest).encode(), b""
            return None
        if not asking.serves(asked):
            return None
        access = await self._authorise(request)
        try:
            sight = sight_of(access, "s")
        except Forbidden:
            if access.allows(TYPE, "s"):
                return None  # some of the stored ones, by what is in them
            raise
        wanted = await self._reader.read(asked)
        rows = await queries.page(self._db, wanted, sight) if wanted.count else []
        more, rows = len(rows) > wanted.count, rows[: wanted.count]
        found: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset"}
        if wanted.total:
            found["total"] = await queries.total(self._db, wanted, sight)
        found["link"] = await self._links(request, asked, rows, more=more, wanted=wanted)
        if rows:
            found["entry"] = [
                {
                    "fullUrl": f"{request.base}/{TYPE}/{one['id']}",
                    "resource": one,
                    "search": {"mode": "match"},
                }
                for one in await self._resources(request, rows)
            ]
        request.count = len(rows)
        return Response(200, json.encode(found))

    async def _form(self, request: Request) -> bytes:
        if request.method != "POST":
            return b""
        content = await bodies.read(request, MB)
        request.form = content
        request.receive = partial(_again, content)  # the next handler reads it too
        return content

    async def _links(
        self,
        request: Request,
        asked: asking.Iterable[tuple[str, str]],
        rows: list[Row],
        *,
        more: bool,
        wanted: asking.Wanted,
    ) -> list[dict[str, str]]:
        plain = [pair for pair in asked if pair[0] != "_page"]

        def link(relation: str, *more: tuple[str, str]) -> dict[str, str]:
            query = urlencode([*plain, *more], safe=":,/|$")
            url = f"{request.base}/{TYPE}" + (f"?{query}" if query else "")
            return {"relation": relation, "url": url}

        links = [link("self"), link("first")]
        if more:
            last = rows[-1]
            token = asking.page_token((last.at, last.writer, last.seq))
            links.append(link("next", ("_page", token)))
        elif wanted.count and wanted.places is None and await queries.stored(self._db):
            links.append(link("next", ("_page", asking.STORED_MARK)))
        return links

    async def _resources(self, request: Request, rows: list[Row]) -> list[dict[str, Any]]:
        rids = {rid for row in rows for rid in (*row.event.patients, row.event.home) if rid}
        people = {row.event.account for row in rows if row.event.account}
        names = await queries.names(self._db, rids, people, request.language)
        return [audit_event(row, names) for row in rows]


async def _first(before: Any, then: Handler, request: Request, place: Place) -> Response:
    if place.type == TYPE:
        response = await before(request, place)
        if response is not None:
            return response
    return await then(request, place)


async def _again(content: bytes) -> dict[str, Any]:
    return {"type": "http.request", "body": content, "more_body": False}


def _absent(id_: str) -> NotFound:
    return NotFound(
        Issue(
            "not-found",
            f"There is no {TYPE}/{id_} here, or none that you may see.",
            f"此处没有 {TYPE}/{id_}，或者您无权查看。",
        )
    )
