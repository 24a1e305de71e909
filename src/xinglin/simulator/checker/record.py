"""A patient's resources, indexed for the rules.

https://hl7.org/fhir/R4/datatypes.html#dateTime: a date without time stands for its whole day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import msgspec

from xinglin.simulator.times import ZONE

if TYPE_CHECKING:
    from xinglin.simulator.codes import Json

_WHEN: Final = (
    "effectiveDateTime", "issued", "authoredOn", "date", "recordedDate", "occurrenceDateTime",
    "sent", "received", "performedDateTime", "created",
)  # fmt: skip
_PERIODS: Final = ("period", "performedPeriod")


class Contradiction(msgspec.Struct, frozen=True):
    """One thing that cannot be: which rule, where, and in words."""

    rule: str
    where: str
    text: str


class Record:
    """The resources of one transaction, by type and by reference."""

    def __init__(self, resources: list[Json]) -> None:
        self.all = resources
        self.by_ref = {name(r): r for r in resources}
        self._by_type: dict[str, list[Json]] = {}
        for resource in resources:
            self._by_type.setdefault(resource["resourceType"], []).append(resource)

    def of(self, type_: str) -> list[Json]:
        """All resources of a type."""
        return self._by_type.get(type_, [])

    def patient(self, resource: Json) -> Json | None:
        """The patient that a resource is about."""
        for field in ("subject", "patient"):
            if field in resource:
                return self.by_ref.get(resource[field]["reference"])
        return resource if resource["resourceType"] == "Patient" else None

    def encounter(self, resource: Json) -> Json | None:
        """The encounter that a resource belongs to."""
        about = resource.get("encounter")
        return self.by_ref.get(about["reference"]) if about else None


Rule = Callable[[Record], Iterator[Contradiction]]


def name(resource: Json) -> str:
    """Type and id."""
    return f"{resource['resourceType']}/{resource['id']}"


def moment(text: str) -> datetime:
    """A dateTime; a date is its midnight in hospital time."""
    if len(text) == 10:
        day = date.fromisoformat(text)
        return datetime(day.year, day.month, day.day, tzinfo=ZONE)
    return datetime.fromisoformat(text)


def times(resource: Json) -> Iterator[tuple[str, datetime]]:
    """Every moment at which something happened to or was said by this resource."""
    for field in _WHEN:
        if field in resource:
            yield field, moment(resource[field])
    for field in _PERIODS:
        for side in ("start", "end"):
            if side in resource.get(field, {}):
                yield f"{field}.{side}", moment(resource[field][side])
    collected = resource.get("collection", {}).get("collectedDateTime")
    if collected:
        yield "collection.collectedDateTime", moment(collected)


def age(patient: Json, when: datetime) -> float:
    """Age in years at a moment."""
    return (when - moment(patient["birthDate"])) / timedelta(days=365.25)


def codes(concept: Json, system: str) -> list[str]:
    """The codes of a CodeableConcept in one system."""
    return [c["code"] for c in concept.get("coding", []) if c.get("system") == system]


def quantity(observation: Json) -> Any:
    """The value of a numeric observation, or None."""
    return observation.get("valueQuantity", {}).get("value")
