"""Relations are derived from what is written, in the same transaction."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from tests.support import campuses
from tests.support.campuses import code, encounter, ref

from xinglin.cdr.access import Access
from xinglin.cdr.assembly import Assembly, assemble
from xinglin.kernel.clock import FixedClock
from xinglin.kernel.errors import Conflict, Issue
from xinglin.trust.policy import agreement
from xinglin.trust.policy.kinds import Kind
from xinglin.trust.policy.relations import TYPES, Relations

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from xinglin.kernel.database import Connection, Database

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
Json = dict[str, Any]


@pytest_asyncio.fixture
async def assembly(db: Database) -> AsyncIterator[Assembly]:
    assembly = await assemble(db, FixedClock(NOW))
    relations = Relations(assembly.repository.context)
    assembly.repository.on_write(TYPES, relations)
    await campuses.build(assembly.repository)
    yield assembly
    await assembly.repository.close()


class Hospital:
    """Writes, and asks who has to do with whom."""

    def __init__(self, assembly: Assembly, db: Database) -> None:
        self.repository = assembly.repository
        self._db = db

    async def put(self, type_: str, id_: str, **body: Any) -> None:
        resource = {"resourceType": type_, "id": id_, **body}
        await self.repository.update(Access.local(), type_, id_, resource)

    async def units(self, patient: str, at: datetime = NOW) -> dict[str, set[str]]:
        """Units of a patient at a time, with the kinds of relation."""
        rows = await self._db.fetch(
            "select u.id, x.kind from relation x join resource u on u.rid = x.unit "
            "join resource p on p.rid = x.patient where p.id = $1 and since <= $2 and until > $2",
            patient,
            at,
        )
        found: dict[str, set[str]] = {}
        for id_, kind in rows:
            found.setdefault(id_, set()).add(Kind(kind).name)
        return found

    async def agrees(self) -> bool:
        context = self.repository.context
        return (await agreement.compare(context, Relations(context))).fine


@pytest.fixture
def hospital(assembly: Assembly, db: Database) -> Hospital:
    return Hospital(assembly, db)


async def test_a_stay_makes_ward_department_and_doctor_responsible(hospital: Hospital):
    assert await hospital.units("a-medicine") == {
        "A-medicine-d": {"TREATING"},
        "A-medicine-w": {"TREATING"},
        "A-medicine": {"TREATING", "COLLEAGUE"},
        "A": {"VISIT"},
    }
    assert await hospital.agrees()


async def test_when_it_ends_there_is_time_to_finish_the_record(hospital: Hospital):
    body = encounter("a-medicine", "A-medicine", status="finished")
    body["period"] = {"start": campuses.SINCE, "end": "2026-03-01T00:00:00Z"}
    await hospital.put("Encounter", "a-medicine-e", **body)
    assert "A-medicine-w" in await hospital.units("a-medicine", NOW + timedelta(days=6))
    assert set(await hospital.units("a-medicine", NOW + timedelta(days=8))) == {"A"}
    assert not await hospital.units("a-medicine", NOW + timedelta(days=91))


async def test_a_cancelled_visit_gives_nothing(hospital: Hospital):
    body = encounter("a-medicine", "A-medicine", status="cancelled")
    await hospital.put("Encounter", "a-medicine-e", **body)
    assert not await hospital.units("a-medicine")


async def test_a_deleted_visit_gives_nothing(hospital: Hospital):
    await hospital.repository.delete(Access.local(), "Encounter", "a-medicine-e")
    assert not await hospital.units("a-medicine")


async def test_the_former_ward_keeps_it_for_two_days(hospital: Hospital):
    place = [
        {
            "location": ref("Location", "A-medicine-b"),
            "period": {"end": "2026-03-01T00:00:00Z"},
            "status": "completed",
        },
        {"location": ref("Location", "A-surgery-b"), "status": "active"},
    ]
    await hospital.put(
        "Encounter", "a-medicine-e", **encounter("a-medicine", "A-surgery", location=place)
    )
    assert {"A-medicine-w", "A-surgery-w"} <= set(await hospital.units("a-medicine"))
    later = await hospital.units("a-medicine", NOW + timedelta(days=3))
    assert "A-medicine-w" not in later
    assert "A-surgery-w" in later


async def test_a_consultation_asked_of_a_department(hospital: Hospital):
    ask = {
        "status": "active",
        "intent": "order",
        "subject": ref("Patient", "a-medicine"),
        "authoredOn": "2026-02-28T10:00:00Z",
        "category": [code("consultation")],
        "performer": [ref("Organization", "B-surgery")],
    }
    await hospital.put("ServiceRequest", "ask", **ask)
    found = await hospital.units("a-medicine")
    assert found["B-surgery"] == {"CONSULTATION"}
    assert found["B"] == {"VISIT"}
    await hospital.put("ServiceRequest", "ask", **ask | {"status": "completed"})
    assert "B-surgery" in await hospital.units("a-medicine", NOW + timedelta(days=6))
    assert "B-surgery" not in await hospital.units("a-medicine", NOW + timedelta(days=8))
    await hospital.put("ServiceRequest", "ask", **ask | {"status": "revoked"})
    assert "B-surgery" not in await hospital.units("a-medicine")


async def test_an_appointment_opens_the_chart_some_days_before(hospital: Hospital):
    await hospital.put(
        "Appointment",
        "booked",
        status="booked",
        start="2026-03-20T08:00:00Z",
        end="2026-03-20T08:10:00Z",
        participant=[
            {"actor": ref("Patient", "a-medicine"), "status": "accepted"},
            {"actor": ref("Practitioner", "B-medicine-d"), "status": "accepted"},
        ],
    )
    assert "B-medicine-d" not in await hospital.units("a-medicine")
    found = await hospital.units("a-medicine", NOW + timedelta(days=14))
    assert found["B-medicine-d"] == {"BOOKING"}


async def test_team_task_theatre_and_registration(hospital: Hospital):
    patient = ref("Patient", "a-medicine")
    member = [{"member": ref("Practitioner", "B-surgery-d")}]
    await hospital.put("CareTeam", "team", status="active", subject=patient, participant=member)
    await hospital.put(
        "Task",
        "task",
        **{"status": "requested", "intent": "order", "for": patient},
        owner=ref("Organization", "B-medicine"),
    )
    await hospital.put(
        "Procedure",
        "op",
        status="preparation",
        code=code(),
        subject=patient,
        performer=[{"actor": ref("Practitioner", "A-surgery-d")}],
    )
    await hospital.put(
        "Patient",
        "a-medicine",
        managingOrganization=ref("Organization", "B"),
        generalPractitioner=[ref("Practitioner", "B-medicine-d")],
    )
    found = await hospital.units("a-medicine")
    assert found["B-surgery-d"] == {"TEAM"}
    assert found["B-medicine"] == {"TASK"}
    assert found["A-surgery-d"] == {"THEATRE"}
    assert found["B"] == {"REGISTRATION"}
    assert found["B-medicine-d"] == {"REGISTRATION"}
    assert await hospital.agrees()


async def test_a_bed_that_moves_to_another_ward_takes_its_patient_along(hospital: Hospital):
    await hospital.put(
        "Location",
        "A-medicine-b",
        physicalType={"coding": [{"code": "bd"}]},
        managingOrganization=ref("Organization", "A-surgery"),
        partOf=ref("Location", "A-surgery-r"),
    )
    found = await hospital.units("a-medicine")
    assert "A-surgery-w" in found
    assert "A-medicine-w" not in found
    assert await hospital.agrees()


async def test_a_doctor_who_changes_departments_takes_his_patients_along(hospital: Hospital):
    await hospital.put(
        "PractitionerRole",
        "A-medicine-d",
        active=True,
        practitioner=ref("Practitioner", "A-medicine-d"),
        organization=ref("Organization", "A-surgery"),
    )
    found = await hospital.units("a-medicine")
    assert found["A-surgery"] == {"COLLEAGUE"}
    assert found["A-medicine"] == {"TREATING"}
    assert await hospital.agrees()


async def test_what_comes_before_its_ward_is_put_right_when_the_ward_comes(hospital: Hospital):
    body = encounter("a-medicine", "A-medicine")
    body["location"] = [{"location": ref("Location", "later")}]
    await hospital.put("Encounter", "a-medicine-e", **body)
    assert "later" in await hospital.units("a-medicine")
    await hospital.put(
        "Location",
        "later",
        physicalType={"coding": [{"code": "bd"}]},
        partOf=ref("Location", "B-surgery-w"),
    )
    found = await hospital.units("a-medicine")
    assert "B-surgery-w" in found
    assert "later" not in found
    assert await hospital.agrees()


async def test_parents_are_guardians_until_the_child_is_of_age(hospital: Hospital):
    child, mother = ref("Patient", "a-medicine"), ref("Patient", "b-medicine")
    role = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
    await hospital.put("Patient", "a-medicine")
    await hospital.put("RelatedPerson", "kin", patient=child, relationship=[code("MTH", role)])
    link = [
        {"target": mother, "assurance": "level3"},
        {"target": ref("RelatedPerson", "kin"), "assurance": "level3"},
    ]
    await hospital.put("Person", "mother", link=link)
    assert "b-medicine" not in await hospital.units("a-medicine")
    await hospital.put("Patient", "a-medicine", birthDate="2010-03-05")
    assert (await hospital.units("a-medicine"))["b-medicine"] == {"GUARDIAN"}
    grown = datetime(2028, 3, 6, tzinfo=UTC)
    assert "b-medicine" not in await hospital.units("a-medicine", grown)
    link[0]["assurance"] = "level1"
    await hospital.put("Person", "mother", link=link)
    assert "b-medicine" not in await hospital.units("a-medicine")
    await hospital.put("RelatedPerson", "kin", patient=child, relationship=[code("GUARD", role)])
    link[0]["assurance"] = "level4"
    await hospital.put("Person", "mother", link=link)
    assert "b-medicine" in await hospital.units("a-medicine", grown)
    await hospital.put("RelatedPerson", "kin", patient=child, active=False)
    assert "b-medicine" not in await hospital.units("a-medicine")
    assert await hospital.agrees()


async def test_a_write_that_is_undone_leaves_no_relation(hospital: Hospital):
    async def refuse(_: Connection, __: Sequence[Any]) -> None:
        raise Conflict(Issue("conflict", "no", "不"))

    hospital.repository.on_write({"Encounter"}, refuse)
    with pytest.raises(Conflict):
        await hospital.put(
            "Encounter", "other", **encounter("a-medicine", "B-medicine", id="other")
        )
    assert "B-medicine" not in await hospital.units("a-medicine")


async def test_rebuilding_makes_what_is_missing_and_removes_what_is_too_much(
    hospital: Hospital, db: Database
):
    await db.execute("delete from relation where kind = $1", int(Kind.VISIT))
    await db.execute(
        "insert into relation (unit, patient, kind, source) select unit, patient, 7, source "
        "from relation where kind = $1",
        int(Kind.COLLEAGUE),
    )
    context = hospital.repository.context
    relations = Relations(context)
    found = await agreement.compare(context, relations)
    assert (found.missing, found.surplus) == (4, 4)
    told: list[tuple[int, int]] = []
    await agreement.compare(
        context, relations, lambda done, total: told.append((done, total)), repair=True
    )
    assert told[-1][0] == told[-1][1]
    assert await hospital.agrees()
