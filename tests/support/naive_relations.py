"""Who has to do with whom, from all resources at once: slow, simple, written from the words alone.

The words are in docs/adr/0013-policy.md and src/xinglin/trust/policy/data/relations.toml. Covers
what the random writes of tests/property/trust/test_relations.py make.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Json = dict[str, Any]
Found = set[tuple[str, str, str]]
"""(unit, patient, kind) that hold now."""
DAY = timedelta(days=1)


def relations(world: Mapping[tuple[str, str], Json], now: datetime) -> Found:
    """All relations that hold at this moment."""
    found: Found = set()
    for (type_, _), one in world.items():
        if type_ == "Encounter":
            found |= set(_encounter(world, one, now))
        elif type_ == "ServiceRequest":
            found |= set(_order(world, one, now))
        elif type_ == "CareTeam" and one["status"] == "active":
            for member in one["participant"]:
                for unit, level in _unit(world, member["member"]["reference"]):
                    if level == "own":
                        found.add((unit, _patient(one), "TEAM"))
    return found


def _patient(one: Json) -> str:
    return one["subject"]["reference"].partition("/")[2]


def _encounter(
    world: Mapping[tuple[str, str], Json], one: Json, now: datetime
) -> Iterator[tuple[str, str, str]]:
    if one["status"] == "cancelled":
        return
    end = campus = None
    if one["status"] == "finished":
        ended = datetime.fromisoformat(one["period"]["end"])
        end, campus = ended + 7 * DAY, ended + 90 * DAY
    named = [one["serviceProvider"], *(p["individual"] for p in one["participant"])]
    for reference in (*named, *(place["location"] for place in one["location"])):
        for unit, level in _unit(world, reference["reference"], people=True):
            last = campus if level == "above" else end
            if last is None or last > now:
                kind = {"own": "TREATING", "above": "VISIT", "colleague": "COLLEAGUE"}[level]
                yield unit, _patient(one), kind


def _order(
    world: Mapping[tuple[str, str], Json], one: Json, now: datetime
) -> Iterator[tuple[str, str, str]]:
    begun = datetime.fromisoformat(one["authoredOn"])
    if one["status"] == "revoked" or begun + 180 * DAY <= now:
        return
    for performer in one["performer"]:
        for unit, level in _unit(world, performer["reference"]):
            if level != "colleague":
                yield unit, _patient(one), "VISIT" if level == "above" else "ORDER"


def _unit(
    world: Mapping[tuple[str, str], Json], reference: str, *, people: bool = False
) -> Iterator[tuple[str, str]]:
    """What a unit stands for: (id, own, colleague or above)."""
    type_, _, id_ = reference.partition("/")
    one = world.get((type_, id_))
    if type_ == "Location":
        yield from _place(world, id_, one)
    elif type_ == "Organization":
        yield from _organization(world, id_)
    elif type_ == "Practitioner":
        yield id_, "own"
        for (kind, _), role in world.items():
            if people and kind == "PractitionerRole" and role["active"]:
                if role["practitioner"]["reference"] != reference:
                    continue
                for unit, level in _unit(world, role["organization"]["reference"]):
                    yield unit, "colleague" if level == "own" else level


def _place(
    world: Mapping[tuple[str, str], Json], id_: str, one: Json | None
) -> Iterator[tuple[str, str]]:
    if one is None:
        yield id_, "own"
        return
    kind = one["physicalType"]["coding"][0]["code"]
    if kind == "si":
        return
    if kind == "wa":
        yield id_, "own"
    yield from _unit(world, one["managingOrganization"]["reference"])
    yield from _unit(world, one["partOf"]["reference"])


def _organization(world: Mapping[tuple[str, str], Json], id_: str) -> Iterator[tuple[str, str]]:
    one = world[("Organization", id_)]
    department = one["type"][0]["coding"][0]["code"] == "dept"
    yield id_, "own" if department else "above"
    parent = one.get("partOf", {}).get("reference", "").partition("/")[2]
    if parent and "partOf" in world[("Organization", parent)]:
        yield from _organization(world, parent)
