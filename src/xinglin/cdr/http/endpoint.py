"""The ASGI endpoint of the FHIR base: address, interaction, answer; every error mapped once.

https://hl7.org/fhir/R4/http.html
"""

from __future__ import annotations

import itertools
import os
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Container, Mapping
from typing import Any

import msgspec
import structlog

from xinglin.kernel.errors import Issue, Refusal

from . import faults, negotiation, packing, query, routes
from .message import Header, Receive, Request, Response, Scope, Send

Handler = Callable[[Request, routes.Place], Awaitable[Response]]
Observe = Callable[[str, int, float], None]
# Puts an answer on record before it goes out; a refusal raised by it goes out instead.
Audit = Callable[[Request, Response], Awaitable[object]]

_log = structlog.get_logger()
_REQUEST_ID = re.compile(rb"[A-Za-z0-9_.:-]{1,128}")
_SECURITY: list[Header] = [
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-cache, private"),
    (b"vary", b"accept, accept-encoding, accept-language, prefer"),
]


class Endpoint:
    """``/fhir`` as an ASGI application over a table of interactions."""

    def __init__(
        self,
        handlers: Mapping[str, Handler],
        types: Container[str],
        *,
        prefix: str = "/fhir",
        base: str | None = None,
        observe: Observe | None = None,
        refused: Callable[[str], None] | None = None,
        audit: Audit | None = None,
    ) -> None:
        self._handlers = handlers
        self._types = types
        self._prefix = prefix
        self._skip = len(prefix)
        self._base = base
        self._observe = observe
        self._refused = refused
        self._audit = audit
        self.running = 0  # requests at work
        self._stem = os.urandom(6).hex()
        self._count = itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; no exception leaves but a broken stream."""
        self.running += 1
        try:
            await self._serve(scope, receive, send)
        finally:
            self.running -= 1

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        request = Request(scope, receive, self._base, self._prefix)
        request_id = request.id = self._request_id(request)
        kind = negotiation.FHIR_JSON
        try:
            kind, response = await self._answer(request)
        except Exception as error:  # noqa: BLE001  this is where every error is mapped
            response = faults.response_of(error, request.language, request_id)
            if self._refused:
                self._refused(faults.code_of(error))
        if self._audit:
            try:
                await self._audit(request, response)
            except Exception as error:  # noqa: BLE001  without its record nothing goes out
                response = faults.response_of(error, request.language, request_id)
        if (
            b"_pretty" in request.query_string
            and _pretty(request)
            and isinstance(response.body, bytes)
        ):
            response = _indented(response)
        await self._send(request, response, kind, request_id, send)
        if self._observe:
            self._observe(request.interaction, response.status, time.perf_counter() - started)

    async def _answer(self, request: Request) -> tuple[bytes, Response]:
        raw: bytes = request.scope["raw_path"]
        path = query.unquote(raw[self._skip :], "http.path")
        place = request.place = routes.place_of(path, self._types)
        if request.method == "OPTIONS":
            allow = ", ".join(routes.allowed_methods(place)).encode()
            request.interaction = "options"
            return negotiation.FHIR_JSON, Response(204, headers=[(b"allow", allow)])
        name = request.interaction = routes.interaction(place, request.method)
        foreign = place.kind == "job_file" or place.type == "Binary"
        kind = request.response_type(binary=foreign)
        handler = self._handlers.get(name)
        if handler is None:
            raise _not_there(name)
        return kind, await handler(request, place)

    def _request_id(self, request: Request) -> str:
        given = request.header(b"x-request-id")
        if given and _REQUEST_ID.fullmatch(given.encode("latin-1")):
            return given
        return f"{self._stem}-{next(self._count):x}"

    async def _send(
        self, request: Request, response: Response, kind: bytes, request_id: str, send: Send
    ) -> None:
        headers = [*response.headers, *_SECURITY, (b"x-request-id", request_id.encode("latin-1"))]
        trace = request.header(b"traceparent")
        if trace:
            headers.append((b"traceparent", trace.encode("latin-1")))
        body = response.body
        if body or not isinstance(body, bytes):
            headers.append((b"content-type", response.type or kind))
        if isinstance(body, bytes) and len(body) >= packing.LEAST and _takes_gzip(request):
            body = await packing.packed(body)
            headers.append((b"content-encoding", b"gzip"))
        if isinstance(body, bytes):
            if response.status not in (204, 304):
                headers.append((b"content-length", b"%d" % len(body)))
            await _start(send, response.status, headers)
            await send(_chunk(b"" if request.method == "HEAD" else body))
            return
        await _start(send, response.status, headers)
        await _stream(body, request_id, send, silent=request.method == "HEAD")


async def _start(send: Send, status: int, headers: list[Header]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})


def _chunk(body: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": body, "more_body": more}


async def _stream(body: AsyncIterator[bytes], request_id: str, send: Send, *, silent: bool) -> None:
    try:
        if not silent:
            async for part in body:
                await send(_chunk(part, more=True))
        await send(_chunk(b""))
    except Exception as error:
        # the status is out already: the broken transfer is the only honest sign left
        _log.exception("stream broken", request=request_id, error=type(error).__name__)
        raise


def _indented(response: Response) -> Response:
    assert isinstance(response.body, bytes)  # noqa: S101  the caller has looked
    if not response.body or response.type is not None:
        return response
    body = msgspec.json.format(response.body, indent=2)
    return Response(response.status, body, response.headers)


def _takes_gzip(request: Request) -> bool:
    return packing.accepts(request.header(b"accept-encoding") or "")


def _pretty(request: Request) -> bool:
    try:
        return request.pretty
    except Refusal:
        return False


def _not_there(name: str) -> Refusal:
    return NotImplementedHere(
        Issue("not-supported", f"Not there yet: {name}", f"尚未提供：{name}"),
    )


class NotImplementedHere(Refusal):
    """An address of the standard that this server does not serve."""

    status = 501
