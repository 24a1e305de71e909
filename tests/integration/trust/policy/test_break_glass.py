"""Break-glass: one patient, a reason, a limited time, announced and reviewed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from msgspec import structs
from tests.support import campuses
from tests.support.campuses import ref
from tests.support.examples import Stage

from xinglin.cdr.access import Access
from xinglin.cdr.assembly import Assembly, assemble
from xinglin.cdr.operations import Registry
from xinglin.cdr.operations.parameters import Parameter, Parameters
from xinglin.cdr.operations.registry import Call
from xinglin.cdr.search import SearchRequest
from xinglin.fhir import json, validation
from xinglin.kernel.clock import SystemClock
from xinglin.kernel.errors import Conflict, Forbidden, Malformed, NotFound, Refusal
from xinglin.trust.policy import RolePolicy, install

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from xinglin.kernel.database import Database
    from xinglin.trust.audit import Event
    from xinglin.trust.model import Grant

Json = dict[str, Any]
REASON = "unconscious, treated elsewhere"
NOTE = ("Composition", "b-note")


class Recorder:
    """Keeps what the audit is told."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    async def record(self, event: Event) -> None:
        self.events.append(event)


class Ward:
    """A doctor of campus A, patients of campus B, and the operations."""

    def __init__(self, assembly: Assembly, db: Database) -> None:
        self.assembly, self.db, self.recorder = assembly, db, Recorder()
        self._operations = Registry()
        self.policy: RolePolicy = install(assembly, db, self._operations, self.recorder)
        self.stage = Stage(assembly, db, self.policy)

    async def doctor(self, role: str = "ward-doctor", account: int = 7) -> Grant:
        grant = await self.stage.grant(role, "A/medicine")
        person = await self.stage.rid("Practitioner", "A-medicine-d")
        return structs.replace(grant, account=account, practitioner=person)

    async def officer(self) -> Grant:
        return structs.replace(await self.stage.grant("privacy-officer", ""), account=9)

    async def call(self, grant: Grant, name: str, id_: str = "", /, **given: Any) -> Json:
        type_ = "Patient" if id_ or name == "break-glass-find" else ""
        level = "instance" if id_ else "type" if type_ else "system"
        access = await self.policy.access(grant)
        parameters = Parameters(tuple(Parameter(k, v) for k, v in given.items()))
        call = Call(access, name, level, type_, id_, parameters, None, "http://x/fhir")
        reply = await self._operations.find(name, level, type_, "POST").handler(call)
        assert isinstance(reply.body, dict)
        return reply.body

    async def open(self, patient: str = "b-medicine", **given: Any) -> str:
        given = {"reason": REASON, "minutes": 30, **given}
        reply = await self.call(await self.doctor(), "break-glass", patient, **given)
        return reply["parameter"][0]["valueId"]

    async def sees(self, type_: str, id_: str, grant: Grant | None = None) -> bool:
        access = await self.policy.access(grant or await self.doctor())
        try:
            await self.assembly.repository.read(access, type_, id_)
        except (NotFound, Forbidden):
            return False
        return True

    async def all(self, type_: str) -> list[Json]:
        request = SearchRequest(type_)
        found = await self.assembly.engine.search(self.db, Access.local(), request)
        return [one["resource"] for one in json.decode(found.body).get("entry", ())]


@pytest_asyncio.fixture
async def ward(db: Database) -> AsyncIterator[Ward]:
    assembly = await assemble(db, SystemClock())
    ward = Ward(assembly, db)
    notes = [
        {**campuses.about("Composition", f"b-{one}"), "id": f"b-{kind}"}
        for one, kind in (("medicine", "note"), ("surgery", "other"))
    ]
    await campuses.build(assembly.repository, notes)
    yield ward
    await assembly.repository.close()


async def test_it_opens_one_record_and_no_other(ward: Ward):
    assert not await ward.sees(*NOTE)
    await ward.open()
    assert await ward.sees(*NOTE)
    assert await ward.sees("Patient", "b-medicine")
    assert not await ward.sees("Composition", "b-other")
    other = structs.replace(await ward.doctor(account=8), practitioner=None)
    assert not await ward.sees(*NOTE, other)


async def test_it_opens_a_confidential_record(ward: Ward):
    label = [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}]
    await ward.assembly.repository.update(
        Access.local(),
        "Patient",
        "b-medicine",
        {"resourceType": "Patient", "id": "b-medicine", "meta": {"security": label}},
    )
    await ward.open()
    assert await ward.sees(*NOTE)


async def test_it_ends_by_itself(ward: Ward):
    await ward.open(minutes=240)
    assert await ward.sees(*NOTE)
    await ward.db.execute("update relation set until = now() where kind = 11")
    assert not await ward.sees(*NOTE)
    row = await ward.db.fetchrow("select since, until from break_glass")
    assert row is not None
    assert row["until"] - row["since"] == timedelta(minutes=240)


async def test_the_team_and_the_privacy_officer_are_told_at_once(ward: Ward):
    task_id = await ward.open()
    (task,) = await ward.all("Task")
    assert task["id"] == task_id
    assert task["status"] == "requested"
    assert task["for"] == ref("Patient", "b-medicine")
    (notice,) = await ward.all("Communication")
    told = {one["reference"] for one in notice["recipient"]}
    assert told == {"Practitioner/B-medicine-d", "Organization/B-medicine"}
    assert all(REASON in one["contentString"] for one in notice["payload"])
    (flag,) = await ward.all("Flag")
    assert flag["period"] == task["restriction"]["period"]
    for one in (task, notice, flag):
        assert not [i for i in validation.validate(one) if i.severity in {"error", "fatal"}]
    assert await ward.sees("Communication", notice["id"], await ward.officer())
    assert await ward.sees("Task", task_id, await ward.officer())
    assert not await ward.sees(*NOTE, await ward.officer())


async def test_the_audit_is_told_before(ward: Ward):
    await ward.open()
    (event,) = ward.recorder.events
    assert (event.kind, event.account, event.role) == ("break-glass", 7, "ward-doctor")
    assert event.patients == (await ward.stage.rid("Patient", "b-medicine"),)
    assert REASON in event.note


@pytest.mark.parametrize(
    "given",
    [
        {"reason": ""},
        {"reason": "   x "},
        {"minutes": 241},
        {"minutes": 0},
        {"purpose": "HMARKT"},
    ],
)
async def test_it_is_refused_without_a_reason_or_for_too_long(ward: Ward, given: Json):
    with pytest.raises(Malformed) as refused:
        await ward.open(**given)
    assert refused.value.issues[0].zh
    assert not await ward.all("Task")
    assert not ward.recorder.events


@pytest.mark.parametrize("role", ["cashier", "pharmacist", "trainee", "auditor", "operator"])
async def test_some_roles_may_not(ward: Ward, role: str):
    grant = await ward.doctor(role)
    with pytest.raises(Forbidden, match="break-glass"):
        await ward.call(grant, "break-glass", "b-medicine", reason=REASON)


async def test_neither_a_program_nor_somebody_without_an_entry_may(ward: Ward):
    doctor = await ward.doctor()
    for grant in (
        structs.replace(doctor, scopes=("user/*.cruds",), client="app"),
        structs.replace(doctor, practitioner=None),
    ):
        with pytest.raises(Forbidden):
            await ward.call(grant, "break-glass", "b-medicine", reason=REASON)


async def test_there_must_be_such_a_patient(ward: Ward):
    with pytest.raises(NotFound):
        await ward.open("nobody")
    assert not await ward.db.fetchval("select count(*) from relation where kind = 11")


def parts(reply: Json) -> Json:
    return {
        one["name"]: next(v for k, v in one.items() if k.startswith("value"))
        for one in reply["parameter"]
    }


async def test_the_privacy_officer_reviews_it(ward: Ward):
    id_ = await ward.open()
    officer = await ward.officer()
    listed = await ward.call(officer, "break-glass-list", status="open")
    (one,) = listed["parameter"]
    assert {"name": "id", "valueId": id_} in one["part"]
    with pytest.raises(Malformed):
        await ward.call(officer, "break-glass-review", id=id_, outcome="fine")
    with pytest.raises(Malformed):
        await ward.call(officer, "break-glass-review", id=id_, outcome="unjustified")
    reply = await ward.call(officer, "break-glass-review", id=id_, outcome="justified")
    assert parts(reply)["outcome"] == "justified"
    told = ward.recorder.events[-1]
    assert (told.kind, told.role) == ("audit", "privacy-officer"), "he has opened nothing himself"
    assert await ward.sees(*NOTE)
    assert "parameter" not in await ward.call(officer, "break-glass-list")
    assert "parameter" in await ward.call(officer, "break-glass-list", status="reviewed")
    (task,) = await ward.all("Task")
    assert task["status"] == "completed"
    with pytest.raises(Conflict):
        await ward.call(officer, "break-glass-review", id=id_, outcome="justified")


async def test_what_was_not_justified_ends_at_once(ward: Ward):
    id_ = await ward.open()
    assert await ward.sees(*NOTE)
    given = {"id": id_, "outcome": "unjustified", "comment": "no reason to look"}
    await ward.call(await ward.officer(), "break-glass-review", **given)
    assert not await ward.sees(*NOTE)


async def test_nobody_else_reviews_and_nobody_reviews_himself(ward: Ward):
    id_ = await ward.open()
    with pytest.raises(Forbidden):
        await ward.call(await ward.doctor(), "break-glass-review", id=id_, outcome="justified")
    with pytest.raises(Forbidden):
        await ward.call(await ward.doctor(), "break-glass-list")
    mine = await ward.call(await ward.doctor(), "break-glass-list", mine="true", status="all")
    assert len(mine["parameter"]) == 1
    own = structs.replace(await ward.officer(), account=7)
    with pytest.raises(Forbidden, match="yourself"):
        await ward.call(own, "break-glass-review", id=id_, outcome="justified")
    with pytest.raises(NotFound):
        await ward.call(await ward.officer(), "break-glass-review", id="x", outcome="justified")


async def test_it_survives_a_rebuild_of_the_relations(ward: Ward):
    await ward.open()
    local = Access.local()
    (task,) = await ward.all("Task")
    await ward.assembly.repository.update(local, "Task", task["id"], {**task, "priority": "stat"})
    assert await ward.sees(*NOTE)


async def test_whom_to_open_is_found_by_a_whole_number_or_name_and_birth_date(ward: Ward):
    doctor = await ward.doctor()
    found = await ward.call(doctor, "break-glass-find", identifier="b-medicine")
    (one,) = found["parameter"]
    told = parts({"parameter": one["part"]})
    assert told["patient"] == ref("Patient", "b-medicine")
    assert told["name"] == "b***"
    assert told["birthYear"] == "2018"
    named = await ward.call(doctor, "break-glass-find", name="b-surgery", birthdate="2018-01-01")
    assert len(named["parameter"]) == 1
    assert "parameter" not in await ward.call(doctor, "break-glass-find", identifier="b-med|icine")
    for given in ({"identifier": "b"}, {"name": "b"}, {"name": "b", "birthdate": "2018"}):
        with pytest.raises(Malformed):
            await ward.call(doctor, "break-glass-find", **given)
    with pytest.raises(Refusal):
        await ward.call(await ward.doctor("cashier"), "break-glass-find", identifier="b-medicine")


async def test_time_is_that_of_the_platform(ward: Ward):
    await ward.open()
    since = await ward.db.fetchval("select since from break_glass")
    assert abs(datetime.now(UTC) - since) < timedelta(minutes=5)
