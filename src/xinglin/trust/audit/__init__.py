"""The audit trail: every access on record before it is answered, in chains that show tampering.

docs/adr/0010-audit.md; FHIR R4 AuditEvent; DICOM PS3.15 A.5.
"""

from __future__ import annotations

from .alerts import Alerts
from .model import Event, Recorder
from .observer import Observer
from .search import AuditEvents, WhoSaw
from .trail import Trail
from .writer import Writer

__all__ = ["Alerts", "AuditEvents", "Event", "Observer", "Recorder", "Trail", "WhoSaw", "Writer"]
