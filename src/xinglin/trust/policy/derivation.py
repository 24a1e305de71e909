"""What a resource says about who has to do with its patient: pure, and asks nobody.

HL7 FHIR R4: encounter.html, episodeofcare.html, careteam.html, appointment.html,
servicerequest.html, medicationrequest.html, task.html, procedure.html, patient.html
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import msgspec

from . import reading
from .kinds import Kind, Lasting
from .reading import Name, local, strip_none, texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Json = dict[str, Any]


class Mention(msgspec.Struct, frozen=True):
    """A unit that a resource names, for a patient and a time; None: without an end.

    ``above``: whether the campus above it has to do with the patient too, until ``campus``.
    ``colleagues``: whether the department of a person counts as well.
    """

    patient: Name
    unit: Name
    kind: Kind
    since: datetime | None = None
    until: datetime | None = None
    above: bool = False
    campus: datetime | None = None
    colleagues: bool = False


class Reader:
    """Reads resources; ``times`` knows the time zone of the installation."""

    def __init__(self, lasting: Lasting, times: reading.Times) -> None:
        self.lasting = lasting
        self.times = times

    def mentions(self, resource: Json) -> list[Mention]:
        """Everything a resource says; empty for types that say nothing."""
        read = _READERS.get(resource["resourceType"])
        return list(dict.fromkeys(read(self, resource))) if read else []

    def days(self, name: str) -> timedelta:
        """A length of time from the data."""
        return timedelta(days=self.lasting.days[name])

    def end(self, resource: Json, period: Any) -> datetime:
        """The end of a period; without one, when the resource was last written."""
        found = self.times.end(period.get("end")) if isinstance(period, dict) else None
        return found or self.written(resource)

    def written(self, resource: Json) -> datetime:
        """When the resource was last written."""
        return self.times.start(resource.get("meta", {}).get("lastUpdated")) or reading.EPOCH


def _encounter(reader: Reader, resource: Json) -> Iterator[Mention]:
    status, patient = resource.get("status"), local(resource.get("subject"), "Patient")
    if patient is None or status in {"cancelled", "entered-in-error"}:
        return
    until = campus = None
    if status == "finished":
        end = reader.end(resource, resource.get("period"))
        class_ = resource.get("class")
        code = class_.get("code", "") if isinstance(class_, dict) else ""
        until = end + timedelta(days=reader.lasting.after(code))
        campus = end + reader.days("campus")

    def mention(unit: Name, period: Any = None) -> Mention:
        last = _sooner(until, _left(reader, period))
        return Mention(patient, unit, Kind.TREATING, None, last, True, campus, True)

    for unit in strip_none([local(resource.get("serviceProvider"))]):
        yield mention(unit)
    for place in reading.dicts(resource.get("location")):
        for unit in strip_none([local(place.get("location"))]):
            yield mention(unit, place.get("period"))
    for person in reading.dicts(resource.get("participant")):
        for unit in strip_none([local(person.get("individual"))]):
            yield mention(unit, person.get("period"))


def _left(reader: Reader, period: Any) -> datetime | None:
    """Until when a former ward or doctor has to do with the stay."""
    end = reader.times.end(period.get("end")) if isinstance(period, dict) else None
    return None if end is None else end + reader.days("moved")


def _sooner(one: datetime | None, other: datetime | None) -> datetime | None:
    known = strip_none([one, other])
    return min(known) if known else None


def _episode(reader: Reader, resource: Json) -> Iterator[Mention]:
    status, patient = resource.get("status"), local(resource.get("patient"), "Patient")
    if patient is None or status in {"cancelled", "entered-in-error"}:
        return
    until = None
    if status == "finished":
        until = reader.end(resource, resource.get("period")) + reader.days("team")
    for one in ("managingOrganization", "careManager"):
        for unit in strip_none([local(resource.get(one))]):
            yield Mention(patient, unit, Kind.TEAM, None, until, True, until)
    for unit in strip_none(map(local, reading.dicts(resource.get("team")))):
        yield Mention(patient, unit, Kind.TEAM, None, until)


def _team(reader: Reader, resource: Json) -> Iterator[Mention]:
    status, patient = resource.get("status"), local(resource.get("subject"), "Patient")
    if patient is None or status in {"proposed", "entered-in-error"}:
        return
    ended = status in {"inactive", "suspended"}
    until = reader.end(resource, resource.get("period")) + reader.days("team") if ended else None
    for unit in strip_none(map(local, texts(resource.get("managingOrganization")))):
        yield Mention(patient, unit, Kind.TEAM, None, until, True, until)
    for one in reading.dicts(resource.get("participant")):
        last = _sooner(until, _left(reader, one.get("period")))
        for unit in strip_none([local(one.get("member")), local(one.get("onBehalfOf"))]):
            yield Mention(patient, unit, Kind.TEAM, None, last)


def _appointment(reader: Reader, resource: Json) -> Iterator[Mention]:
    if resource.get("status") in {"cancelled", "noshow", "entered-in-error", "proposed"}:
        return
    start = reader.times.start(resource.get("start"))
    end = reader.times.end(resource.get("end")) or start or reader.written(resource)
    since = start - reader.days("booked_before") if start else None
    until = end + reader.days("booked_after")
    actors = [
        local(one.get("actor"))
        for one in reading.dicts(resource.get("participant"))
        if one.get("status") != "declined"
    ]
    for patient in (one for one in actors if one and one[0] == "Patient"):
        for unit in (one for one in actors if one and one[0] != "Patient"):
            yield Mention(patient, unit, Kind.BOOKING, since, until, True, until)


def _order(reader: Reader, resource: Json) -> Iterator[Mention]:
    patient = local(resource.get("subject"), "Patient")
    status = resource.get("status")
    if patient is None or status not in {"active", "on-hold", "completed", "unknown", None}:
        return
    begun = reader.times.start(resource.get("authoredOn")) or reader.written(resource)
    until = begun + reader.days("order_longest")
    if status == "completed":
        until = min(until, reader.written(resource) + reader.days("order"))
    kind = _kind(reader.lasting, resource)
    for unit in strip_none([local(resource.get("requester"))]):
        yield Mention(patient, unit, Kind.ORDER, None, until)
    dispense = resource.get("dispenseRequest")
    named = [
        *texts(resource.get("performer")),
        *texts(resource.get("locationReference")),
        *texts(dispense.get("performer") if isinstance(dispense, dict) else None),
    ]
    for unit in strip_none(map(local, named)):
        yield Mention(patient, unit, kind, None, until, True, until)


def _kind(lasting: Lasting, resource: Json) -> Kind:
    codes = reading.codes(resource.get("category")) | reading.codes(resource.get("code"))
    if codes & set(lasting.categories.consultation):
        return Kind.CONSULTATION
    return Kind.THEATRE if codes & set(lasting.categories.theatre) else Kind.ORDER


def _task(reader: Reader, resource: Json) -> Iterator[Mention]:
    patient, owner = local(resource.get("for"), "Patient"), local(resource.get("owner"))
    status = resource.get("status")
    if patient is None or owner is None or status in {"draft", "entered-in-error", "cancelled"}:
        return
    done = status in {"completed", "failed", "rejected"}
    until = reader.written(resource) + reader.days("task") if done else None
    yield Mention(patient, owner, Kind.TASK, None, until)


def _procedure(reader: Reader, resource: Json) -> Iterator[Mention]:
    patient = local(resource.get("subject"), "Patient")
    status = resource.get("status")
    if patient is None or status in {"entered-in-error", "not-done"}:
        return
    until = None
    if status in {"completed", "stopped"}:
        when = resource.get("performedPeriod") or {"end": resource.get("performedDateTime")}
        until = reader.end(resource, when) + reader.days("theatre")
    named = [resource.get("location")]
    for one in reading.dicts(resource.get("performer")):
        named += [one.get("actor"), one.get("onBehalfOf")]
    for unit in strip_none(map(local, named)):
        yield Mention(patient, unit, Kind.THEATRE, None, until)


def _patient(_: Reader, resource: Json) -> Iterator[Mention]:
    if not resource.get("id"):
        return
    patient = ("Patient", resource["id"])
    for unit in strip_none([local(resource.get("managingOrganization"))]):
        yield Mention(patient, unit, Kind.REGISTRATION, None, None, True)
    for unit in strip_none(map(local, reading.dicts(resource.get("generalPractitioner")))):
        yield Mention(patient, unit, Kind.REGISTRATION)


_READERS: Final[dict[str, Callable[[Reader, Json], Iterator[Mention]]]] = {
    "Encounter": _encounter,
    "EpisodeOfCare": _episode,
    "CareTeam": _team,
    "Appointment": _appointment,
    "ServiceRequest": _order,
    "MedicationRequest": _order,
    "DeviceRequest": _order,
    "Task": _task,
    "Procedure": _procedure,
    "Patient": _patient,
}
TYPES: Final = frozenset(_READERS)
