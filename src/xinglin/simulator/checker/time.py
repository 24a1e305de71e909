"""What happened when: birth, death, encounters, and who was at work.

PractitionerRole.availableTime, https://hl7.org/fhir/R4/practitionerrole.html
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

from xinglin.simulator.times import WEEKDAYS, ZONE

from .record import Contradiction, moment, name, times

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from xinglin.simulator.codes import Json

    from .record import Record, Rule

_ACTORS: Final = {
    "MedicationRequest": ("requester", "authoredOn"),
    "ServiceRequest": ("requester", "authoredOn"),
    "Composition": ("author", "date"),
    "Immunization": ("performer", "occurrenceDateTime"),
}


def after_death(record: Record) -> Iterator[Contradiction]:
    """Anything at all after the patient died."""
    for resource in record.all:
        patient = record.patient(resource)
        died = patient.get("deceasedDateTime") if patient else None
        if died is None:
            continue
        for field, when in times(resource):
            if when > moment(died):
                yield Contradiction("after-death", name(resource), f"{field} {when}, died {died}")


def before_birth(record: Record) -> Iterator[Contradiction]:
    """Anything before the patient's birthday."""
    for resource in record.all:
        patient = record.patient(resource)
        if patient is None:
            continue
        for field, when in times(resource):
            if when < moment(patient["birthDate"]):
                yield Contradiction("before-birth", name(resource), f"{field} {when}")


def backwards(record: Record) -> Iterator[Contradiction]:
    """An encounter, bed or procedure that ends before it starts; a result before its sample."""
    for resource in record.all:
        for field in ("period", "performedPeriod"):
            yield from _backwards(resource, resource.get(field, {}))
        for place in (
            resource.get("location", []) if resource["resourceType"] == "Encounter" else []
        ):
            yield from _backwards(resource, place.get("period", {}))
        if "issued" in resource and "effectiveDateTime" in resource:
            issued, drawn = moment(resource["issued"]), moment(resource["effectiveDateTime"])
            if issued < drawn:
                yield Contradiction("backwards", name(resource), "issued before it was measured")


def _backwards(resource: Json, period: Json) -> Iterator[Contradiction]:
    if "start" in period and "end" in period and moment(period["end"]) < moment(period["start"]):
        yield Contradiction(
            "backwards", name(resource), f"ends {period['end']} before {period['start']}"
        )


def outside_encounter(record: Record) -> Iterator[Contradiction]:
    """A result, order, act or note outside the encounter it names."""
    for resource in record.all:
        encounter = record.encounter(resource)
        if encounter is None:
            continue
        start = moment(encounter["period"]["start"])
        end = moment(encounter["period"]["end"]) if "end" in encounter["period"] else None
        for field, when in times(resource):
            if when < start or (end is not None and when > end):
                yield Contradiction(
                    "outside-encounter", name(resource), f"{field} {when} not in {start} to {end}"
                )


def two_places(record: Record) -> Iterator[Contradiction]:
    """Two encounters of one patient at once."""
    stays: dict[str, list[tuple[datetime, datetime | None, str]]] = {}
    for encounter in record.of("Encounter"):
        period = encounter["period"]
        end = moment(period["end"]) if "end" in period else None
        who = encounter["subject"]["reference"]
        stays.setdefault(who, []).append((moment(period["start"]), end, name(encounter)))
    for visits in stays.values():
        visits.sort(key=lambda v: v[0])
        for (_, end, one), (start, _, other) in itertools.pairwise(visits):
            if end is None or start < end:
                yield Contradiction(
                    "two-places", other, f"begins {start}, while {one} lasts to {end}"
                )


def open_and_closed(record: Record) -> Iterator[Contradiction]:
    """A finished encounter without an end, or an open one that was discharged from."""
    for encounter in record.of("Encounter"):
        ended = "end" in encounter["period"]
        if ended != (encounter["status"] == "finished"):
            yield Contradiction("open-and-closed", name(encounter), encounter["status"])
    for note in record.of("Composition"):
        encounter = record.encounter(note)
        if note["title"] == "出院记录" and encounter and encounter["status"] != "finished":
            yield Contradiction("open-and-closed", name(note), "discharge record of an open stay")


class Rota:
    """Who works when, from the group's PractitionerRoles."""

    def __init__(self, group: Iterable[Json]) -> None:
        self._hours: dict[str, list[tuple[frozenset[str], str, str]]] = {}
        for role in group:
            if role["resourceType"] == "PractitionerRole":
                self._hours.setdefault(role["practitioner"]["reference"], []).extend(
                    (frozenset(t["daysOfWeek"]), t["availableStartTime"], t["availableEndTime"])
                    for t in role["availableTime"]
                )

    def check(self, record: Record) -> Iterator[Contradiction]:
        """Acts by people who do not work then."""
        for type_, (field, time) in _ACTORS.items():
            for resource in record.of(type_):
                for who in _people(resource[field]):
                    if not self._works(who, moment(resource[time])):
                        yield Contradiction(
                            "off-duty", name(resource), f"{who} does not work {resource[time]}"
                        )

    def _works(self, who: str, when: datetime) -> bool:
        local = when.astimezone(ZONE)
        day, clock = WEEKDAYS[local.weekday()], local.strftime("%H:%M:%S")
        return any(
            day in days and start <= clock <= end for days, start, end in self._hours.get(who, ())
        )


def _people(value: Json | list[Json]) -> Iterator[str]:
    for one in value if isinstance(value, list) else [value]:
        yield one.get("actor", one)["reference"]


RULES: Final[tuple[Rule, ...]] = (
    after_death,
    before_birth,
    backwards,
    outside_encounter,
    two_places,
    open_and_closed,
)
