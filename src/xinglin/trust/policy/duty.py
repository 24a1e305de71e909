"""Who is on duty at this moment (值班): units whose patients are one's own until the shift ends.

HL7 FHIR R4: practitionerrole.html (availableTime), schedule.html and slot.html for rosters that
name days: a busy Slot of a Schedule whose actors are a person and a ward.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from xinglin.cdr.index.dates import microseconds

from . import queries, reading
from .reading import Name, Times, local, strip_none
from .structure import ROLES_OF, Structure

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from xinglin.cdr.context import Context

Json = dict[str, Any]
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SHIFT: Final = timedelta(hours=36)
"""No shift is longer."""


async def units(context: Context, practitioner: int) -> tuple[int, ...]:
    """The wards and departments for which the person is on duty now."""
    known, now = context.indexer.params, context.clock.now()
    times = Times(context.indexer.dates)
    of = await queries.roles_of(context.db, queries.sources(known, ROLES_OF), [practitioner])
    roles = await queries.bodies_of(context.db, of.get(practitioner, []))
    local_now = now.astimezone(context.indexer.dates.zone)
    names = {
        name for one in roles.values() if covers(one, local_now, times) for name in _where(one)
    }
    names |= await _rostered(context, [practitioner, *roles], times, now)
    names = {name for name in names if name[0] != "Practitioner"}
    if not names:
        return ()
    numbers = await context.references.resolve(context.db, names)
    stands = await Structure.load(context.db, known, numbers.values())
    return tuple(
        sorted(
            {rid for name in names for rid, level in stands.units(name).items() if level == "own"}
        )
    )


async def _rostered(context: Context, actors: list[int], times: Times, now: datetime) -> set[Name]:
    """The places of the rosters in which the person has a slot that runs now."""
    known = context.indexer.params
    params = queries.sources(known, ("Schedule", "actor"))
    schedules = await queries.bodies_of(
        context.db, await queries.referring(context.db, params, actors)
    )
    active = {rid: one for rid, one in schedules.items() if one.get("active") is not False}
    if not active:
        return set()
    begun = (microseconds(now - _SHIFT), microseconds(now))
    running = {
        local(slot.get("schedule"))
        for slot in await queries.slots(context.db, known, active, begun)
        if slot.get("status") in {"busy", "busy-unavailable"}
        and (end := times.start(slot.get("end"))) is not None
        and end > now
    }
    return {
        name
        for one in active.values()
        if ("Schedule", one["id"]) in running
        for name in strip_none(map(local, reading.dicts(one.get("actor"))))
        if name[0] in {"Location", "HealthcareService"}
    }


def _where(role: Json) -> Iterator[Name]:
    yield from strip_none([local(role.get("organization"))])
    for element in ("location", "healthcareService"):
        yield from strip_none(map(local, reading.dicts(role.get(element))))


def covers(role: Json, moment: datetime, times: Times) -> bool:
    """Whether the hours of a PractitionerRole cover a moment, given in the hospital's time."""
    if role.get("active") is False or not _within(role.get("period"), moment, times, missing=True):
        return False
    for away in reading.dicts(role.get("notAvailable")):
        if _within(away.get("during"), moment, times, missing=False):
            return False
    return any(_at_work(hours, moment) for hours in reading.dicts(role.get("availableTime")))


def _within(period: Any, moment: datetime, times: Times, *, missing: bool) -> bool:
    if not isinstance(period, dict):
        return missing
    start, end = times.start(period.get("start")), times.end(period.get("end"))
    return (start is None or start <= moment) and (end is None or moment <= end)


def _at_work(hours: Json, moment: datetime) -> bool:
    """Over midnight as well: 17:30 to 08:00 of Monday is until Tuesday morning."""
    days = hours.get("daysOfWeek") or list(_DAYS)
    today, yesterday = _DAYS[moment.weekday()], _DAYS[moment.weekday() - 1]
    if hours.get("allDay") is True:
        return today in days
    start, end = hours.get("availableStartTime"), hours.get("availableEndTime")
    if not isinstance(start, str) or not isinstance(end, str):
        return False
    clock = moment.strftime("%H:%M:%S")
    if start < end:
        return today in days and start <= clock <= end
    return (today in days and clock >= start) or (yesterday in days and clock <= end)
