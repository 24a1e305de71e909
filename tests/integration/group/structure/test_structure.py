"""Units open, close, move and merge without breaking history; privileges have their time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from xinglin.cdr.access import Access, Scope
from xinglin.cdr.assembly import assemble
from xinglin.cdr.operations import Call, Registry
from xinglin.cdr.operations.parameters import Parameter, Parameters
from xinglin.fhir import json
from xinglin.group.structure import Structuring
from xinglin.kernel.clock import FixedClock
from xinglin.kernel.errors import Conflict, Forbidden, Invalid

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from xinglin.cdr.repository import Repository
    from xinglin.kernel.database import Database

Json = dict[str, Any]
NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
ADMIN = Access(
    "admin",
    scopes=(Scope(frozenset({"Organization", "Location", "Provenance", "Practitioner"}), "crus"),),
    sealed=True,
)


class World:
    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.registry = Registry()
        Structuring(repository, FixedClock(NOW)).register(self.registry)

    async def put(self, type_: str, id_: str, **body: Any) -> None:
        resource = {"resourceType": type_, "id": id_, **body}
        await self.repository.update(Access.local(), type_, id_, resource)

    async def get(self, where: str) -> Json:
        type_, _, id_ = where.partition("/")
        return json.decode((await self.repository.read(Access.local(), type_, id_)).body)

    async def do(self, name: str, where: str, access: Access = ADMIN, **given: Any) -> Json:
        type_, _, id_ = where.partition("/")
        operation = self.registry.find(name, "instance", type_, "POST")
        items = tuple(Parameter(key, value) for key, value in given.items())
        call = Call(access, name, "instance", type_, id_, Parameters(items), None, "http://x/fhir")
        body = (await operation.handler(call)).body
        return json.decode(body) if isinstance(body, bytes) else body


def ref(where: str) -> Json:
    return {"reference": where}


@pytest_asyncio.fixture
async def world(db: Database) -> AsyncIterator[World]:
    assembly = await assemble(db, FixedClock(NOW))
    made = World(assembly.repository)
    await made.put("Organization", "campus", name="campus")
    for id_ in ("old", "new"):
        await made.put(
            "Organization", id_, name=id_, active=True, partOf=ref("Organization/campus")
        )
    for ward in ("w1", "w2"):
        owner = ref("Organization/old")
        await made.put("Location", ward, status="active", name=ward, managingOrganization=owner)
    await made.put("Location", "b1", status="active", name="b1", partOf=ref("Location/w1"))
    await made.put("Practitioner", "p", active=True)
    yield made
    await assembly.repository.close()


async def test_a_ward_with_beds_is_closed_only_with_them(world: World):
    with pytest.raises(Conflict, match="1 units below it: b1"):
        await world.do("close", "Location/w1", reason="moved out")
    told = await world.do(
        "close", "Location/w1", reason="moved out", below="true", successor="Location/w2"
    )
    assert [one["response"]["status"][:3] for one in told["entry"]] == ["200", "200", "201"]
    ward, bed = await world.get("Location/w1"), await world.get("Location/b1")
    assert ward["status"] == bed["status"] == "inactive"
    ends = {one["url"].rpartition("/")[2]: one for one in ward["extension"]}
    assert ends["unit-until"]["valueDate"] == "2026-11-24"
    assert ends["unit-successor"]["valueReference"] == ref("Location/w2")
    record = told["entry"][2]["resource"]
    assert record["target"][0] == ref("Location/w1/_history/2")
    assert record["reason"][0]["text"] == "moved out"
    await world.do("open", "Location/w1", reason="back again")
    assert (await world.get("Location/w1"))["status"] == "active"


async def test_nobody_is_left_in_a_closed_ward(world: World):
    class_ = {"code": "IMP"}
    await world.put("Patient", "x")
    await world.put(
        "Encounter",
        "e",
        status="in-progress",
        subject=ref("Patient/x"),
        location=[{"location": ref("Location/b1")}],
        **{"class": class_},
    )
    with pytest.raises(Conflict, match="under care"):
        await world.do("close", "Location/w1", reason="x", below="true")
    assert (await world.get("Location/b1"))["status"] == "active"


async def test_a_merged_department_names_its_successor_and_gives_up_its_wards(world: World):
    await world.do("merge", "Organization/old", into="Organization/new", reason="one department")
    old = await world.get("Organization/old")
    assert old["active"] is False
    assert old["extension"][1]["valueReference"] == ref("Organization/new")
    for ward in ("w1", "w2"):
        owner = (await world.get(f"Location/{ward}"))["managingOrganization"]
        assert owner == ref("Organization/new")


async def test_nothing_comes_to_be_below_itself(world: World):
    with pytest.raises(Conflict, match="below itself"):
        await world.do("move", "Organization/campus", parent="Organization/new", reason="x")
    with pytest.raises(Invalid, match="belongs to"):
        await world.do("move", "Organization/new", parent="Location/w1", reason="x")
    await world.do("move", "Location/b1", parent="Location/w2", reason="x")
    assert (await world.get("Location/b1"))["partOf"] == ref("Location/w2")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "say why"),
        ({"reason": "x", "date": "2027-01-01"}, "not in the future"),
        ({"reason": "x", "date": "soon"}, "should be a day"),
        ({"reason": "x", "successor": "Patient/1"}, "Organization/<id>"),
    ],
)
async def test_bad_input_changes_nothing(world: World, given: Json, told: str):
    with pytest.raises(Invalid, match=told):
        await world.do("close", "Location/w2", **given)
    assert (await world.get("Location/w2"))["status"] == "active"


async def test_the_access_of_the_caller_holds(world: World):
    reader = Access("reader", scopes=(Scope(None, "rs"),), sealed=True)
    with pytest.raises(Forbidden):
        await world.do("close", "Location/w2", access=reader, reason="x")


async def test_privileges_have_their_time(world: World):
    person = "Practitioner/p"
    await world.do("grant-privilege", person, code="surgery-3", until="2027-11-23")
    await world.do("grant-privilege", person, code="narcotic")

    async def held(at: str) -> set[str]:
        told = await world.do("privileges", person, at=at)
        return {one["part"][0]["valueCoding"]["code"] for one in told.get("parameter", [])}

    assert await held("2026-11-24") == {"surgery-3", "surgery-2", "surgery-1", "narcotic"}
    assert await held("2026-11-23") == set()
    assert await held("2027-11-24") == {"narcotic"}
    await world.do("withdraw-privilege", person, code="narcotic", date="2026-12-01")
    assert await held("2026-12-02") == {"surgery-3", "surgery-2", "surgery-1"}
    assert "narcotic" in await held("2026-11-30")
    with pytest.raises(Invalid, match="not held"):
        await world.do("withdraw-privilege", person, code="transfusion")
    with pytest.raises(Invalid, match="one of"):
        await world.do("grant-privilege", person, code="magic")
