"""Invariants on every write, where a site asks for it (setting ``fhir.check_invariants``).

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/conformance-rules.html#constraints.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xinglin.fhir.validation.invariants import validate_invariants
from xinglin.kernel.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xinglin.cdr.interactions.draft import Written
    from xinglin.kernel.database import Connection


async def hold_invariants(connection: Connection, written: Sequence[Written]) -> None:
    """Undo a write of anything that breaks an invariant; warnings do not count."""
    del connection
    broken = [
        issue
        for one in written
        if one.resource is not None
        for issue in validate_invariants(one.resource)
        if issue.severity == "error"
    ]
    if broken:
        raise Invalid(*broken)
