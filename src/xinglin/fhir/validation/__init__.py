"""Validation on every write: structure, formats, required codes, references; all issues at once.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/validation.html. Invariants and profiles: ``$validate``.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from xinglin.fhir.validation.careful import Walk
from xinglin.fhir.validation.quick import accepts
from xinglin.fhir.validation.report import Full

if TYPE_CHECKING:
    from xinglin.kernel.errors import Issue

__all__ = ["validate"]


def validate(resource: Any, *, conditional: bool = False) -> list[Issue]:
    """Everything that is wrong with a resource, with FHIRPath locations; empty when it is valid.

    ``conditional`` allows conditional references (``Patient?identifier=…``), as an entry of a
    transaction may have them; inside a transaction Bundle they are allowed anyway. Never raises.
    """
    if accepts(resource, conditional=conditional):
        return []
    walk = Walk(conditional=conditional or is_transaction(resource))
    with suppress(Full):
        walk.whole(resource, "")
    return walk.issues


def is_transaction(resource: Any) -> bool:
    """Whether it is a Bundle to be carried out, in which references may be conditional."""
    return (
        isinstance(resource, dict)
        and resource.get("resourceType") == "Bundle"
        and resource.get("type") == "transaction"
    )
