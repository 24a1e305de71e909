"""One thing that somebody did, as the audit trail keeps it.

FHIR R4 AuditEvent, https://hl7.org/fhir/R4/auditevent.html; DICOM PS3.15 A.5; IHE ITI-20.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

BEGIN = "b"
END = "e"


class Event(msgspec.Struct, frozen=True, array_like=True):
    """Who did what to whose data, and how it ended.

    ``kind`` is an interaction of the FHIR API (``read``, ``search_type``, ``operation``, …) or one
    of our own (``sign-in``, ``sign-out``, ``break-glass``, ``token``, ``export``, ``start`` …).
    ``status`` is the HTTP status, 0 while nothing is known. ``phase``: `BEGIN` is written before
    a change is begun, `END` after it; empty: the one row of its kind. ``patients`` are rids.
    ``position``, ``session``, ``account`` and ``home`` are numbers of the platform's tables, 0 for
    none. Fields may only be added, at the end: rows are read for ever.
    """

    kind: str
    status: int = 200
    phase: str = ""
    request: str = ""
    account: int = 0
    actor: str = ""
    role: str = ""
    position: int = 0
    session: int = 0
    client: str = ""
    address: str = ""
    purpose: str = ""
    home: int = 0
    type: str = ""
    id: str = ""
    version: str = ""
    patients: tuple[int, ...] = ()
    query: str = ""
    count: int | None = None
    note: str = ""


class Row(msgspec.Struct, frozen=True):
    """An event in its chain; ``at`` in microseconds since 1970, UTC."""

    writer: int
    seq: int
    at: int
    event: Event


class Recorder(Protocol):
    """What other rooms know of the audit trail."""

    async def record(self, event: Event) -> None:
        """Return when the event is durable; raises Unavailable when it cannot be kept."""
        ...
