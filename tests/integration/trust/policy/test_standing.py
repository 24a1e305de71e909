"""What a process remembers of the units is given up when another process moves them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tests.support import campuses
from tests.support.campuses import encounter, ref

from xinglin.cdr.access import Access
from xinglin.cdr.assembly import Assembly, assemble
from xinglin.kernel.clock import FixedClock
from xinglin.trust.policy import standing
from xinglin.trust.policy.relations import TYPES, Relations

if TYPE_CHECKING:
    from xinglin.kernel.database import Database

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)


async def put(assembly: Assembly, resource: dict[str, Any]) -> None:
    type_, id_ = resource["resourceType"], resource["id"]
    await assembly.repository.update(Access.local(), type_, id_, resource)


async def units(db: Database, source: str) -> set[str]:
    rows = await db.fetch(
        "select distinct u.id from relation x join resource u on u.rid = x.unit"
        " join resource s on s.rid = x.source where s.id = $1",
        source,
    )
    return {row[0] for row in rows}


async def test_one_process_learns_of_a_move_by_another(db: Database, monkeypatch: Any):
    made = [await assemble(db, FixedClock(NOW)) for _ in range(2)]
    for one in made:
        one.repository.on_write(TYPES, Relations(one.repository.context))
    here, there = made
    await campuses.build(here.repository)
    await put(here, encounter("a-medicine", "A-medicine", id="first"))
    assert "A-medicine" in await units(db, "first")

    ward = {
        "resourceType": "Location",
        "id": "A-medicine-w",
        "managingOrganization": ref("Organization", "A-surgery"),
    }
    await put(there, ward)
    monkeypatch.setattr(standing, "POLL", 0.0)
    visit = encounter("a-medicine", "A-medicine", id="second")
    visit.pop("serviceProvider", None)
    visit.pop("participant", None)
    await put(here, visit)
    assert "A-surgery" in await units(db, "second")
    for one in made:
        await one.repository.close()


async def test_a_single_write_and_a_transaction_say_the_same(db: Database):
    assembly = await assemble(db, FixedClock(NOW))
    assembly.repository.on_write(TYPES, Relations(assembly.repository.context))
    await campuses.build(assembly.repository)
    await put(assembly, encounter("a-medicine", "A-medicine", id="alone"))
    bundle = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {
                "resource": encounter("a-medicine", "A-medicine", id="together"),
                "request": {"method": "PUT", "url": "Encounter/together"},
            }
        ],
    }
    await assembly.repository.bundle(Access.local(), bundle, base="http://x/fhir")
    assert await units(db, "alone") == await units(db, "together") != set()
    await assembly.repository.close()
