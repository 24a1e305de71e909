"""Finds contradictions in generated records: what no true record could say at once.

No clause: the rules are our own; each says what it compares.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from . import medicine, notes, people, results, time
from .beds import Occupancy
from .record import Contradiction, Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from xinglin.simulator.codes import Json

    from .record import Rule

RULES: Final[tuple[Rule, ...]] = (
    *people.RULES,
    *time.RULES,
    *results.RULES,
    *medicine.RULES,
    *notes.RULES,
)


class Checker:
    """Feed it the group, then one patient after the other; it keeps only who lay in which bed."""

    def __init__(self, group: Iterable[Json]) -> None:
        self._staff = time.Rota(group)
        self._beds = Occupancy()

    def check(self, resources: Iterable[Json]) -> Iterator[Contradiction]:
        """The contradictions of one patient's record (with the newborn's, where it has one)."""
        record = Record(list(resources))
        self._beds.add(record)
        for rule in RULES:
            yield from rule(record)
        yield from self._staff.check(record)

    def finish(self) -> Iterator[Contradiction]:
        """What only shows across patients: two in one bed."""
        return self._beds.contradictions()


__all__ = ["RULES", "Checker", "Contradiction"]
