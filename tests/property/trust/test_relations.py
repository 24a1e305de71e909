"""After any writes, the table of relations is what a naive derivation from everything gives."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.support import campuses, naive_relations
from tests.support.campuses import DEPARTMENTS, code, encounter, ref

from xinglin.cdr.access import Access
from xinglin.cdr.assembly import assemble
from xinglin.kernel.clock import FixedClock
from xinglin.trust.policy import agreement
from xinglin.trust.policy.kinds import Kind
from xinglin.trust.policy.relations import TYPES, Relations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xinglin.cdr.repository import Repository
    from xinglin.kernel.database import Database

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
UNITS = [f"{campus}-{name}" for campus in campuses.CAMPUSES for name in DEPARTMENTS]
PATIENTS = [f"{campus.lower()}-{name}" for campus in campuses.CAMPUSES for name in DEPARTMENTS]
Json = dict[str, Any]


class Hospital:
    """Writes at random, and remembers what is there."""

    def __init__(self, repository: Repository, seed: int) -> None:
        self.repository = repository
        self.world: dict[tuple[str, str], Json] = {}
        self.pick = random.Random(seed)  # noqa: S311  for tests

    async def put(self, resource: Json) -> None:
        type_, id_ = resource["resourceType"], resource["id"]
        await self.repository.update(Access.local(), type_, id_, resource)
        self.world[type_, id_] = resource

    async def act(self) -> None:
        """One thing that happens in a hospital."""
        acts = (self.visit, self.visit, self.order, self.team, self.move, self.transfer, self.end)
        await self.pick.choice(acts)()

    async def visit(self) -> None:
        patient, unit = self.pick.choice(PATIENTS), self.pick.choice(UNITS)
        status = self.pick.choice(["planned", "in-progress", "finished", "cancelled"])
        body = encounter(patient, unit, id=f"e{self.pick.randrange(6)}", status=status)
        # Beds that there are, and one that comes later or never.
        bed = self.pick.choice([f"{self.pick.choice(UNITS)}-b", "later"])
        body["location"] = [{"location": ref("Location", bed)}]
        body["participant"] = [
            {"individual": ref("Practitioner", f"{self.pick.choice(UNITS)}-d")}
            for _ in range(self.pick.randrange(1, 3))
        ]
        if status == "finished":
            ended = NOW - timedelta(days=self.pick.choice([1, 6, 8, 80, 100]))
            body["period"] = {"start": "2025-01-01T00:00:00Z", "end": ended.isoformat()}
        await self.put(body)

    async def order(self) -> None:
        begun = NOW - timedelta(days=self.pick.choice([0, 100, 200]))
        performers = [ref("Organization", self.pick.choice(UNITS)), ref("Location", "later")]
        await self.put(
            {
                "resourceType": "ServiceRequest",
                "id": f"s{self.pick.randrange(4)}",
                "status": self.pick.choice(["active", "revoked"]),
                "intent": "order",
                "subject": ref("Patient", self.pick.choice(PATIENTS)),
                "authoredOn": begun.isoformat(),
                "code": code(),
                "performer": performers[: self.pick.randrange(1, 2)],
            }
        )

    async def team(self) -> None:
        members = self.pick.sample(UNITS, 2)
        await self.put(
            {
                "resourceType": "CareTeam",
                "id": f"t{self.pick.randrange(3)}",
                "status": self.pick.choice(["active", "entered-in-error"]),
                "subject": ref("Patient", self.pick.choice(PATIENTS)),
                "participant": [{"member": ref("Practitioner", f"{one}-d")} for one in members],
            }
        )

    async def move(self) -> None:
        """A bed, a room or a ward is moved, or comes to be."""
        place = self.pick.choice([*(f"{unit}-b" for unit in UNITS), "later", f"{UNITS[0]}-r"])
        unit, inside = self.pick.choice(UNITS), place.endswith("-r")
        kind = "ro" if inside else "bd"
        await self.put(
            {
                "resourceType": "Location",
                "id": place,
                "physicalType": {"coding": [{"code": kind}]},
                "managingOrganization": ref("Organization", unit),
                "partOf": ref("Location", f"{unit}-w" if inside else f"{unit}-r"),
            }
        )

    async def transfer(self) -> None:
        """A doctor changes departments, or a department its campus."""
        unit = self.pick.choice(UNITS)
        if self.pick.random() < 0.3:
            moved = self.world["Organization", unit]
            campus = self.pick.choice(campuses.CAMPUSES)
            await self.put({**moved, "partOf": ref("Organization", campus)})
            return
        await self.put(
            {
                "resourceType": "PractitionerRole",
                "id": f"{unit}-d",
                "active": self.pick.random() < 0.8,
                "practitioner": ref("Practitioner", f"{self.pick.choice(UNITS)}-d"),
                "organization": ref("Organization", self.pick.choice(UNITS)),
            }
        )

    async def end(self) -> None:
        """Something is deleted."""
        gone = [
            name for name in self.world if name[0] in {"Encounter", "ServiceRequest", "CareTeam"}
        ]
        if gone:
            name = self.pick.choice(gone)
            await self.repository.delete(Access.local(), *name)
            del self.world[name]


async def stored(db: Database) -> naive_relations.Found:
    rows = await db.fetch(
        "select u.id unit, p.id patient, x.kind from relation x join resource u on u.rid = x.unit "
        "join resource p on p.rid = x.patient where until > $1 and since <= $1",
        NOW,
    )
    return {(row["unit"], row["patient"], Kind(row["kind"]).name) for row in rows}


def start() -> Iterator[Json]:
    yield from campuses.structure()
    for one in campuses.patients():
        if one["resourceType"] == "Patient":
            yield one


@pytest.mark.parametrize("seed", range(4))
async def test_the_projection_is_the_naive_derivation(db: Database, seed: int):
    repository = (await assemble(db, FixedClock(NOW))).repository
    relations = Relations(repository.context)
    repository.on_write(TYPES, relations)
    hospital = Hospital(repository, seed)
    for one in start():
        await hospital.put(one)
    for step in range(80):
        await hospital.act()
        if step % 20 == 19:
            assert await stored(db) == naive_relations.relations(hospital.world, NOW), step
    assert (await agreement.compare(repository.context, relations)).fine
    await repository.close()
