"""One patient's record while it is written: resources with their times, cut off at the anchor.

https://hl7.org/fhir/R4/http.html#transaction for the Bundle that comes out.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from .catalogue import items, limits
from .codes import Json, ref
from .times import stamp

if TYPE_CHECKING:
    from .beds import Cell
    from .chance import Chance
    from .illness import Illness
    from .patient import Person

_VITALS: Final = (
    # below this age: temperature, pulse, breaths, systolic, diastolic, saturation
    (0.083, (36.8, 138.0, 44.0, 70.0, 42.0, 96.0)),
    (1.0, (36.8, 124.0, 34.0, 88.0, 54.0, 98.0)),
    (3.0, (36.8, 110.0, 28.0, 94.0, 58.0, 98.0)),
    (6.0, (36.7, 100.0, 24.0, 98.0, 60.0, 98.0)),
    (12.0, (36.7, 88.0, 20.0, 104.0, 66.0, 98.0)),
    (200.0, (36.5, 74.0, 17.0, 118.0, 74.0, 98.0)),
)
_KEYS: Final = ("temp", "hr", "rr", "sbp", "dbp", "spo2")
_NOISE: Final = {"temp": 0.15, "hr": 4.0, "rr": 1.2, "sbp": 5.0, "dbp": 3.5, "spo2": 0.6}


class Entry(msgspec.Struct):
    """A resource, the moment it is recorded, and the moment it is over (where it has one)."""

    when: datetime
    resource: Json
    end: datetime | None = None


class Chart:
    """The record of one patient. Courses of illness write into it through visits."""

    def __init__(self, chance: Chance, person: Person, now: datetime, cell: Cell | None) -> None:
        self.chance = chance
        self.person = person
        self.now = now
        self.cell = cell
        self.entries: list[Entry] = []
        self.illnesses: list[Illness] = []
        self.subject = person.subject
        self.usual: dict[str, float] = {}
        self.called: set[str] = set()
        """Items whose first critical value has been reported."""
        self.children: list[Chart] = []
        self.past: list[str] = []
        """Illnesses known before the course begins."""
        self.met = False
        """Whether a doctor has seen the patient yet."""
        self._count = 0

    def new_id(self) -> str:
        """The next id of this patient's resources."""
        self._count += 1
        return f"{self.person.id}-{self._count}"

    def add(self, type_: str, when: datetime, body: Json, end: datetime | None = None) -> Json:
        """Put a resource into the record; answers a reference to it."""
        id_ = self.new_id()
        resource = {"resourceType": type_, "id": id_, **body}
        self.entries.append(Entry(when, resource, end))
        return ref(type_, id_)

    def fall_ill(self, illness: Illness) -> None:
        """From its onset on, values follow this illness."""
        self.illnesses.append(illness)

    def value(self, key: str, when: datetime) -> float:
        """A vital sign or laboratory value now: usual, moved by illnesses, with its own noise."""
        usual = self.usual.get(key)
        if usual is None:
            usual = self.usual[key] = self._usual(key, when)
        value = usual
        for illness in self.illnesses:
            value = illness.blend(key, value, when)
        return self._noisy(key, value)

    def _noisy(self, key: str, value: float) -> float:
        if key in _NOISE:
            value = self.chance.normal(value, _NOISE[key])
            return min(value, 100.0) if key == "spo2" else value
        item = items()[key]
        return max(value * self.chance.normal(1.0, item.cv / 2), 10**-item.places)

    def _usual(self, key: str, when: datetime) -> float:
        years = self.person.years(when)
        if key in _NOISE:
            return self._usual_vital(key, years)
        low, high = limits(key, self.person.sex, years)
        if low is None:
            low = (high or 1.0) * 0.15
        if high is None:
            high = low * 1.3
        return self.chance.between(low + (high - low) * 0.22, high - (high - low) * 0.22)

    def _usual_vital(self, key: str, years: float) -> float:
        place = _KEYS.index(key)
        value = next(row[place] for below, row in _VITALS if years < below)
        if key == "sbp" and years > 40:
            value += min((years - 40) * 0.35, 14)
        return self.chance.normal(value, _NOISE[key])

    def bundle_entries(self) -> list[Json]:
        """What had happened by the anchor, open where it was still going on."""
        kept = [entry for entry in self.entries if entry.when <= self.now]
        for entry in kept:
            if entry.end is not None and entry.end > self.now:
                _REOPEN[entry.resource["resourceType"]](entry.resource, self.now)
        there = {f"{e.resource['resourceType']}/{e.resource['id']}" for e in kept}
        for entry in kept:
            _forget_missing(entry.resource, there)
        return [entry.resource for entry in kept]


def _forget_missing(resource: Json, there: set[str]) -> None:
    """An encounter still open knows only the diagnoses made so far."""
    if resource["resourceType"] == "Encounter" and "diagnosis" in resource:
        known = [d for d in resource["diagnosis"] if d["condition"]["reference"] in there]
        resource["diagnosis"] = known
        if not known:
            del resource["diagnosis"]


def _reopen_encounter(resource: Json, now: datetime) -> None:
    resource["status"] = "in-progress"
    del resource["period"]["end"]
    resource.pop("length", None)
    resource.get("hospitalization", {}).pop("dischargeDisposition", None)
    if resource.get("hospitalization") == {}:
        del resource["hospitalization"]
    moment = stamp(now)
    places = [p for p in resource.get("location", []) if p["period"]["start"] <= moment]
    for place in places:
        if place["period"].get("end", "") > moment:
            del place["period"]["end"]
            place["status"] = "active"
    if places:
        resource["location"] = places


def _reopen_condition(resource: Json, _now: datetime) -> None:
    resource["clinicalStatus"] = resource["clinicalStatus"] | {
        "coding": [
            {"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}
        ]
    }
    resource.pop("abatementDateTime", None)


def _reopen_request(resource: Json, _now: datetime) -> None:
    resource["status"] = "active"


_REOPEN: Final = {
    "Encounter": _reopen_encounter,
    "Condition": _reopen_condition,
    "MedicationRequest": _reopen_request,
    "ServiceRequest": _reopen_request,
    "CarePlan": _reopen_request,
}

DAY: Final = timedelta(days=1)
HOUR: Final = timedelta(hours=1)
MINUTE: Final = timedelta(minutes=1)
