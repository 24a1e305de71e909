"""From a request of the FHIR API and its answer to a row of the audit trail.

https://hl7.org/fhir/R4/auditevent.html; docs/adr/0010-audit.md (what is on record, and when).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from msgspec import structs

from .about import About
from .entries import listed
from .model import BEGIN, END, Event

if TYPE_CHECKING:
    from xinglin.cdr.access import Access
    from xinglin.cdr.http import Request, Response
    from xinglin.cdr.http.handlers import Authorise
    from xinglin.kernel.database import Database

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


class Observer:
    """Puts every access through an endpoint on record."""

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

    async def __call__(self, request: Request, response: Response) -> None:
        """The endpoint's ``audit``."""
        if request.interaction in _PUBLIC and response.status < 400:
            return
        phase = END if request.access is not None and _changes(request) else ""
        body = response.body
        note = ""
        if isinstance(body, AsyncIterator):
            response.body = self._watched(request, response.status, body)
            phase = BEGIN
        elif request.bundle is not None:
            note, request.count = listed(request.bundle, body, response.status)
        await self._record(request, response.status, phase, note)

    async def _record(self, request: Request, status: int, phase: str, note: str = "") -> None:
        role, patients = await self._about.of(request)
        event = event_of(request, status, phase, note)
        await self._writer.record(structs.replace(event, role=role, patients=patients))

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


def event_of(request: Request, status: int, phase: str, note: str = "") -> Event:
    """What is known of a request now."""
    access = request.access
    place = request.place
    type_, id_, version = (place.type, place.id, "") if place else ("", "", "")
    if request.written:
        type_, id_, _, version = request.written.split("/")
    name = place.name if place else ""
    return Event(
        kind=_kind(request),
        status=status,
        phase=phase,
        request=request.id,
        account=access.account if access else 0,
        actor=access.actor if access else "",
        position=access.position if access else 0,
        session=access.session if access else 0,
        client=access.client if access else "",
        address=(request.scope.get("client") or ("",))[0],
        purpose=access.purpose if access else "",
        home=(access.home or 0) if access else 0,
        type=type_,
        id=id_,
        version=version or (name if request.interaction == "vread" else ""),
        query=_query(request),
        count=request.count,
        note=note or _note(request),
    )


def _kind(request: Request) -> str:
    """The interaction; whoever reads the trail itself has seen nobody's record."""
    place = request.place
    if place and place.type == "AuditEvent" and not _changes(request):
        return "audit"
    return "audit" if place and place.name == "who-saw" else request.interaction


def _query(request: Request) -> str:
    raw = request.query_string
    if request.form:
        raw = b"&".join(part for part in (raw, request.form) if part)
    if not raw:
        return ""
    text = unquote_plus(raw.decode("latin-1"), errors="replace")
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(raw)} bytes)"


def _note(request: Request) -> str:
    place = request.place
    if place is None:
        return f"{request.method} {request.scope.get('path', '')[:200]}"
    match place.kind:
        case "system_operation" | "type_operation" | "instance_operation":
            return f"${place.name}"
        case "compartment" | "compartment_search" | "job" | "job_file":
            return place.name
        case _:
            return ""
