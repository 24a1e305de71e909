"""Reading the trail: AuditEvent by search, who saw a patient.

https://hl7.org/fhir/R4/auditevent.html; docs/adr/0010-audit.md.
"""

from __future__ import annotations

from .serving import AuditEvents
from .who_saw import WhoSaw

__all__ = ["AuditEvents", "WhoSaw"]
