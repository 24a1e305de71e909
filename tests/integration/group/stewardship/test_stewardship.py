"""Proposed by one, reviewed by another, published from a day, retired; nothing by halves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from msgspec import structs

from xinglin.cdr.access import Access, Scope
from xinglin.cdr.assembly import assemble
from xinglin.cdr.operations import Call, Registry
from xinglin.cdr.operations.parameters import Parameter, Parameters
from xinglin.fhir import json
from xinglin.group.stewardship import Publisher, Stewardship
from xinglin.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from xinglin.trust.identity import Clerk
from xinglin.trust.policy import shipped

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from xinglin.cdr.repository import Repository
    from xinglin.kernel.database import Database

Json = dict[str, Any]
READ = (Scope(None, "rs"),)


class Clock:
    def __init__(self) -> None:
        self.at = datetime(2026, 11, 24, 3, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


class World:
    def __init__(self, repository: Repository, db: Database, clock: Clock) -> None:
        self.repository, self.db, self.clock = repository, db, clock
        self.registry = Registry()
        self.stewardship = Stewardship(repository, clock)
        self.stewardship.register(self.registry)
        self.publisher = Publisher(repository, clock, self.stewardship)
        self.people: dict[str, Access] = {}

    async def person(self, user: str, role: str, home: str | None = None) -> None:
        clerk = Clerk(self.db, self.clock, shipped())
        account = await clerk.add(user)
        position = await clerk.give(user, role, home)
        rid = None
        if home:
            rid = await self.db.fetchval("select rid from resource where id = $1", home[13:])
        self.people[user] = Access(
            user, account=account, position=position, scopes=READ, home=rid, sealed=True
        )

    async def put(self, resource: Json) -> None:
        type_, id_ = resource["resourceType"], resource["id"]
        await self.repository.update(Access.local(), type_, id_, resource)

    async def get(self, type_: str, id_: str) -> Json:
        return json.decode((await self.repository.read(Access.local(), type_, id_)).body)

    async def do(self, user: str, name: str, where: str, **given: Any) -> Json:
        type_, _, id_ = where.partition("/")
        level = "instance" if id_ else "type" if type_ else "system"
        operation = self.registry.find(name, level, type_, "POST")
        items = tuple(Parameter(key, value) for key, value in given.items())
        access = self.people[user]
        call = Call(access, name, level, type_, id_, Parameters(items), None, "http://x/fhir")
        return (await operation.handler(call)).body


@pytest_asyncio.fixture
async def world(db: Database) -> AsyncIterator[World]:
    clock = Clock()
    assembly = await assemble(db, clock)
    made = World(assembly.repository, db, clock)
    await made.put({"resourceType": "Organization", "id": "A", "name": "A"})
    for user, role in (("zhang", "price-office"), ("wang", "insurance-office"), ("li", "cashier")):
        await made.person(user, role, "Organization/A")
    await made.put(price("c1", 10))
    yield made
    await assembly.repository.close()


def price(id_: str, amount: int, status: str = "active") -> Json:
    component = {"type": "base", "amount": {"value": amount, "currency": "CNY"}}
    return {
        "resourceType": "ChargeItemDefinition",
        "id": id_,
        "url": f"urn:{id_}",
        "status": status,
        "code": {"coding": [{"code": id_}]},
        "propertyGroup": [{"priceComponent": [component]}],
    }


def amount(entry: Json) -> str:
    return str(entry["propertyGroup"][0]["priceComponent"][0]["amount"]["value"])


C1 = "ChargeItemDefinition/c1"


async def test_a_change_is_used_when_it_is_published_and_not_before(world: World):
    await world.do("li", "propose", C1, comment="new price list", resource=price("c1", 12))
    assert amount(await world.get("ChargeItemDefinition", "c1")) == "10"
    with pytest.raises(NotFound):
        await world.do("wang", "review", "ChargeItemDefinition/none")
    with pytest.raises(Conflict, match="requested"):
        await world.do("zhang", "publish", C1)
    await world.do("wang", "review", C1, comment="agreed")
    made = await world.do("zhang", "publish", C1, comment="from today")
    assert amount(made) == "12"
    assert made["status"] == "active"
    assert made["extension"][0]["valueDate"] == "2026-11-24"
    assert "tag" not in made["meta"]
    history = json.decode(
        (
            await world.repository.history(
                Access.local(), "ChargeItemDefinition", "c1", (), base="http://x"
            )
        ).body
    )
    assert history["total"] == 3


async def test_nobody_reviews_his_own_and_only_the_team_reviews(world: World):
    await world.do("wang", "propose", C1, comment="x", resource=price("c1", 12))
    with pytest.raises(Conflict, match="of his own"):
        await world.do("wang", "review", C1)
    with pytest.raises(Forbidden, match="Price team"):
        await world.do("li", "review", C1)
    await world.do("zhang", "review", C1)
    with pytest.raises(Forbidden):
        await world.do("wang", "publish", C1)


async def test_what_is_rejected_leaves_the_entry_as_it_was(world: World):
    before = await world.get("ChargeItemDefinition", "c1")
    await world.do("li", "propose", C1, comment="x", resource=price("c1", 99))
    await world.do("wang", "review", C1, decision="reject", comment="no")
    after = await world.get("ChargeItemDefinition", "c1")
    assert {k: v for k, v in after.items() if k != "meta"} == {
        k: v for k, v in before.items() if k != "meta"
    }
    assert "tag" not in after["meta"]
    await world.do("li", "propose", C1, comment="again", resource=price("c1", 11))


async def test_from_a_day_to_come(world: World):
    await world.do("li", "propose", C1, comment="x", resource=price("c1", 15))
    await world.do("wang", "review", C1)
    task = await world.do("zhang", "publish", C1, date="2026-12-01")
    assert task["status"] == "ready"
    assert await world.publisher.step() == 0
    assert amount(await world.get("ChargeItemDefinition", "c1")) == "10"
    world.clock.at += timedelta(days=7)
    assert await world.publisher.step() == 1
    entry = await world.get("ChargeItemDefinition", "c1")
    assert amount(entry) == "15"
    assert entry["extension"][0]["valueDate"] == "2026-12-01"
    assert await world.publisher.step() == 0


async def test_an_entry_changed_meanwhile_is_not_overwritten(world: World):
    await world.do("li", "propose", C1, comment="x", resource=price("c1", 12))
    await world.do("wang", "review", C1)
    await world.put(price("c1", 11))
    with pytest.raises(Conflict, match="changed after"):
        await world.do("zhang", "publish", C1)
    assert amount(await world.get("ChargeItemDefinition", "c1")) == "11"


async def test_a_new_entry_is_a_draft_until_it_is_published(world: World):
    made = await world.do(
        "li", "propose", "ChargeItemDefinition", comment="new", resource=price("x", 5)
    )
    where = f"ChargeItemDefinition/{made['id']}"
    entry = await world.get("ChargeItemDefinition", made["id"])
    assert entry["status"] == "draft"
    assert entry["meta"]["tag"][0]["code"] == "review"
    await world.do("wang", "review", where)
    await world.do("zhang", "publish", where)
    assert (await world.get("ChargeItemDefinition", made["id"]))["status"] == "active"


async def test_retiring_is_reviewed_too(world: World):
    await world.do("li", "retire", C1, comment="not used any more")
    with pytest.raises(Conflict, match="already"):
        await world.do("li", "retire", C1, comment="twice")
    await world.do("wang", "review", C1)
    await world.do("zhang", "publish", C1)
    assert (await world.get("ChargeItemDefinition", "c1"))["status"] == "retired"


async def test_a_reason_is_needed_and_the_right_type(world: World):
    with pytest.raises(Invalid, match="say why"):
        await world.do("li", "propose", C1, resource=price("c1", 1))
    with pytest.raises(Invalid, match="should be a ChargeItemDefinition"):
        await world.do("li", "propose", C1, comment="x", resource={"resourceType": "Patient"})
    with pytest.raises(Invalid, match="no draft"):
        await world.do("li", "propose", C1, comment="x")
    with pytest.raises(Invalid, match="day such as"):
        await world.do("li", "propose", C1, comment="x", resource=price("c1", 1))
        await world.do("wang", "review", C1)
        await world.do("zhang", "publish", C1, date="tomorrow")


async def test_the_work_list_and_wishes(world: World):
    await world.do("li", "propose", C1, comment="x", resource=price("c1", 12))
    await world.do("li", "wish", C1, comment="the unit is missing", screen="/catalogue/charges")
    with pytest.raises(Invalid, match="team"):
        await world.do("li", "wish", "", comment="x")
    await world.do("li", "wish", "", comment="more laxatives", team="pharmacy")
    found = await world.do("zhang", "catalogue-work", "", team="prices")
    assert [one["resource"]["description"] for one in found["entry"]] == [
        "the unit is missing",
        "x",
    ]
    nobody = structs.replace(world.people["li"], scopes=())
    world.people["nobody"] = nobody
    assert (await world.do("nobody", "catalogue-work", "", team="prices"))["total"] == 0


async def test_a_campus_takes_note_of_each_version(world: World):
    def known(told: Json) -> list[tuple[str, int, int]]:
        return [
            tuple(part[key] if isinstance(part[key], int) else part[key]["reference"]
                  for part in one["part"] for key in part if key.startswith("value"))
            for one in told.get("parameter", [])
        ]  # fmt: skip

    assert known(await world.do("li", "catalogue-news", "")) == [(C1, 1, 0)]
    await world.do("li", "catalogue-acknowledge", "", reference=C1)
    assert known(await world.do("li", "catalogue-news", "")) == []
    await world.put(price("c1", 20))
    assert known(await world.do("li", "catalogue-news", "")) == [(C1, 2, 1)]
    world.people["group"] = structs.replace(world.people["li"], home=None)
    with pytest.raises(Forbidden, match="campus"):
        await world.do("group", "catalogue-news", "")


async def test_quality_says_what_is_missing(world: World):
    bad = price("c2", 3)
    del bad["propertyGroup"]
    await world.put(bad)
    told = await world.do("li", "catalogue-quality", "ChargeItemDefinition")
    rules = {
        next(p["valueCode"] for p in one["part"] if p["name"] == "code"): one["part"]
        for one in told["parameter"]
        if one["name"] == "rule"
    }
    score = next(p["valueDecimal"] for p in rules["price"] if p["name"] == "score")
    assert str(score) == "0.5000"
    failing = [p["valueReference"]["reference"] for p in rules["price"] if p["name"] == "entry"]
    assert failing == ["ChargeItemDefinition/c2"]
    assert next(p["valueInteger"] for p in rules["code"] if p["name"] == "failing") == 0
