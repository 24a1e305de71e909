"""Patient n of a seed: a pure function, so a million stream through without being remembered.

https://hl7.org/fhir/R4/http.html#transaction: one transaction Bundle per patient.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Final

import msgspec

from . import patient
from .background import remember
from .beds import STREAMS, cell, midnight
from .chance import Chance
from .chart import Chart
from .courses import COURSES
from .courses.deck import draw
from .tables import table
from .times import DEFAULT_ANCHOR, at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .codes import Json

_HOUR_OF_NOW: Final = 11


class World(msgspec.Struct, frozen=True):
    """What decides every byte: the seed, how many patients, and the simulated today."""

    seed: int = 1
    patients: int = 2000
    anchor: date = DEFAULT_ANCHOR

    @property
    def now(self) -> datetime:
        """The simulated instant after which nothing has happened yet."""
        return at(self.anchor, _HOUR_OF_NOW)

    def resources(self, number: int) -> list[Json]:
        """All resources of patient ``number`` (from 0), in an order that suits references."""
        course, rank = draw(self.seed, number)
        chance = Chance("patient", self.seed, number)
        sex = course.sex or ("female" if chance.happens(0.505) else "male")
        person = patient.draw(
            chance, f"s{self.seed}p{number + 1}", number + 1, sex, course.ages, self.now
        )
        person.allergies = _allergies(chance)
        lies = cell(course.stream, rank, midnight(self.now)) if course.stream else None
        chart = Chart(chance, person, self.now, lies)
        remember(chart, course.key)
        course.write(chart)
        out: list[Json] = []
        for one in (chart, *chart.children):
            out.append(patient.resource(chance, one.person, self.now))
            out.extend(one.bundle_entries())
        return out

    def bundle(self, number: int) -> Json:
        """The transaction Bundle of one patient; PUT with stable ids, so loading again is safe."""
        return transaction(self.resources(number))

    def bundles(self, first: int = 0) -> Iterator[Json]:
        """The patients' bundles from ``first`` on."""
        for number in range(first, self.patients):
            yield self.bundle(number)


def _allergies(chance: Chance) -> list[str]:
    return [key for key, row in table("allergies")["drugs"].items() if chance.happens(row[4])]


def transaction(resources: list[Json]) -> Json:
    """A transaction Bundle of PUTs."""
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {
                "resource": resource,
                "request": {
                    "method": "PUT",
                    "url": f"{resource['resourceType']}/{resource['id']}",
                },
            }
            for resource in resources
        ],
    }


__all__ = ["COURSES", "STREAMS", "World", "transaction"]
