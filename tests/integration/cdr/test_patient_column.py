"""``resource.patient``: whose data a resource is, whichever way it was written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from xinglin.cdr.index import deep
from xinglin.cdr.interactions.put_many import put_many
from xinglin.kernel.database import migrations

from .conftest import BASE, bundle, entry, observation, patient, rid

if TYPE_CHECKING:
    from xinglin.cdr.access import Access
    from xinglin.cdr.repository import Repository
    from xinglin.kernel.database import Database

_COLUMNS = "select patient, patients from resource where id = $1"


def appointment(id_: str, *patients: str) -> dict[str, Any]:
    return {
        "resourceType": "Appointment",
        "id": id_,
        "status": "booked",
        "participant": [
            {"actor": {"reference": f"Patient/{one}"}, "status": "accepted"} for one in patients
        ],
    }


async def column(db: Database, id_: str) -> tuple[Any, Any]:
    row = await db.fetchrow(_COLUMNS, id_)
    assert row is not None
    return tuple(row)


@pytest.mark.usefixtures("two")
async def test_every_way_of_writing_says_whose_data_it_is(
    repository: Repository, db: Database, local: Access
):
    a, b = await rid(db, "a"), await rid(db, "b")
    assert await column(db, "a") == (a, None)
    assert await column(db, "oa") == (a, None)
    await repository.update(
        local, "Practitioner", "dr", {"resourceType": "Practitioner"} | {"id": "dr"}
    )
    assert await column(db, "dr") == (None, None)
    await repository.update(local, "Appointment", "both", appointment("both", "b", "a"))
    assert await column(db, "both") == (-1, [a, b])
    await repository.update(local, "Appointment", "both", appointment("both", "b"))
    assert await column(db, "both") == (b, None)
    linked = patient(id="c", link=[{"other": {"reference": "Patient/a"}, "type": "seealso"}])
    await repository.update(local, "Patient", "c", linked)
    assert (await column(db, "c"))[0] == await rid(db, "c")

    many = bundle(
        entry("PUT", "Observation/t1", observation("Patient/a", id="t1")),
        entry("PUT", "Appointment/t2", appointment("t2", "a", "b")),
    )
    result = await repository.bundle(local, many, base=BASE)
    assert result.patients == (a, b)
    assert await column(db, "t1") == (a, None)
    assert await column(db, "t2") == (-1, [a, b])
    again = bundle(
        entry("PUT", "Observation/t1", observation("Patient/b", id="t1")),
        entry("DELETE", "Appointment/t2"),
    )
    await repository.bundle(local, again, base=BASE)
    assert await column(db, "t1") == (b, None)
    assert await column(db, "t2") == (-1, [a, b]), "kept on deletion"
    await put_many(repository.context, local, [observation("Patient/a", id="p1")])
    assert await column(db, "p1") == (a, None)


@pytest.mark.usefixtures("two")
async def test_results_say_whose_data_they_hold(
    repository: Repository, db: Database, local: Access
):
    a = await rid(db, "a")
    await repository.update(local, "Appointment", "both", appointment("both", "b", "a"))
    both = (a, await rid(db, "b"))
    assert (await repository.read(local, "Observation", "oa")).patients == (a,)
    assert (await repository.read(local, "Appointment", "both")).patients == both
    assert (await repository.vread(local, "Observation", "oa", "1")).patients == (a,)
    assert (await repository.history(local, "Observation", None, [], base=BASE)).patients == both
    search = repository.context.search
    assert search is not None
    batch = bundle(entry("GET", "Observation?subject=Patient/a"), type_="batch")
    assert (await repository.bundle(local, batch, base=BASE)).patients == (a,)
    included = bundle(entry("GET", "Appointment?_include=Appointment:patient"), type_="batch")
    assert (await repository.bundle(local, included, base=BASE)).patients == both


@pytest.mark.usefixtures("two")
async def test_the_doctor_finds_a_wrong_column(repository: Repository, db: Database):
    indexer = repository.context.indexer
    assert (await deep.check(db, indexer)).agrees
    await db.execute("update resource set patient = 7 where id = 'oa'")
    found = await deep.check(db, indexer, mend=True)
    assert [one.examples for one in found.findings] == [["Observation/oa: patient"]]
    assert (await deep.check(db, indexer)).agrees


@pytest.mark.usefixtures("two")
async def test_the_migration_fills_what_was_written_before(
    repository: Repository, db: Database, local: Access
):
    await repository.update(local, "Appointment", "both", appointment("both", "b", "a"))
    linked = patient(id="c", link=[{"other": {"reference": "Patient/a"}, "type": "seealso"}])
    await repository.update(local, "Patient", "c", linked)
    await repository.delete(local, "Observation", "oa")
    before = await db.fetch("select rid, patient, patients from resource order by rid")
    await db.execute("update resource set patient = null, patients = null")
    await db.execute(_fill())
    assert await db.fetch("select rid, patient, patients from resource order by rid") == before


def _fill() -> str:
    [text] = [one.sql for one in migrations() if one.name.endswith("patient")]
    return text[text.index("update resource") :]
