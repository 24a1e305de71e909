"""Each role has an account beside the demonstration data; making them again makes none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xinglin.cdr.access import Access
from xinglin.cdr.assembly import assemble
from xinglin.fhir import json
from xinglin.kernel.clock import SystemClock
from xinglin.serving import demo_accounts
from xinglin.simulator import Inside, World, load
from xinglin.trust.identity import Clerk
from xinglin.trust.policy import shipped

if TYPE_CHECKING:
    from xinglin.kernel.database import Database

Json = dict[str, Any]


async def test_each_role_has_an_account(db: Database):
    assembly = await assemble(db, SystemClock())
    repository = assembly.repository
    await load(Inside(repository, Access.local()), World(seed=1, patients=1))
    clerk = Clerk(db, SystemClock(), shipped())
    mother = {"resourceType": "Patient", "id": "m", "link": [_link("kin")]}
    mother["name"] = [{"text": "王芳"}]
    child = {"resourceType": "Patient", "id": "z-child"}
    kin = {
        "resourceType": "RelatedPerson",
        "id": "kin",
        "patient": {"reference": "Patient/z-child"},
    }
    for one in (mother, child, kin):
        await put(repository, one)

    async def find(path: str) -> list[Json]:
        return [kin] if path.startswith("RelatedPerson") else [mother]

    async def keep(resource: Json) -> None:
        await put(repository, resource)

    made = await demo_accounts.staff(clerk) + await demo_accounts.people(clerk, find, keep)
    listed = await clerk.list()
    roles = {held.position.role for one in listed for held in one.positions}
    assert roles == {role.code for role in shipped()}
    assert made == len(listed) - 1  # the administrator was there
    nurse = next(one for one in listed if one.account.name == "nurse")
    assert nurse.account.practitioner is not None
    assert nurse.account.demo
    assert nurse.positions[0].position.units
    assert not await demo_accounts.staff(clerk) + await demo_accounts.people(clerk, find, keep)
    person = await repository.read(Access.local(), "Person", "m-person")
    assert json.decode(person.body)["link"][1]["target"]["reference"] == "RelatedPerson/kin"
    await repository.close()


def _link(id_: str) -> Json:
    return {"other": {"reference": f"RelatedPerson/{id_}"}, "type": "seealso"}


async def put(repository: Any, resource: Json) -> None:
    await repository.update(Access.local(), resource["resourceType"], resource["id"], resource)
