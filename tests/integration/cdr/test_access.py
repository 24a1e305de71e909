"""Restrictive Access: by compartment, home, criteria; on images before and after; in history."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from xinglin.cdr.access import Access, Scope
from xinglin.cdr.interactions.criteria import Criteria
from xinglin.cdr.search import ir
from xinglin.kernel.errors import Forbidden, Gone, NotFound, PreconditionFailed, Refusal

from .conftest import (
    BASE,
    access,
    bundle,
    entry,
    observation,
    of_patient,
    patient,
    plain,
    rid,
)

if TYPE_CHECKING:
    from xinglin.cdr.repository import Repository
    from xinglin.kernel.clock import FixedClock
    from xinglin.kernel.database import Database

S = "http://hospital.test/mrn"


async def test_reads_are_of_the_compartment(repository: Repository, db: Database, two: None):
    mine = access(of_patient(await rid(db, "a")))
    for type_, id_ in (("Patient", "a"), ("Observation", "oa")):
        assert (await repository.read(mine, type_, id_)).status == 200
        assert (await repository.vread(mine, type_, id_, "1")).status == 200
        assert (await repository.history(mine, type_, id_, [], base=BASE)).status == 200


async def test_forbidden_and_absent_are_told_alike(
    repository: Repository, db: Database, local: Access, two: None
):
    mine = access(of_patient(await rid(db, "a")))
    await repository.update(local, "Patient", "dead", patient())
    await repository.delete(local, "Patient", "dead")

    async def told(type_: str, id_: str, how: str) -> tuple[Any, ...]:
        with pytest.raises(Refusal) as refused:
            match how:
                case "read":
                    await repository.read(mine, type_, id_)
                case "vread":
                    await repository.vread(mine, type_, id_, "1")
                case "history":
                    await repository.history(mine, type_, id_, [], base=BASE)
                case "patch":
                    await repository.patch(mine, type_, id_, [])
                case _:
                    await repository.delete(mine, type_, id_, if_match='W/"1"')
        issue = refused.value.issues[0]
        return type(refused.value), issue.en.replace(id_, "#"), issue.zh.replace(id_, "#")

    for how in ("read", "vread", "history", "patch", "delete"):
        absent = await told("Patient", "nobody", how)
        assert await told("Patient", "b", how) == absent
        assert await told("Patient", "dead", how) == absent
    assert (await repository.delete(mine, "Patient", "b")).status == 204
    assert (await repository.read(local, "Patient", "b")).version == 1


async def test_types_that_are_not_granted_are_refused(
    repository: Repository, db: Database, two: None
):
    number = await rid(db, "a")
    mine = access(of_patient(number, "rs", "Observation"))
    assert (await repository.read(mine, "Observation", "oa")).status == 200
    with pytest.raises(NotFound):
        await repository.read(mine, "Patient", "a")
    with pytest.raises(Forbidden):
        await repository.create(mine, "Observation", observation("Patient/a"))
    with pytest.raises(Forbidden):
        await repository.update(mine, "Observation", "oa", observation("Patient/a"))
    with pytest.raises(Forbidden):
        await repository.delete(mine, "Observation", "oa")
    with pytest.raises(Forbidden):
        await repository.delete_where(mine, "Observation", "status=final")
    with pytest.raises(Forbidden):
        await repository.patch(mine, "Observation", "oa", [])
    with pytest.raises(Forbidden):
        await repository.history(mine, "Patient", None, [], base=BASE)


async def test_the_image_after_must_be_allowed(repository: Repository, db: Database, two: None):
    mine = access(of_patient(await rid(db, "a")))
    made = await repository.create(mine, "Observation", observation("Patient/a"))
    assert made.status == 201
    with pytest.raises(Forbidden):
        await repository.create(mine, "Observation", observation("Patient/b"))
    with pytest.raises(Forbidden):
        await repository.update(mine, "Observation", "new", observation("Patient/b"))
    # moving it out of the compartment
    with pytest.raises(Forbidden):
        await repository.update(mine, "Observation", "oa", observation("Patient/b"))
    step = [{"op": "replace", "path": "/subject/reference", "value": "Patient/b"}]
    with pytest.raises(Forbidden):
        await repository.patch(mine, "Observation", "oa", step)
    assert await db.fetchval("select max(ver) from resource") == 1


async def test_the_image_before_must_be_allowed(
    repository: Repository, db: Database, local: Access, two: None
):
    """Not even by writing something allowed over it, or what is there already."""
    mine = access(of_patient(await rid(db, "a")))
    with pytest.raises(Forbidden):
        await repository.update(mine, "Observation", "ob", observation("Patient/a"))
    with pytest.raises(Forbidden):
        await repository.update(mine, "Observation", "ob", observation("Patient/b"))
    # nor by raising a dead one
    await repository.delete(local, "Observation", "ob")
    with pytest.raises(Forbidden):
        await repository.update(mine, "Observation", "ob", observation("Patient/a"))
    await repository.delete(local, "Observation", "oa")
    again = await repository.update(mine, "Observation", "oa", observation("Patient/a"))
    assert (again.status, again.version) == (201, 3)


async def test_deleted_things_are_guarded_by_what_they_were(
    repository: Repository, db: Database, local: Access, two: None
):
    mine = access(of_patient(await rid(db, "a")))
    await repository.delete(local, "Observation", "oa")
    await repository.delete(local, "Observation", "ob")
    with pytest.raises(Gone):
        await repository.read(mine, "Observation", "oa")
    with pytest.raises(NotFound):
        await repository.read(mine, "Observation", "ob")
    assert (await repository.vread(mine, "Observation", "oa", "1")).status == 200
    with pytest.raises(NotFound):
        await repository.vread(mine, "Observation", "ob", "1")


async def test_history_needs_the_last_version_and_each_one(
    repository: Repository, db: Database, local: Access, clock: FixedClock, two: None
):
    """An observation that was entered for b, moved to a, and one that went the other way."""
    for id_, now in (("oa", "b"), ("ob", "a")):
        clock.advance(timedelta(seconds=1))
        await repository.update(local, "Observation", id_, observation(f"Patient/{now}"))
    await repository.update(local, "Observation", "ob", observation("Patient/a", status="amended"))
    mine = access(of_patient(await rid(db, "a")))

    with pytest.raises(NotFound):
        await repository.history(mine, "Observation", "oa", [], base=BASE)
    with pytest.raises(NotFound):
        await repository.vread(mine, "Observation", "oa", "1")
    with pytest.raises(NotFound):
        await repository.vread(mine, "Observation", "ob", "1")
    assert (await repository.vread(mine, "Observation", "ob", "2")).status == 200

    async def seen(type_: str | None, id_: str | None, *params: tuple[str, str]) -> list[str]:
        answer = plain(await repository.history(mine, type_, id_, params, base=BASE))
        assert "total" not in answer
        return [
            f"{e['resource']['id']} {e['response']['etag'][3:-1]}" for e in answer.get("entry", [])
        ]

    assert await seen("Observation", "ob") == ["ob 3", "ob 2"]
    assert await seen("Observation", None) == ["ob 3", "ob 2"]
    assert await seen(None, None) == ["ob 3", "ob 2", "a 1"]
    assert await seen(None, None, ("_count", "1")) == ["ob 3"]
    assert await seen(None, None, ("_sort", "_lastUpdated"), ("_count", "2")) == ["a 1", "ob 2"]


async def test_a_match_that_may_not_be_seen_is_ambiguous(
    repository: Repository, db: Database, local: Access, two: None
):
    number = await rid(db, "a")
    mine = access(of_patient(number), Scope(frozenset({"Patient"}), "c"))
    own = patient(identifier=[{"system": S, "value": "a"}])
    other = patient(identifier=[{"system": S, "value": "b"}])
    found = await repository.create(mine, "Patient", own, if_none_exist=f"identifier={S}|a")
    assert (found.status, found.id) == (200, "a")
    await repository.create(local, "Patient", patient(identifier=[{"system": S, "value": "c"}]))
    await repository.create(local, "Patient", patient(identifier=[{"system": S, "value": "c"}]))
    told = []
    for value in "bc":
        with pytest.raises(PreconditionFailed) as refused:
            await repository.create(mine, "Patient", other, if_none_exist=f"identifier={S}|{value}")
        told.append(refused.value.issues[0].en.replace(f"|{value}", "|#"))
        for attempt in (
            repository.update_where(mine, "Patient", f"identifier={S}|{value}", other),
            repository.patch_where(mine, "Patient", f"identifier={S}|{value}", []),
            repository.delete_where(mine, "Patient", f"identifier={S}|{value}"),
            repository.bundle(
                mine,
                bundle(
                    entry("POST", "Observation", observation(f"Patient?identifier={S}|{value}"))
                ),
                base=BASE,
            ),
        ):
            with pytest.raises(PreconditionFailed):
                await attempt
    assert told[0] == told[1]


async def test_transactions_are_checked_entry_by_entry(
    repository: Repository, db: Database, two: None
):
    mine = access(of_patient(await rid(db, "a")))
    done = await repository.bundle(
        mine,
        bundle(
            entry("POST", "Observation", observation("Patient/a")),
            entry("DELETE", "Observation/oa"),
            entry("DELETE", "Observation/ob"),
            entry("GET", "Patient/a"),
        ),
        base=BASE,
    )
    statuses = [e["response"]["status"][:3] for e in plain(done)["entry"]]
    assert statuses == ["201", "204", "204", "200"]
    assert not await db.fetchval("select deleted from resource where id = 'ob'")
    for entries in (
        [entry("POST", "Observation", observation("Patient/b"))],
        [entry("PUT", "Observation/ob", observation("Patient/b", id="ob"))],
        [entry("PUT", "Observation/ob", observation("Patient/a", id="ob"))],
        [entry("GET", "Patient/b")],
    ):
        before = await db.fetchval("select count(*) from change")
        with pytest.raises((Forbidden, NotFound)):
            await repository.bundle(
                mine,
                bundle(entry("POST", "Observation", observation("Patient/a")), *entries),
                base=BASE,
            )
        assert await db.fetchval("select count(*) from change") == before


async def test_criteria_limit_what_is_seen_and_written(
    repository: Repository, db: Database, local: Access, two: None
):
    async with db.acquire() as connection:
        node = await repository.context.matcher._node(
            connection, local, Criteria("Patient", (("gender", "female"),))
        )
    women = access(Scope(frozenset({"Patient"}), "cruds", criteria=node))
    made = await repository.create(women, "Patient", patient(gender="female"))
    assert (await repository.read(women, "Patient", made.id)).status == 200
    with pytest.raises(Forbidden):
        await repository.create(women, "Patient", patient(gender="male"))
    with pytest.raises(Forbidden):
        await repository.update(women, "Patient", made.id, patient(gender="male"))
    with pytest.raises(NotFound):
        await repository.read(women, "Patient", "a")


async def test_what_cannot_be_told_is_not_allowed(repository: Repository, two: None):
    chained = ir.Chain((1,), ir.Always())
    odd = access(Scope(None, "cruds", criteria=chained))
    with pytest.raises(NotFound):
        await repository.read(odd, "Patient", "a")
    with pytest.raises(Forbidden):
        await repository.create(odd, "Patient", patient())


async def test_nobody_without_grants_sees_anything(repository: Repository, two: None):
    nobody = access()
    with pytest.raises(NotFound):
        await repository.read(nobody, "Patient", "a")
    answer = await repository.history(nobody, None, None, [], base=BASE)
    assert "entry" not in plain(answer)
    empty = access(Scope(None, "cruds", patients=()))
    with pytest.raises(NotFound):
        await repository.read(empty, "Patient", "a")


async def test_grants_add_up(repository: Repository, db: Database, two: None):
    mine = access(of_patient(await rid(db, "a"), "rs"), of_patient(await rid(db, "b"), "rs"))
    for id_ in "ab":
        assert (await repository.read(mine, "Patient", id_)).status == 200
