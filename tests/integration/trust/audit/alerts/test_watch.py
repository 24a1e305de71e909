"""The watcher reads each row once, puts what is odd on the list, and the list is worked off."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import pytest
from tests.integration.trust.audit.conftest import opened
from tests.support.patience import seconds

from xinglin.cdr.access import Access, Scope
from xinglin.cdr.assembly import assemble
from xinglin.cdr.operations import Call, Parameters
from xinglin.cdr.operations.parameters import of_query
from xinglin.kernel.clock import SystemClock
from xinglin.kernel.errors import Forbidden, Malformed, NotFound
from xinglin.trust.audit import Alerts, Event
from xinglin.trust.audit.alerts import Watch

if TYPE_CHECKING:
    from pathlib import Path

    from xinglin.kernel.database import Database


def call(access: Access | None = None, **given: str) -> Call:
    inputs: Parameters = of_query(list(given.items()))
    nothing = {"name": "", "level": "system", "type": "", "id": "", "resource": None, "base": ""}
    return Call(access=access or Access.local(), parameters=inputs, **nothing)  # type: ignore[arg-type]


async def listed(db: Database, **given: str) -> list[dict[str, Any]]:
    body: Any = (await Alerts(db).alerts(call(**given))).body
    return [
        {part["name"]: next(v for k, v in part.items() if k != "name") for part in one["part"]}
        for one in body["parameter"]
        if one["name"] == "alert"
    ]


async def relatives(db: Database) -> tuple[int, int]:
    """An account of a practitioner, and the rid of a patient at the same address."""
    assembly = await assemble(db, SystemClock())
    for type_, id_, name in (("Practitioner", "d1", "王建国"), ("Patient", "p1", "王小明")):
        resource = {"resourceType": type_, "id": id_, "name": [{"text": name}]}
        resource["address"] = [{"line": ["文三路1号2幢301"]}]
        await assembly.repository.update(Access.local(), type_, id_, resource)
    rids = await assembly.repository.context.references.resolve(
        db, {("Practitioner", "d1"), ("Patient", "p1")}
    )
    await assembly.repository.close()
    account = await db.fetchval(
        "insert into account (name, folded, name_zh, practitioner)"
        " values ('wang', 'wang', '王建国', $1) returning id",
        rids["Practitioner", "d1"],
    )
    return account, rids["Patient", "p1"]


async def unwatched(trail: Any) -> None:
    """Nobody watches but the test."""
    trail._watching.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await trail._watching


async def found_by(watch: Watch, db: Database) -> None:
    """Look until something is found: a watcher that was cut off holds its place for a moment."""
    async with asyncio.timeout(seconds(10)):
        while not await listed(db):
            await watch.once()


async def test_found_once_counted_and_closed(db: Database, data: Path) -> None:
    account, patient = await relatives(db)
    trail = await opened(db, data)
    await unwatched(trail)
    seen = Event("read", account=account, actor="wang", role="nurse", patients=(patient,))
    for _ in range(3):
        await trail.record(seen)
    watch = Watch(db)
    await found_by(watch, db)
    (alert,) = await listed(db)
    assert (alert["rule"], alert["times"], alert["state"]) == ("family", 3, "open")
    assert alert["patient"] == {"reference": "Patient/p1"}
    assert alert["who"] == {"display": "王建国", "reference": "Practitioner/d1"}
    assert alert["note"] == "surname-address"
    await watch.once()
    await trail.record(seen)
    await Watch(db).once()  # another process goes on where the first has left
    (alert,) = await listed(db)
    assert alert["times"] == 4
    number = str(alert["id"])
    with pytest.raises(Malformed):
        await Alerts(db).close(call(id=number, outcome="fine"))
    await Alerts(db).close(call(id=number, outcome="justified", comment="consultation"))
    assert await listed(db) == []
    (closed,) = await listed(db, state="closed")
    assert (closed["outcome"], closed["comment"]) == ("justified", "consultation")
    with pytest.raises(NotFound):
        await Alerts(db).close(call(id=number, outcome="justified"))
    trail._stop.set()
    await trail.writer.close()
    await trail._anchoring


async def test_windows_survive_a_restart(db: Database, data: Path) -> None:
    trail = await opened(db, data)
    await unwatched(trail)
    for number in range(1, 81):
        await trail.record(Event("read", account=7, role="nurse", patients=(number,)))
    await Watch(db).once()
    assert await listed(db) == []
    await trail.record(Event("read", account=7, role="nurse", patients=(81,)))
    await Watch(db).once()
    (alert,) = await listed(db)
    assert (alert["rule"], alert["severity"]) == ("many-patients", "high")
    trail._stop.set()
    await trail.writer.close()
    await trail._anchoring


async def test_only_whoever_reads_the_whole_trail(db: Database) -> None:
    own = Access("p", scopes=(Scope(frozenset({"AuditEvent"}), "rs", patients=(5,)),))
    for access in (own, Access("nobody")):
        with pytest.raises(Forbidden):
            await Alerts(db).alerts(call(access))
        with pytest.raises(Forbidden):
            await Alerts(db).close(call(access, id="1", outcome="justified"))
