"""Two nodes are cut from each other, both go on writing, and heal without loss or conflict.

docs/adr/0001-nodes.md.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from xinglin.cdr.access import Access
from xinglin.cdr.assembly import Assembly, assemble
from xinglin.cdr.index.deep import check
from xinglin.cdr.nodes import Parcel, Receiver, pack, transfer
from xinglin.cdr.search import SearchRequest, pairs
from xinglin.fhir import json
from xinglin.kernel.clock import FixedClock
from xinglin.kernel.database import Database
from xinglin.kernel.errors import Conflict, Forbidden, Gone, Invalid, NotFound
from xinglin.kernel.feed import Consumer
from xinglin.kernel.feed.reading import pending

LOCAL = Access.local()
BASE = "http://group.test/fhir"


class Node:
    """One campus: a database of its own, and what it knows of the others."""

    def __init__(self, number: int, assembly: Assembly, clock: FixedClock) -> None:
        self.number = number
        self.repository = assembly.repository
        self.engine = assembly.engine
        self.context = assembly.repository.context
        self.clock = clock
        self.receiver = Receiver(self.context, LOCAL)

    async def put(self, type_: str, id_: str, **content: Any) -> int:
        self.clock.advance(timedelta(seconds=1))
        resource = {"resourceType": type_, "id": id_, **content}
        return (await self.repository.update(LOCAL, type_, id_, resource)).version or 0

    async def read(self, type_: str, id_: str) -> dict[str, Any]:
        return json.decode((await self.repository.read(LOCAL, type_, id_)).body)

    async def search(self, type_: str, query: str) -> list[str]:
        request = SearchRequest(
            type=type_,
            query=pairs(query),
            compartment=None,
            base=BASE,
            strict=True,
            lang="en",
            now=self.clock.now(),
        )
        bundle = msgspec.json.decode(
            (await self.engine.search(self.context.db, LOCAL, request)).body
        )
        return sorted(one["resource"]["id"] for one in bundle.get("entry", []))

    async def pull(self, other: Node, limit: int = 3) -> None:
        """Fetch everything from another node, over the wire and in small parcels."""
        more = True
        while more:
            epoch, after = await self.receiver.position(other.number)
            sent = await pack(
                other.context, LOCAL, to=self.number, epoch=epoch, after=after, limit=limit
            )
            parcel = msgspec.json.decode(msgspec.json.encode(sent), type=Parcel)
            await self.receiver.receive(parcel)
            more = parcel.more or await other.held_back()

    async def held_back(self) -> bool:
        """Whether a test beside this one holds the feed back: numbers belong to the cluster."""
        async with self.context.db.acquire() as connection:
            return await pending(connection)

    async def everything(self) -> dict[tuple[int, str], tuple[Any, ...]]:
        """All versions of all resources, by type and id."""
        rows = await self.context.db.fetch(
            "select type, id, ver, updated, deleted, body, coalesce((select array_agg("
            "(h.ver, h.updated, h.op, h.body)::text order by h.ver) from history h "
            "where h.rid = r.rid), '{}') as past from resource r where ver > 0"
        )
        return {(row["type"], row["id"]): tuple(row)[2:] for row in rows}

    async def deep(self) -> None:
        """Prove that the index rows are those of the bodies."""
        report = await check(self.context.db, self.context.indexer)
        assert report.resources > 0
        assert report.findings == []


async def heal(*nodes: Node) -> None:
    """Let every node pull from every other until nothing is new."""
    for _ in range(2):
        for one in nodes:
            for other in nodes:
                if one is not other:
                    await one.pull(other)


@pytest_asyncio.fixture
async def nodes(fresh) -> AsyncIterator[tuple[Node, Node, Node]]:
    made: list[Node] = []
    async with AsyncExitStack() as stack:
        for number in (1, 2, 3):
            db = await stack.enter_async_context(await Database.open(await fresh()))
            await db.execute(
                "update installation set node = $1, epoch = $2, hash_key = $3",
                number,
                uuid.uuid4(),
                bytes([number]) * 32,
            )
            clock = FixedClock(datetime(2026, 3, number, 8, tzinfo=UTC))
            assembly = await assemble(db, clock, bases=(BASE + "/",))
            stack.push_async_callback(assembly.repository.close)
            made.append(Node(number, assembly, clock))
        yield made[0], made[1], made[2]


def human(family: str) -> dict[str, Any]:
    return {"name": [{"family": family, "given": ["伟"]}]}


def observed(patient: str, encounter: str, code: str = "8867-4") -> dict[str, Any]:
    return {
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "subject": {"reference": f"Patient/{patient}"},
        "encounter": {"reference": f"Encounter/{encounter}"},
    }


def visit(patient: str, status: str = "in-progress") -> dict[str, Any]:
    return {
        "status": status,
        "class": {"code": "IMP"},
        "subject": {"reference": f"Patient/{patient}"},
    }


async def test_two_nodes_cut_apart_go_on_and_heal(nodes):
    one, two, _ = nodes
    await one.put("Patient", "p", **human("王"))
    await one.put("Encounter", "e1", **visit("p"))
    await heal(one, two)
    assert await two.search("Patient", "family=王") == ["p"]

    # The line is cut. Both go on: own encounters, own results, also for a common patient.
    await one.put("Patient", "p", **human("汪"))
    await one.put("Observation", "o1", **observed("p", "e1"))
    await one.put("Encounter", "e1", **visit("p", "finished"))
    await two.put("Encounter", "e2", **visit("p"))
    await two.put("Observation", "o2", **observed("p", "e2"))
    await two.put("Observation", "o2", **observed("p", "e2", "8310-5"))
    await two.put("Patient", "q", **human("李"))
    await two.repository.delete(LOCAL, "Patient", "q")
    await two.put("Observation", "late", **observed("p", "e1"))

    await heal(one, two)
    assert await one.everything() == await two.everything()
    for node in (one, two):
        assert await node.search("Observation", "patient=p") == ["late", "o1", "o2"]
        assert await node.search("Observation", "code=8310-5&patient.family=汪") == ["o2"]
        assert await node.search("Observation", "code=8867-4") == ["late", "o1"]
        assert await node.search("Patient", "family=王") == []
        assert await node.search("Encounter", "status=finished") == ["e1"]
        with pytest.raises(Gone):
            await node.read("Patient", "q")
        assert await node.context.db.fetchval("select count(*) from divergence") == 0
        await node.deep()


async def test_a_reserved_number_on_one_node_is_the_resource_of_another(nodes):
    one, two, _ = nodes
    # Both mention the patient before anybody has made it: each reserves a number of its own.
    await one.put("Observation", "o1", **observed("p", "e"))
    await two.put("Observation", "o2", **observed("p", "e"))
    await heal(one, two)
    with pytest.raises(NotFound):
        await one.read("Patient", "p")
    await two.put("Patient", "p", **human("赵"))
    await heal(one, two)
    rids = [
        await node.context.db.fetchval("select rid from resource where id = 'p'")
        for node in (one, two)
    ]
    assert rids[0] >> 41 == 1
    assert rids[1] >> 41 == 2
    for node in (one, two):
        assert await node.search("Observation", "patient.family=赵") == ["o1", "o2"]
        assert await node.search("Patient", "_has:Observation:patient:code=8867-4") == ["p"]
        await node.deep()


async def test_a_copy_is_written_by_its_node_alone(nodes):
    one, two, _ = nodes
    await one.put("Patient", "p", **human("王"))
    await heal(one, two)
    with pytest.raises(Conflict, match="node 1"):
        await two.put("Patient", "p", **human("黄"))
    with pytest.raises(Conflict, match="node 1"):
        await two.repository.delete(LOCAL, "Patient", "p")


async def test_an_encounter_is_handed_over(nodes):
    one, two, three = nodes
    await one.put("Patient", "p", **human("王"))
    await one.put("Encounter", "e", **visit("p"))
    await one.put("Observation", "o", **observed("p", "e"))
    await heal(one, two, three)
    assert await transfer(one.context, LOCAL, "e", 2) == 2
    # The giver has ended, the taker does not know yet: nobody writes.
    for node, said in ((one, "node 2"), (two, "node 1")):
        with pytest.raises(Conflict, match=said):
            await node.put("Encounter", "e", **visit("p", "finished"))
    await heal(one, two, three)
    assert await two.put("Encounter", "e", **visit("p", "finished")) == 2
    assert await two.put("Observation", "o", **observed("p", "e", "1-1")) == 2
    with pytest.raises(Conflict):
        await one.put("Encounter", "e", **visit("p"))
    await heal(one, two, three)
    assert await one.everything() == await two.everything() == await three.everything()
    # And back again.
    assert await transfer(two.context, LOCAL, "e", 1) == 2
    await heal(one, two, three)
    assert await one.put("Encounter", "e", **visit("p", "cancelled")) == 3
    await heal(one, two, three)
    assert await one.everything() == await two.everything() == await three.everything()
    history = await one.repository.history(LOCAL, None, None, (), base=BASE)
    assert len(json.decode(history.body)["entry"]) == 6


async def test_only_the_writer_can_hand_over(nodes):
    one, two, _ = nodes
    await one.put("Patient", "p", **human("王"))
    await one.put("Encounter", "e", **visit("p"))
    await heal(one, two)
    with pytest.raises(Conflict, match="node 1"):
        await transfer(two.context, LOCAL, "e", 3)
    with pytest.raises(NotFound):
        await transfer(one.context, LOCAL, "none", 2)
    with pytest.raises(Invalid):
        await transfer(one.context, LOCAL, "e", 1)
    limited = Access(actor="somebody")
    with pytest.raises(Forbidden):
        await transfer(one.context, limited, "e", 2)
    with pytest.raises(Forbidden):
        await pack(one.context, limited, to=2)


async def test_the_same_id_made_on_both_nodes_converges_and_nothing_is_dropped(nodes):
    one, two, three = nodes
    await one.put("Patient", "p", **human("王"))
    await two.put("Patient", "p", **human("黄"))
    await two.put("Patient", "p", **human("黄甲"))
    await two.put("Patient", "p", **human("黄乙"))
    await heal(one, two, three)
    await heal(one, two, three)
    for node in nodes:
        current = await node.read("Patient", "p")
        assert current["name"][0]["family"] == "王"
        assert current["meta"]["versionId"] == "4"
        assert await node.search("Patient", "family:exact=王") == ["p"]
        assert await node.search("Patient", "family:contains=黄") == []
        await node.deep()
    kept = await one.context.db.fetch("select ver, node from divergence order by ver")
    assert [tuple(row) for row in kept] == [(1, 2), (2, 2), (3, 2)]
    assert await one.put("Patient", "p", **human("王丁")) == 5
    with pytest.raises(Conflict):
        await two.put("Patient", "p", **human("黄丁"))
    await heal(one, two, three)
    assert (await two.read("Patient", "p"))["name"][0]["family"] == "王丁"


async def test_a_consumer_sees_what_came_from_another_node_once(nodes):
    one, two, _ = nodes
    consumer = Consumer("a", two.context.db)
    await one.put("Patient", "p", **human("王"))
    await one.put("Patient", "p", **human("汪"))
    await heal(one, two)
    await heal(one, two)
    while await two.held_back():
        pass
    async with consumer.poll() as batch:
        assert [(change.ver, change.node, change.op) for change in batch.changes] == [
            (1, 1, "C"),
            (2, 1, "U"),
        ]


async def test_feeds_may_be_passed_on_and_read_again(nodes):
    one, two, three = nodes
    await one.put("Patient", "p", **human("王"))
    await two.pull(one)
    await three.pull(two)  # by way of another
    await three.pull(one)  # and directly
    assert await three.everything() == await one.everything()
    assert await three.context.db.fetchval("select count(*) from change") == 1
    # A restored node starts a new epoch: its feed is read from the beginning, nothing twice.
    await one.context.db.execute("update installation set epoch = $1", uuid.uuid4())
    await one.put("Patient", "p", **human("汪"))
    await heal(*nodes)
    assert await three.everything() == await one.everything() == await two.everything()
    assert await three.context.db.fetchval("select count(*) from change") == 2


async def test_a_parcel_out_of_turn_is_left_alone(nodes):
    one, two, _ = nodes
    await one.put("Patient", "p", **human("王"))
    while await one.held_back():
        pass
    first = await pack(one.context, LOCAL, to=2)
    assert (await two.receiver.receive(first)).applied == 1
    assert (await two.receiver.receive(first)).applied == 0
    await one.put("Patient", "q", **human("李"))
    epoch, after = await two.receiver.position(1)
    await one.put("Patient", "r", **human("李"))
    skipped = msgspec.structs.replace(
        await pack(one.context, LOCAL, to=2, epoch=epoch, after=after),
        after=(after[0], after[1] + 1),
    )
    assert (await two.receiver.receive(skipped)).applied == 0
    assert await two.search("Patient", "family=李") == []
