"""Confidential patients, sealed notes, and who is on duty."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from msgspec import structs
from tests.support import campuses
from tests.support.campuses import ref
from tests.support.examples import Stage

from xinglin.cdr.access import Access
from xinglin.cdr.assembly import Assembly, assemble
from xinglin.cdr.index.dates import Dates
from xinglin.cdr.operations import Registry
from xinglin.kernel.clock import SystemClock
from xinglin.kernel.errors import NotFound
from xinglin.trust.policy import RolePolicy, duty, install, sealing
from xinglin.trust.policy.reading import Times

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from xinglin.kernel.database import Database
    from xinglin.trust.model import Grant

LABEL = {"security": [{"system": sealing.CONFIDENTIALITY, "code": "V"}]}
ZONE = ZoneInfo("Asia/Shanghai")
READ = "read Composition of a-medicine"


@pytest_asyncio.fixture
async def assembly(db: Database) -> AsyncIterator[Assembly]:
    assembly = await assemble(db, SystemClock())
    yield assembly
    await assembly.repository.close()


@pytest_asyncio.fixture
async def policy(assembly: Assembly, db: Database) -> RolePolicy:
    policy = install(assembly, db, Registry())
    await campuses.build(assembly.repository)
    return policy


@pytest_asyncio.fixture
async def stage(assembly: Assembly, db: Database, policy: RolePolicy) -> Stage:
    return Stage(assembly, db, policy)


async def put(assembly: Assembly, type_: str, id_: str, **body: Any) -> None:
    resource = {"resourceType": type_, "id": id_, **body}
    await assembly.repository.update(Access.local(), type_, id_, resource)


async def test_a_labelled_patient_is_open_to_those_who_treat_and_to_no_other(
    assembly: Assembly, stage: Stage, policy: RolePolicy
):
    assert await stage.allowed("record-room", "A", READ)
    assert await stage.allowed("pharmacist", "A", "search Patient of a-medicine")
    await put(assembly, "Patient", "a-medicine", meta=LABEL)
    policy.forget()
    assert not await stage.allowed("record-room", "A", READ)
    assert not await stage.allowed("pharmacist", "A", "search Patient of a-medicine")
    assert not await stage.allowed("registration", "A", "search Patient of a-medicine")
    assert await stage.allowed("ward-doctor", "A/medicine", READ)
    assert await stage.allowed("privacy-officer", "", "read Patient of a-medicine")
    assert await stage.allowed("patient", "patient a-medicine", READ)
    assert await stage.allowed("record-room", "A", "read Composition of a-surgery")
    await put(assembly, "Patient", "a-medicine")
    policy.forget()
    assert await stage.allowed("record-room", "A", READ)


async def test_staff_who_are_patients_are_confidential(
    assembly: Assembly, stage: Stage, db: Database
):
    number = [{"system": "http://id", "value": "7"}]
    await put(assembly, "Patient", "a-medicine", identifier=number)
    assert await stage.allowed("record-room", "A", READ)
    await put(assembly, "Practitioner", "A-surgery-d", identifier=number)
    assert await db.fetchval("select reason from sealed") == "staff"
    await put(assembly, "Practitioner", "A-surgery-d")
    assert await db.fetchval("select count(*) from sealed") == 0
    targets = (ref("Patient", "a-medicine"), ref("Practitioner", "A-surgery-d"))
    link = [{"target": target, "assurance": "level4"} for target in targets]
    await put(assembly, "Person", "same", link=link)
    assert await db.fetchval("select reason from sealed") == "staff"
    await assembly.repository.delete(Access.local(), "Person", "same")
    assert await db.fetchval("select count(*) from sealed") == 0


@pytest.mark.usefixtures("policy")
async def test_what_is_sealed_can_be_compared_and_made_anew(assembly: Assembly, db: Database):
    context = assembly.repository.context
    await put(assembly, "Patient", "a-medicine", meta=LABEL)
    found = sealing.Sealing(context)
    assert await sealing.compare(context, found) == 0
    await db.execute("delete from sealed")
    assert await sealing.compare(context, found, repair=True) == 1
    assert await sealing.compare(context, found) == 0


async def test_a_sealed_note_is_for_the_authors_team(
    assembly: Assembly, stage: Stage, policy: RolePolicy
):
    note = campuses.about("Composition", "a-medicine")
    del note["resourceType"]
    await put(assembly, "Composition", "sealed", **note, meta=LABEL)

    async def sees(role: str, organization: str, unit: str) -> bool:
        grant = await stage.grant(role, f"{organization}/{unit}")
        access = await policy.access(grant)
        try:
            await assembly.repository.read(access, "Composition", "sealed")
        except NotFound:
            return False
        return True

    ask = campuses.about("ServiceRequest", "a-medicine", "consultation")
    del ask["resourceType"]
    await put(
        assembly, "ServiceRequest", "ask", **ask, performer=[ref("Organization", "A-surgery")]
    )
    assert await stage.allowed("ward-doctor", "A/surgery", READ)
    assert not await sees("ward-doctor", "A", "surgery")
    assert await sees("ward-doctor", "A", "medicine")


async def doctor(stage: Stage, name: str) -> Grant:
    grant = await stage.grant("ward-doctor", "A")
    return structs.replace(grant, practitioner=await stage.rid("Practitioner", name))


async def test_the_night_doctor_has_the_patients_of_the_wards_on_the_roster(
    assembly: Assembly, stage: Stage, policy: RolePolicy
):
    grant = await doctor(stage, "A-surgery-d")
    ward = await stage.rid("Location", "A-medicine-w")

    async def units() -> set[int]:
        policy.forget()
        found = await policy.access(grant)
        return {unit for scope in found.scopes for unit in scope.units or ()}

    assert ward not in await units()
    await put(
        assembly,
        "Schedule",
        "night",
        actor=[ref("Practitioner", "A-surgery-d"), ref("Location", "A-medicine-w")],
    )
    slot = {"schedule": ref("Schedule", "night"), "status": "busy"}
    now = datetime.now(UTC)
    start = now.replace(hour=0, minute=0, second=0).isoformat(timespec="seconds")
    await put(assembly, "Slot", "n", **slot, start=start, end="2100-01-01T00:00:00Z")
    assert ward in await units()
    assert await stage.rid("Organization", "A-medicine") in await units()
    await put(assembly, "Slot", "n", **slot, start=start, end=start)
    assert ward not in await units()


@pytest.mark.parametrize(
    ("moment", "covered"),
    [
        ("2026-03-02T20:00", True),  # a Monday
        ("2026-03-03T07:59", True),
        ("2026-03-03T08:01", False),
        ("2026-03-03T20:00", False),
        ("2026-03-02T12:00", False),
        ("2026-03-07T12:00", True),  # a Saturday, all day
        ("2026-03-09T20:00", False),  # away
    ],
)
def test_hours_of_a_role(moment: str, covered: bool):
    role = {
        "availableTime": [
            {
                "daysOfWeek": ["mon"],
                "availableStartTime": "17:30:00",
                "availableEndTime": "08:00:00",
            },
            {"daysOfWeek": ["sat"], "allDay": True},
        ],
        "notAvailable": [{"description": "leave", "during": {"start": "2026-03-09"}}],
    }
    at = datetime.fromisoformat(moment).replace(tzinfo=ZONE)
    assert duty.covers(role, at, Times(Dates(ZONE))) is covered
    assert not duty.covers({**role, "active": False}, at, Times(Dates(ZONE)))


async def test_the_rota_of_a_role_adds_its_place(
    assembly: Assembly, stage: Stage, policy: RolePolicy
):
    grant = await doctor(stage, "A-surgery-d")
    await put(
        assembly,
        "PractitionerRole",
        "more",
        practitioner=ref("Practitioner", "A-surgery-d"),
        location=[ref("Location", "B-medicine-w")],
        availableTime=[{"allDay": True}],
    )
    policy.forget()
    found = await policy.access(grant)
    assert await stage.rid("Location", "B-medicine-w") in {
        unit for scope in found.scopes for unit in scope.units or ()
    }
