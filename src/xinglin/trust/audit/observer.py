"""From a request of the FHIR API and its answer to a row of the audit trail.

https://hl7.org/fhir/R4/auditevent.html; docs/adr/0010-audit.md (what is on record, and when).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from .about import About
from .entries import listed
from .model import BEGIN, END, Event

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Generator

    from xinglin.cdr.access import Access
    from xinglin.cdr.http import Request, Response
    from xinglin.cdr.http.handlers import Authorise
    from xinglin.kernel.database import Database

    from .about import Whose
    from .writer import Writer

# What may change something: its beginning is on record before it is done.
CHANGING = frozenset(
    (
        *("create", "update", "update_conditional", "patch", "patch_conditional", "delete"),
        *("delete_conditional", "bundle", "job_delete"),
    )
)
# Public answers, the same for everybody.
_PUBLIC = frozenset(("options", "capabilities"))
_LONGEST = 4096


class _Nothing:
    """Done already."""

    def __await__(self) -> Generator[None, None, None]:
        yield from ()


_NOTHING = _Nothing()


class Observer:
    """Puts every access through an endpoint on record. What it returns is durable when awaited.

    The usual case makes no coroutine of its own: it is part of every read.
    """

    def __init__(self, writer: Writer, database: Database) -> None:
        self._writer = writer
        self._about = About(database)

    def authorising(self, authorise: Authorise) -> Authorise:
        """The same, noting who it is; whoever may change something is on record before he does."""

        async def noted(request: Request) -> Access:
            first = request.access is None
            access = request.access = await authorise(request)
            if first and _changes(request):
                await self._record(request, 0, BEGIN)
            return access

        return noted

    def __call__(self, request: Request, response: Response) -> Awaitable[object]:
        """The endpoint's ``audit``."""
        status, body = response.status, response.body
        if request.interaction in _PUBLIC and status < 400:
            return _NOTHING
        note = ""
        if not isinstance(body, bytes):
            response.body = self._watched(request, status, body)
            return self._record(request, status, BEGIN)
        if request.bundle is not None:
            note, request.count = listed(request.bundle, body, status)
        phase = END if request.access is not None and _changes(request) else ""
        return self._record(request, status, phase, note)

    def _record(
        self, request: Request, status: int, phase: str, note: str = ""
    ) -> Awaitable[object]:
        whose = self._about.known(request)
        if whose is None:
            return self._looked_up(request, status, phase, note)
        return self._writer.record(event_of(request, whose, status, phase, note))

    async def _looked_up(self, request: Request, status: int, phase: str, note: str) -> None:
        whose = await self._about.looked_up(request)
        await self._writer.record(event_of(request, whose, status, phase, note))

    async def _watched(
        self, request: Request, status: int, body: AsyncIterator[bytes]
    ) -> AsyncIterator[bytes]:
        """A stream, whose end is on record as well: whole, or where it broke off."""
        sent, whole = 0, False
        try:
            async for part in body:
                sent += len(part)
                yield part
            whole = True
        finally:
            note = f"{sent} bytes" + ("" if whole else ", broken off")
            await self._record(request, status, END, note)


def _changes(request: Request) -> bool:
    return request.interaction in CHANGING or (
        request.interaction == "operation" and request.method == "POST"
    )


def event_of(request: Request, whose: Whose, status: int, phase: str, note: str = "") -> Event:
    """What is known of a request now."""
    kind, place = request.interaction, request.place
    type_ = id_ = version = ""
    if place is not None:
        type_, id_ = place.type, place.id
        if type_ == "AuditEvent" or place.name:
            kind, version, note = _special(request, note)
    elif not note:
        note = f"{request.method} {request.scope.get('path', '')[:200]}"
    if request.written:
        type_, id_, _, version = request.written.split("/")
    query = _query(request) if request.query_string or request.form else ""
    who, patients = whose
    told = (type_, id_, version, patients, query, request.count, note)
    return Event(kind, status, phase, request.id, *who, *told)


def _special(request: Request, note: str) -> tuple[str, str, str]:
    """Kind, version and note of what is no plain interaction with a type or a resource."""
    place = request.place
    assert place is not None  # noqa: S101  the caller has looked
    kind = request.interaction
    # Whoever reads the trail itself has seen nobody's record.
    if place.name == "who-saw" or (place.type == "AuditEvent" and not _changes(request)):
        kind = "audit"
    if place.kind == "version":
        return kind, place.name, note
    if place.kind.endswith("operation"):
        return kind, "", f"${place.name} {note}".rstrip()
    return kind, "", note or place.name


def _query(request: Request) -> str:
    raw = request.query_string
    if request.form:
        raw = b"&".join(part for part in (raw, request.form) if part)
    text = unquote_plus(raw.decode("latin-1"), errors="replace")
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(raw)} bytes)"
