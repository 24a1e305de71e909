"""Custom parameters, plans and re-indexing on a real database."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from xinglin.cdr.index import deep, plans, registering
from xinglin.cdr.index.reindex import Reindexer
from xinglin.kernel.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from xinglin.kernel.database import Database

_spec = importlib.util.spec_from_file_location(
    "index_shelf", Path(__file__).parents[3] / "support" / "index_shelf.py"
)
assert _spec is not None
assert _spec.loader is not None
_shelf = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_shelf)


def patient(number: int) -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "id": f"p{number}",
        "name": [{"family": "张", "given": [f"三{number}"]}],
        "birthDate": f"19{50 + number % 40}-01-01",
        "extension": [{"url": "urn:ward", "valueString": f"Ward {number % 3}"}],
        "generalPractitioner": [{"reference": f"Practitioner/d{number % 2}"}],
    }


WARD: dict[str, Any] = {
    "resourceType": "SearchParameter",
    "id": "ward",
    "url": "urn:sp:ward",
    "status": "active",
    "code": "ward",
    "base": ["Patient"],
    "type": "string",
    "expression": "Patient.extension('urn:ward').value as string",
}
COUNT: dict[str, Any] = WARD | {
    "id": "names",
    "url": "urn:sp:names",
    "code": "names",
    "type": "number",
    "expression": "Patient.name.count()",
}


@pytest_asyncio.fixture
async def shelf(db: Database) -> AsyncIterator[Any]:
    made = await _shelf.Shelf.open(db)
    yield made
    await made.close()


def reindexer(shelf: Any) -> Reindexer:
    made = Reindexer(shelf.db, shelf.indexer, shelf.dictionary)
    made.grace = 0
    return made


async def add(shelf: Any, run: Reindexer) -> int:
    async with shelf.db.transaction() as connection:
        change = await registering.synchronise(connection)
        assert change.notes == ()
        return await run.start(connection, change.types)


async def finish(run: Reindexer, number: int) -> None:
    for _ in range(20):
        await run.work()
        progress = await run.progress(number)
        assert progress is not None
        if progress.state == "done":
            return
    pytest.fail("the run did not end")


async def found(shelf: Any, code: str) -> set[str]:
    param = shelf.indexer.params.get("Patient", code)
    rows = await shelf.db.fetch(
        "select r.id from str s join resource r using (rid) where s.k = $1 "
        "union select r.id from num n join resource r using (rid) where n.k = $1",
        shelf.indexer.keys.plain(param.id),
    )
    return {row["id"] for row in rows}


async def test_a_new_parameter_is_searched_by_when_all_rows_are_there(shelf: Any) -> None:
    await shelf.put(*(patient(n) for n in range(250)), WARD, COUNT)
    run = reindexer(shelf)
    number = await add(shelf, run)
    await run.refresh()
    assert shelf.indexer.plan == 2
    assert shelf.indexer.params.get("Patient", "ward") is None
    assert await run.work()
    progress = await run.progress(number)
    assert progress is not None
    assert (progress.total, progress.done, progress.state) == (250, 200, "running")
    await finish(run, number)
    everybody = {f"p{n}" for n in range(250)}
    assert await found(shelf, "ward") == everybody
    assert await found(shelf, "names") == everybody
    assert (await deep.check(shelf.db, shelf.indexer)).agrees


async def test_a_changed_parameter_takes_over_at_the_end(shelf: Any) -> None:
    await shelf.put(patient(1), WARD)
    run = reindexer(shelf)
    await finish(run, await add(shelf, run))
    first = shelf.indexer.params.get("Patient", "ward")
    changed = WARD | {"expression": "Patient.name.given"}
    await shelf.put(changed)
    number = await add(shelf, run)
    await run.refresh()
    assert shelf.indexer.params.get("Patient", "ward") == first
    await finish(run, number)
    second = shelf.indexer.params.get("Patient", "ward")
    assert second.id != first.id
    assert await found(shelf, "ward") == {"p1"}
    assert (await deep.check(shelf.db, shelf.indexer)).agrees


async def test_a_parameter_that_is_gone_is_no_more_searched_by(shelf: Any) -> None:
    await shelf.put(patient(1), WARD)
    run = reindexer(shelf)
    await finish(run, await add(shelf, run))
    await shelf.put(WARD | {"status": "retired"})
    await finish(run, await add(shelf, run))
    assert shelf.indexer.params.get("Patient", "ward") is None
    # Its rows go when everything is indexed again.
    assert (await deep.check(shelf.db, shelf.indexer)).agrees


async def test_what_a_process_with_an_old_plan_wrote_meanwhile_is_found(shelf: Any) -> None:
    await shelf.put(patient(1), WARD)
    run = reindexer(shelf)
    number = await add(shelf, run)
    assert await run.work()
    old = plans.Plans({1: "Asia/Shanghai"})
    newer = shelf.indexer.plans
    shelf.indexer.use(old)
    await shelf.put(patient(2))
    shelf.indexer.use(newer)
    await finish(run, number)
    assert await found(shelf, "ward") == {"p1", "p2"}


async def test_another_time_zone_moves_the_dates(shelf: Any) -> None:
    await shelf.put(patient(1))
    await shelf.db.execute("update installation set timezone = 'America/New_York'")
    run = reindexer(shelf)
    await run.follow_zone()
    await run.follow_zone()
    assert shelf.indexer.plan == 2
    assert (await deep.check(shelf.db, shelf.indexer)).agrees
    await finish(run, 1)
    assert await shelf.db.fetchval("select (lo / 3600000000 % 24 + 24) % 24 from dat") == 5
    assert (await deep.check(shelf.db, shelf.indexer)).agrees


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"expression": "Patient.name.("}, "expression"),
        ({"code": "na me"}, "name"),
        ({"type": "special"}, "special"),
        ({"base": ["Patent"]}, "Patent"),
        ({"code": "gender"}, "gender"),
    ],
)
async def test_what_cannot_work_is_left_out_with_a_remark(
    shelf: Any, change: dict[str, Any], word: str
) -> None:
    await shelf.put(WARD | change)
    async with shelf.db.transaction() as connection:
        result = await registering.synchronise(connection)
    assert not result.types
    assert any(word in note.en for note in result.notes)


async def test_a_composite_of_unknown_parts_is_refused(shelf: Any) -> None:
    parts = [{"definition": "urn:none", "expression": "name"}]
    await shelf.put(WARD | {"type": "composite", "component": parts, "expression": "Patient"})
    with pytest.raises(Invalid, match="urn:none"):
        await add(shelf, reindexer(shelf))


async def test_deep_finds_each_kind_of_disagreement(shelf: Any) -> None:
    await shelf.put(patient(1), patient(2))
    assert (await deep.check(shelf.db, shelf.indexer)).agrees
    one, two = (shelf.rid(("Patient", id_)) for id_ in ("p1", "p2"))
    await shelf.db.execute("delete from str where rid = $1 and v like 'zhang%'", one)
    await shelf.db.execute("insert into key (k, rid) values (-77, $1)", two)
    await shelf.db.execute("update resource set present = 0 where rid = $1", two)
    report = await deep.check(shelf.db, shelf.indexer)
    by_table = {one.table: (one.missing > 0, one.surplus > 0) for one in report.findings}
    assert by_table == {"str": (True, False), "key": (False, True), "resource": (True, False)}
    assert any("Patient/" in text for one in report.findings for text in one.examples)
    assert not (await deep.check(shelf.db, shelf.indexer, mend=True)).agrees
    assert (await deep.check(shelf.db, shelf.indexer)).agrees


async def test_a_run_can_be_cancelled(shelf: Any) -> None:
    await shelf.put(patient(1))
    run = reindexer(shelf)
    async with shelf.db.transaction() as connection:
        number = await run.start(connection, ["Patient"])
    await run.cancel(number)
    assert not await run.work()
    progress = await run.progress(number)
    assert progress is not None
    assert progress.state == "cancelled"
    assert await run.progress(number + 1) is None
