"""The catalogues as FHIR R4 resources, one module for each catalogue.

https://hl7.org/fhir/R4/resourcelist.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import charges, concepts, examinations, laboratory, medicines, supplies

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .common import Json

__all__ = ["everything"]


def everything() -> Iterator[Json]:
    """All resources of the starter catalogues, in an order in which references are to earlier."""
    yield from concepts.resources()
    yield from medicines.resources()
    yield from laboratory.resources()
    yield from examinations.resources()
    yield from supplies.resources()
    yield from charges.resources()
