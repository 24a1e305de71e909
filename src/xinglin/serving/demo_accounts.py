"""An account for each role, beside the demonstration data: signed in to by a click alone.

Design, section 5; simulator/data/accounts.toml. Only a server that is reached over loopback and
holds demonstration data offers them (`trust.identity`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xinglin.kernel.errors import Refusal
from xinglin.simulator import accounts

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from xinglin.simulator.accounts import DemoAccount
    from xinglin.trust.identity import Clerk

    Json = dict[str, Any]
    Get = Callable[[str], Awaitable[list[Json]]]
    Put = Callable[[Json], Awaitable[None]]

PARENT = "NMTH"


async def staff(clerk: Clerk) -> int:
    """Make the accounts of the staff that are missing; how many were made."""
    known = {one.account.name for one in await clerk.list()}
    missing = [one for one in accounts.staff() if one.user not in known]
    for one in missing:
        await _add(clerk, one)
    return len(missing)


async def people(clerk: Clerk, find: Get, put: Put) -> int:
    """Make the accounts of a patient and of a newborn's mother, who acts for the child."""
    known = {one.account.name for one in await clerk.list()}
    made = 0
    for kin in await find(f"RelatedPerson?relationship={PARENT}&_sort=_id&_count=1"):
        mothers = await find(f"Patient?link=RelatedPerson/{kin['id']}&_count=1")
        for mother in mothers:
            if "guardian" not in known:
                await put(_person(mother, kin))
                await _of(clerk, mother, "guardian")
                made += 1
    for patient in await find("Patient?_sort=_id&_count=1"):
        if "patient" not in known:
            await _of(clerk, patient, "patient")
            made += 1
    return made


async def _add(clerk: Clerk, one: DemoAccount) -> None:
    try:
        await clerk.add(one.user, one.zh, one.en, practitioner=one.practitioner, demo=True)
    except Refusal:
        # The person is not in a small sample of the group: an account without one serves as well.
        await clerk.add(one.user, one.zh, one.en, demo=True)
    await clerk.give(one.user, one.role, one.organization, one.units)


async def _of(clerk: Clerk, patient: Json, role: str) -> None:
    name = next((one for one in patient.get("name", []) if one.get("text")), {})
    text = name.get("text") or role
    await clerk.add(role, text, text, patient=f"Patient/{patient['id']}", demo=True)
    await clerk.give(role, role)


def _person(mother: Json, kin: Json) -> Json:
    """Says that the mother who is a patient is the mother whom the child's record names."""
    targets = (f"Patient/{mother['id']}", f"RelatedPerson/{kin['id']}")
    return {
        "resourceType": "Person",
        "id": f"{mother['id']}-person",
        "active": True,
        "name": mother.get("name", []),
        "link": [
            {"target": {"reference": reference}, "assurance": "level3"} for reference in targets
        ],
    }
