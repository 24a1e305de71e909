"""Whose guardian somebody is: from RelatedPerson, and from the Person that says who that is.

HL7 FHIR R4: relatedperson.html, person.html; relationships: v3-RoleCode.
A parent is one until the child is of age; an appointed guardian as long as the period says.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from . import queries, reading
from .kinds import Kind
from .reading import Name, local, strip_none

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping

    from .derivation import Reader
    from .queries import Row, Source

    Resolve = Callable[[Source, Collection[Name]], Awaitable[dict[Name, int]]]

Json = dict[str, Any]
TYPES = frozenset({"RelatedPerson", "Person"})


class Bond(msgspec.Struct, frozen=True):
    """A guardian of a patient. ``parent``: only until the patient is of age."""

    guardian: Name
    patient: Name
    parent: bool
    since: datetime | None
    until: datetime | None


async def rows(
    source: Source, reader: Reader, resolve: Resolve, resources: Mapping[int, Json]
) -> list[Row]:
    """The relations that these RelatedPerson and Person resources give."""
    linked = {
        name
        for one in resources.values()
        if one["resourceType"] == "Person"
        for name in _links(one, "RelatedPerson")
    }
    numbers = await resolve(source, linked)
    kin = await queries.bodies_of(source, list(numbers.values()))
    bonds: dict[int, list[Bond]] = {}
    for rid, one in resources.items():
        if one["resourceType"] == "RelatedPerson":
            bonds[rid] = strip_none([bond(reader, one, ("RelatedPerson", one["id"]))])
        else:
            related = [
                kin[numbers[name]] for name in _links(one, "RelatedPerson") if numbers[name] in kin
            ]
            bonds[rid] = _of_person(reader, one, related)
    return await _rows(source, reader, resolve, bonds)


def _of_person(reader: Reader, person: Json, related: list[Json]) -> list[Bond]:
    if person.get("active") is False:
        return []
    return strip_none(
        bond(reader, kin, guardian) for guardian in _links(person, "Patient") for kin in related
    )


def _links(person: Json, type_: str) -> list[Name]:
    """Those a Person is; what is only guessed at (level 1) opens nothing."""
    return strip_none(
        local(one.get("target"), type_)
        for one in reading.dicts(person.get("link"))
        if one.get("assurance") in {"level3", "level4"}
    )


def bond(reader: Reader, kin: Json, guardian: Name) -> Bond | None:
    """What a RelatedPerson says, for whoever it is."""
    patient = local(kin.get("patient"), "Patient")
    if patient is None or kin.get("active") is False or patient == guardian:
        return None
    known, codes = reader.lasting.guardians, reading.codes(kin.get("relationship"))
    appointed = bool(codes & set(known.appointed))
    if not appointed and not codes & set(known.parents):
        return None
    period = kin.get("period")
    times = period if isinstance(period, dict) else {}
    since, until = reader.times.start(times.get("start")), reader.times.end(times.get("end"))
    return Bond(guardian, patient, not appointed, since, until)


async def _rows(
    source: Source, reader: Reader, resolve: Resolve, bonds: Mapping[int, list[Bond]]
) -> list[Row]:
    every = [one for found in bonds.values() for one in found]
    numbers = await resolve(source, {name for one in every for name in (one.guardian, one.patient)})
    minors = [numbers[one.patient] for one in every if one.parent]
    children = await queries.bodies_of(source, minors)
    made: list[Row] = []
    for rid, found in bonds.items():
        for one in found:
            unit, patient = numbers[one.guardian], numbers[one.patient]
            until = one.until
            if one.parent:
                until = _of_age(reader, children.get(patient, {}), until)
            made.append((unit, patient, int(Kind.GUARDIAN), rid, one.since, until))
    return made


def _of_age(reader: Reader, child: Json, until: datetime | None) -> datetime:
    """The day the child is of age; nobody is a child whose birth date is not known."""
    born = reader.times.start(child.get("birthDate"))
    if born is None:
        return reading.EPOCH
    years = born.year + reader.lasting.guardians.of_age
    try:
        grown = born.replace(year=years)
    except ValueError:  # 29 February
        grown = born.replace(year=years, month=3, day=1)
    return grown if until is None else min(grown, until)
