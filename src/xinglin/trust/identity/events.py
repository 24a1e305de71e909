"""What sign-in tells the audit trail; the room works without one.

FHIR R4 AuditEvent; DICOM PS3.15 A.5.3.12 (User Authentication).
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from xinglin.kernel import telemetry

_log = telemetry.log(__name__)


class Event(msgspec.Struct, frozen=True):
    """``status`` is the HTTP status of the answer. The names are those of the audit trail."""

    kind: str
    status: int = 200
    account: int = 0
    actor: str = ""
    role: str = ""
    position: int = 0
    session: int = 0
    client: str = ""
    address: str = ""
    note: str = ""


class Audit(Protocol):
    """Keeps an event; returns when it is durable."""

    async def __call__(self, event: Event) -> None:
        """See the class."""
        ...


async def log(event: Event) -> None:
    """Where there is no audit trail: the log, without names."""
    _log.info("sign-in", kind=event.kind, status=event.status, account=event.account)
