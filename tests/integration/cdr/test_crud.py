"""Create, read, update and delete; what the tables hold after each."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from xinglin.fhir import json
from xinglin.kernel.errors import Gone, Invalid, Malformed, NotFound, PreconditionFailed

from .conftest import content, observation, patient

if TYPE_CHECKING:
    from xinglin.cdr.access import Access
    from xinglin.cdr.repository import Repository
    from xinglin.kernel.clock import FixedClock
    from xinglin.kernel.database import Database


async def rows(db: Database, table: str, id_: str) -> int:
    return await db.fetchval(
        f"select count(*) from {table} t join resource r using (rid) where r.id = $1", id_
    )


async def test_create_answers_the_stored_bytes(repository: Repository, local: Access):
    made = await repository.create(
        local, "Patient", patient(id="mine", meta={"versionId": "7"}, gender="male")
    )
    assert (made.status, made.version) == (201, 1)
    assert made.location == f"Patient/{made.id}/_history/1"
    assert made.id != "mine"
    assert content(made) == {
        "resourceType": "Patient",
        "id": made.id,
        "meta": {"versionId": "1", "lastUpdated": "2026-03-01T08:30:15.123Z"},
        "gender": "male",
    }
    read = await repository.read(local, "Patient", made.id)
    assert (read.status, read.body, read.version) == (200, made.body, 1)
    assert read.modified == made.modified


async def test_numbers_keep_their_lexical_form(repository: Repository, local: Access):
    body = json.decode(
        b'{"resourceType":"Observation","status":"final","code":{"text":"x"},'
        b'"component":[{"code":{"text":"a"},"valueQuantity":{"value":128.50}},'
        b'{"code":{"text":"b"},"valueQuantity":{"value":0.0000001}},'
        b'{"code":{"text":"c"},"valueQuantity":{"value":1e-7}}]}'
    )
    made = await repository.create(local, "Observation", body)
    read = await repository.read(local, "Observation", made.id)
    for number in (b'"value":128.50}', b'"value":0.0000001}', b'"value":1e-7}'):
        assert number in read.body


async def test_client_meta_is_kept(repository: Repository, local: Access):
    tag = {"system": "http://tags", "code": "red"}
    made = await repository.create(
        local, "Patient", patient(meta={"tag": [tag], "lastUpdated": "2001-01-01T00:00:00Z"})
    )
    meta = content(made)["meta"]
    assert meta["tag"] == [tag]
    assert meta["lastUpdated"] == "2026-03-01T08:30:15.123Z"


async def test_update_creates_with_the_id_of_the_client(repository: Repository, local: Access):
    made = await repository.update(local, "Patient", "p1", patient(id="p1"))
    assert (made.status, made.id, made.version) == (201, "p1", 1)
    without_id = await repository.update(local, "Patient", "p2", patient())
    assert content(without_id)["id"] == "p2"


async def test_update_supersedes(
    repository: Repository, local: Access, clock: FixedClock, db: Database
):
    first = await repository.update(local, "Patient", "p1", patient(gender="male"))
    clock.advance(timedelta(seconds=5))
    second = await repository.update(local, "Patient", "p1", patient(gender="female"))
    assert (second.status, second.version) == (200, 2)
    assert content(second)["gender"] == "female"
    assert (await repository.vread(local, "Patient", "p1", "1")).body == first.body
    assert (await repository.vread(local, "Patient", "p1", "2")).body == second.body
    history = await db.fetch("select ver, op, updated from history")
    assert [tuple(row) for row in history] == [(1, b"C", first.modified)]
    changes = await db.fetch("select ver, op, at from change order by seq")
    assert [tuple(row) for row in changes] == [
        (1, b"C", first.modified),
        (2, b"U", second.modified),
    ]


async def test_the_same_content_is_no_new_version(
    repository: Repository, local: Access, clock: FixedClock, db: Database
):
    first = await repository.update(local, "Patient", "p1", patient(gender="male"))
    clock.advance(timedelta(seconds=5))
    again = await repository.update(local, "Patient", "p1", content(first))
    assert (again.status, again.version, again.body) == (200, 1, first.body)
    assert again.modified == first.modified
    assert await db.fetchval("select count(*) from change") == 1


async def test_another_lexical_form_is_a_new_version(repository: Repository, local: Access):
    text = b'{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":%s}}'
    await repository.update(local, "Observation", "o", json.decode(text % b"1.0"))
    again = await repository.update(local, "Observation", "o", json.decode(text % b"1.00"))
    assert again.version == 2


async def test_index_rows_follow_the_content(repository: Repository, local: Access, db: Database):
    await repository.update(local, "Patient", "p1", patient(name=[{"family": "Wu"}]))
    full = await rows(db, "key", "p1"), await rows(db, "str", "p1")
    await repository.update(
        local, "Patient", "p1", patient(name=[{"family": "Zhang"}], birthDate="2001-02-03")
    )
    strings = {r["v"] for r in await db.fetch("select v from str")}
    assert "zhang" in strings
    assert "wu" not in strings
    assert await rows(db, "dat", "p1") > 0
    await repository.update(local, "Patient", "p1", patient(name=[{"family": "Wu"}]))
    assert (await rows(db, "key", "p1"), await rows(db, "str", "p1")) == full


async def test_a_tombstone_keeps_its_compartment_alone(
    repository: Repository, local: Access, db: Database
):
    await repository.update(local, "Observation", "o1", observation("Patient/p9"))
    rid = await db.fetchval("select rid from resource where id = 'p9'")
    gone = await repository.delete(local, "Observation", "o1")
    assert (gone.status, gone.version) == (204, 2)
    left = await db.fetch("select k from key")
    assert [row["k"] for row in left] == [2 << 51 | rid]
    for table in ("dat", "num", "str", "pdate"):
        assert await rows(db, table, "o1") == 0
    with pytest.raises(Gone):
        await repository.read(local, "Observation", "o1")
    with pytest.raises(Gone):
        await repository.vread(local, "Observation", "o1", "2")
    assert content(await repository.vread(local, "Observation", "o1", "1"))["id"] == "o1"


async def test_deleting_again_or_what_never_was_is_no_error(
    repository: Repository, local: Access, db: Database
):
    await repository.update(local, "Patient", "p1", patient())
    await repository.delete(local, "Patient", "p1")
    again = await repository.delete(local, "Patient", "p1")
    never = await repository.delete(local, "Patient", "p7")
    assert (again.status, never.status) == (204, 204)
    assert await db.fetchval("select count(*) from change") == 2


async def test_create_again_keeps_the_number(repository: Repository, local: Access, db: Database):
    await repository.update(local, "Patient", "p1", patient(gender="male"))
    rid = await db.fetchval("select rid from resource")
    await repository.delete(local, "Patient", "p1")
    made = await repository.update(local, "Patient", "p1", patient(gender="female"))
    assert (made.status, made.version) == (201, 3)
    assert await db.fetchval("select rid from resource") == rid
    ops = [row["op"] for row in await db.fetch("select op from history order by ver")]
    assert ops == [b"C", b"D"]
    await repository.update(local, "Patient", "p1", patient(gender="other"))
    ops = [row["op"] for row in await db.fetch("select op from history order by ver")]
    assert ops == [b"C", b"D", b"C"]


async def test_a_mention_reserves_a_number(repository: Repository, local: Access, db: Database):
    await repository.update(local, "Observation", "o1", observation("Patient/later"))
    with pytest.raises(NotFound):
        await repository.read(local, "Patient", "later")
    with pytest.raises(NotFound):
        await repository.vread(local, "Patient", "later", "0")
    reserved = await db.fetchrow("select rid, ver from resource where id = 'later'")
    assert reserved["ver"] == 0
    made = await repository.update(local, "Patient", "later", patient())
    assert (made.status, made.version) == (201, 1)
    row = await db.fetchrow("select rid, ver from resource where id = 'later'")
    assert tuple(row) == (reserved["rid"], 1)
    assert await db.fetchval("select count(*) from history") == 0


@pytest.mark.parametrize(
    ("type_", "id_"), [("Patient", "nope"), ("Patient", "no_id!"), ("Nothing", "x")]
)
async def test_absent(still: Repository, local: Access, type_: str, id_: str):
    with pytest.raises(NotFound):
        await still.read(local, type_, id_)


async def test_absent_versions(repository: Repository, local: Access):
    await repository.update(local, "Patient", "p1", patient())
    for version in ("0", "2", "-1", "01", "x", "99999999999999", ""):
        with pytest.raises(NotFound):
            await repository.vread(local, "Patient", "p1", version)


async def test_bodies_that_do_not_fit_the_address(repository: Repository, local: Access):
    with pytest.raises(Malformed):
        await repository.create(local, "Patient", {"resourceType": "Group"})
    with pytest.raises(Malformed):
        await repository.create(local, "Patient", {})
    with pytest.raises(Malformed):
        await repository.update(local, "Patient", "a", patient(id="b"))
    with pytest.raises(Malformed):
        await repository.update(local, "Patient", "a b", patient())
    with pytest.raises(NotFound):
        await repository.create(local, "Patience", patient())


async def test_rules_are_held_on_every_write(repository: Repository, local: Access, db: Database):
    with pytest.raises(Invalid) as refused:
        await repository.create(local, "Patient", patient(gender="m", birthDate="yesterday"))
    assert {e for issue in refused.value.issues for e in issue.expression} == {
        "Patient.gender",
        "Patient.birthDate",
    }
    assert await db.fetchval("select count(*) from resource") == 0


async def test_if_match(repository: Repository, local: Access):
    await repository.update(local, "Patient", "p1", patient(gender="male"))
    with pytest.raises(PreconditionFailed):
        await repository.update(local, "Patient", "p1", patient(), if_match='W/"2"')
    with pytest.raises(PreconditionFailed):
        await repository.update(local, "Patient", "p2", patient(), if_match='W/"1"')
    with pytest.raises(PreconditionFailed):
        await repository.update(local, "Patient", "p1", patient(), if_none_match="*")
    with pytest.raises(Malformed):
        await repository.update(local, "Patient", "p1", patient(), if_match="nonsense")
    with pytest.raises(PreconditionFailed):
        await repository.delete(local, "Patient", "p1", if_match='W/"9"')
    done = await repository.update(local, "Patient", "p1", patient(), if_match='W/"1"')
    assert done.version == 2
    made = await repository.update(local, "Patient", "p2", patient(), if_none_match="*")
    assert made.status == 201


async def test_time_never_runs_backwards(repository: Repository, local: Access, clock: FixedClock):
    first = await repository.update(local, "Patient", "p1", patient(gender="male"))
    clock.advance(timedelta(hours=-1))
    second = await repository.update(local, "Patient", "p1", patient(gender="female"))
    assert first.modified is not None
    assert second.modified is not None
    assert second.modified >= first.modified
