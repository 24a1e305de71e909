"""Beds: nobody lies in two, and no two lie in one.

Encounter.location, https://hl7.org/fhir/R4/encounter.html
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from .record import Contradiction, moment, name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .record import Record

_ALWAYS = float("inf")


class Occupancy:
    """Who lay in which bed from when to when."""

    def __init__(self) -> None:
        self._beds: dict[str, list[tuple[float, float, str]]] = {}
        self._found: list[Contradiction] = []

    def add(self, record: Record) -> None:
        """The beds of one patient's encounters."""
        for encounter in record.of("Encounter"):
            stays: list[tuple[float, float, str]] = []
            start = moment(encounter["period"]["start"]).timestamp()
            end = encounter["period"].get("end")
            last = moment(end).timestamp() if end else _ALWAYS
            for place in encounter.get("location", []):
                here = moment(place["period"]["start"]).timestamp()
                until = place["period"].get("end")
                gone = moment(until).timestamp() if until else _ALWAYS
                bed = place["location"]["reference"]
                stays.append((here, gone, bed))
                self._beds.setdefault(bed, []).append((here, gone, name(encounter)))
                if here < start or gone > last:
                    self._found.append(
                        Contradiction("bed-outside-stay", name(encounter), f"{bed} not in the stay")
                    )
            for one, other in pairwise(sorted(stays)):
                if other[0] < one[1]:
                    self._found.append(
                        Contradiction(
                            "two-beds", name(encounter), f"{one[2]} and {other[2]} at once"
                        )
                    )

    def contradictions(self) -> Iterator[Contradiction]:
        """All that was found; beds with two people last."""
        yield from self._found
        for bed, stays in self._beds.items():
            for one, other in pairwise(sorted(stays)):
                if other[0] < one[1]:
                    yield Contradiction("shared-bed", bed, f"{one[2]} and {other[2]} at once")
