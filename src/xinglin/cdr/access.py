"""Who asks, for which purpose, from which campus, for which patients.

SMART App Launch 2.0, scopes: https://hl7.org/fhir/smart-app-launch/STU2/scopes-and-launch-context.html
"""

from __future__ import annotations

import msgspec


class Access(msgspec.Struct, frozen=True):
    """No query and no write exists without one. Never read from the request body."""

    actor: str
    purpose: str = ""
    home: int | None = None

    @classmethod
    def local(cls) -> Access:
        """Everything, for the operator of this machine (until sign-in exists)."""
        return cls(actor="local")
