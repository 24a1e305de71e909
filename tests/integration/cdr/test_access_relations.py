"""Access by relation and confidentiality: units that have to do with a patient, sealed patients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from xinglin.cdr.access import Access, Scope
from xinglin.kernel.errors import Forbidden, NotFound, PreconditionFailed, Refusal

from .conftest import BASE, access, bundle, entry, observation, plain, rid

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from xinglin.cdr.repository import Repository
    from xinglin.kernel.database import Database

WARD = 77


async def relate(db: Database, id_: str, unit: int = WARD, **time: Any) -> None:
    await db.execute(
        "insert into relation (unit, patient, kind, source, since, until) select $1, rid, 1, 1,"
        " now() + $3::text::interval, now() + $4::text::interval from resource where id = $2",
        unit,
        id_,
        time.get("since", "-1 hour"),
        time.get("until", "1 hour"),
    )


def nurse(*scopes: Scope, **more: Any) -> Access:
    return access(*(scopes or (Scope(None, "cruds", units=(WARD,)),)), **more)


async def found(repository: Repository, who: Access, query: str) -> set[str]:
    batch = bundle(entry("GET", query), type_="batch")
    answer = plain(await repository.bundle(who, batch, base=BASE))["entry"][0]
    if "resource" not in answer:
        return {answer["response"]["status"]}
    return {one["resource"]["id"] for one in answer["resource"].get("entry", [])}


async def refused(repository: Repository, who: Access, type_: str, id_: str) -> bool:
    try:
        await repository.read(who, type_, id_)
    except NotFound:
        return True
    return False


@pytest.fixture
async def ward(repository: Repository, db: Database, two: None) -> AsyncIterator[None]:
    """Patient a is on the ward, b was and will be again, and is on another."""
    await relate(db, "a")
    await relate(db, "b", since="-2 hours", until="-1 hour")
    await relate(db, "b", unit=78)
    return


@pytest.mark.usefixtures("ward")
async def test_units_see_whom_they_have_to_do_with(repository: Repository, db: Database):
    who = nurse()
    assert not await refused(repository, who, "Patient", "a")
    assert not await refused(repository, who, "Observation", "oa")
    assert await refused(repository, who, "Patient", "b")
    assert await refused(repository, who, "Observation", "ob")
    assert await found(repository, who, "Observation") == {"oa"}
    assert await found(repository, who, "Observation?subject=Patient/b") == set()
    assert await found(repository, who, "Observation?code=8867-4") == {"oa"}
    assert await found(repository, who, "Patient?_has:Observation:subject:code=8867-4") == {"a"}
    assert await found(repository, who, "Patient?_revinclude=Observation:subject") == {"a", "oa"}
    assert await found(repository, who, "Observation?subject.identifier=b") == set()
    both = nurse(Scope(None, "rs", units=(78, WARD)))
    assert await found(repository, both, "Observation") == {"oa", "ob"}
    assert await found(repository, nurse(Scope(None, "rs", units=())), "Observation") == set()
    await db.execute("delete from relation where unit = $1", WARD)
    assert await refused(repository, who, "Patient", "a"), "the moment it ends"


@pytest.mark.usefixtures("ward")
async def test_units_are_asked_before_a_write(repository: Repository, db: Database, local: Access):
    who = nurse()
    made = await repository.create(who, "Observation", observation("Patient/a"))
    assert made.body
    assert made.patients == (await rid(db, "a"),)
    with pytest.raises(Forbidden):
        await repository.create(who, "Observation", observation("Patient/b"))
    with pytest.raises(Forbidden):
        await repository.update(who, "Observation", "oa", observation("Patient/b", id="oa"))
    with pytest.raises(Forbidden):
        await repository.update(who, "Observation", "ob", observation("Patient/a", id="ob"))
    assert (await repository.delete(who, "Observation", "ob")).status == 204
    assert (await repository.read(local, "Observation", "ob")).version == 1
    mixed = bundle(
        entry(
            "PUT",
            "Observation/oa",
            observation("Patient/a", id="oa", issued="2026-01-01T00:00:00Z"),
        ),
        entry("PATCH", "Observation/ob", {"resourceType": "Parameters", "parameter": []}),
    )
    with pytest.raises(NotFound):
        await repository.bundle(who, mixed, base=BASE)


@pytest.mark.usefixtures("ward")
async def test_a_version_tag_tells_nothing_of_what_may_not_be_seen(repository: Repository):
    who = nurse()
    texts: list[str] = []
    for id_ in ("ob", "nobody"):
        with pytest.raises(PreconditionFailed) as told:
            body = observation("Patient/a", id=id_)
            await repository.update(who, "Observation", id_, body, if_match='W/"7"')
        texts.append(told.value.issues[0].en.replace(id_, "#"))
        assert "ETag" not in told.value.headers
        one = bundle(entry("PUT", f"Observation/{id_}", body, ifMatch='W/"7"'))
        with pytest.raises(PreconditionFailed) as told:
            await repository.bundle(who, one, base=BASE)
        texts.append(told.value.issues[0].en.replace(id_, "#"))
    assert texts[0] == texts[2]
    assert texts[1] == texts[3]


@pytest.mark.usefixtures("two")
async def test_sealed_patients(repository: Repository, db: Database, local: Access):
    b = await rid(db, "b")
    everybody = Scope(None, "cruds")
    who = access(everybody)
    assert await found(repository, who, "Observation") == {"oa", "ob"}
    await db.execute("insert into sealed (patient) values ($1)", b)
    assert await found(repository, who, "Observation") == {"oa"}
    assert await found(repository, who, "Patient?_total=accurate") == {"a"}
    assert await refused(repository, who, "Observation", "ob")
    with pytest.raises(Forbidden):
        await repository.create(who, "Observation", observation("Patient/b"))
    for one in (local, access(everybody, sealed=True), access(everybody, opened=(b,))):
        assert await found(repository, one, "Observation") == {"oa", "ob"}
        assert not await refused(repository, one, "Observation", "ob")
    assert await refused(repository, access(everybody, opened=(1,)), "Patient", "b")


@pytest.mark.usefixtures("ward")
async def test_what_is_of_several_patients(repository: Repository, db: Database, local: Access):
    participants = [
        {"actor": {"reference": f"Patient/{one}"}, "status": "accepted"} for one in "ab"
    ]
    both = {"resourceType": "Appointment", "id": "m", "status": "booked"}
    await repository.update(local, "Appointment", "m", both | {"participant": participants})
    assert await found(repository, nurse(), "Appointment") == {"m"}, "one of them is on the ward"
    assert not await refused(repository, nurse(), "Appointment", "m")
    assert await found(repository, nurse(Scope(None, "rs", units=(79,))), "Appointment") == set()
    await db.execute("insert into sealed (patient) select rid from resource where id = 'b'")
    assert await found(repository, nurse(), "Appointment") == set(), "and one is confidential"
    assert await refused(repository, nurse(), "Appointment", "m")
    await repository.delete(local, "Appointment", "m")
    assert await refused(repository, nurse(), "Appointment", "m")


@pytest.mark.usefixtures("ward")
async def test_history_is_judged_by_each_version(repository: Repository, local: Access):
    await repository.update(local, "Observation", "oa", observation("Patient/b", id="oa"))
    await repository.update(
        local, "Observation", "oa", observation("Patient/a", id="oa", status="amended")
    )
    for type_, id_ in (("Observation", "oa"), ("Observation", None), (None, None)):
        answer = plain(await repository.history(nurse(), type_, id_, [], base=BASE))
        seen = {
            (one["resource"]["id"], one["resource"]["meta"]["versionId"])
            for one in answer["entry"]
            if one["resource"]["resourceType"] == "Observation"
        }
        assert seen == {("oa", "1"), ("oa", "3")}
    with pytest.raises(Refusal):
        await repository.vread(nurse(), "Observation", "oa", "2")
