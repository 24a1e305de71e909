"""Conditional create, update, patch and delete; alone, in bundles, and many at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from xinglin.kernel.errors import Malformed, NotFound, PreconditionFailed, Refusal

from .conftest import BASE, bundle, content, entry, observation, patient, plain

if TYPE_CHECKING:
    from xinglin.cdr.access import Access
    from xinglin.cdr.repository import Repository
    from xinglin.kernel.database import Database

S = "http://hospital.test/mrn"


def known(value: str, **more: Any) -> dict[str, Any]:
    return patient(identifier=[{"system": S, "value": value}], **more)


async def live(db: Database, type_: str = "Patient") -> int:
    return await db.fetchval(
        "select count(*) from resource where ver > 0 and not deleted and body like $1",
        f'%"resourceType":"{type_}"%',
    )


@pytest.mark.shows("interaction:conditional-create")
async def test_create(repository: Repository, local: Access, db: Database):
    criteria = f"identifier={S}|1"
    first = await repository.create(local, "Patient", known("1"), if_none_exist=criteria)
    again = await repository.create(local, "Patient", known("1"), if_none_exist=criteria)
    assert (first.status, again.status) == (201, 200)
    assert again.location == first.location
    assert again.body == first.body
    other = await repository.create(
        local, "Patient", known("2"), if_none_exist=f"Patient?identifier={S}%7C2"
    )
    assert other.status == 201
    await repository.create(local, "Patient", known("1"))
    with pytest.raises(PreconditionFailed):
        await repository.create(local, "Patient", known("1"), if_none_exist=criteria)
    assert await live(db) == 3


@pytest.mark.parametrize("criteria", ["", "identifier=", "nonsense=1", "_count=3", "name:wrong=x"])
async def test_bad_criteria(still: Repository, local: Access, criteria: str):
    with pytest.raises(Malformed):
        await still.create(local, "Patient", known("1"), if_none_exist=criteria)
    with pytest.raises(Malformed):
        await still.update_where(local, "Patient", criteria, known("1"))
    with pytest.raises(Malformed):
        await still.delete_where(local, "Patient", criteria)
    assert await live(still.context.db) == 0


@pytest.mark.shows("interaction:conditional-create")
async def test_sixteen_at_once_make_one(repository: Repository, local: Access, db: Database):
    async def one(n: int) -> int:
        criteria = f"identifier={S}|9&active=true" if n % 2 else f"active=true&identifier={S}|9"
        body = known("9", active=True)
        made = await repository.create(local, "Patient", body, if_none_exist=criteria)
        return made.status

    statuses = await asyncio.gather(*(one(n) for n in range(16)))
    assert sorted(statuses) == [200] * 15 + [201]
    assert await live(db) == 1


async def test_sixteen_transactions_at_once_make_one(
    repository: Repository, local: Access, db: Database
):
    """With several criteria each, in different orders: no duplicate, and no deadlock surfaces."""

    async def one(n: int) -> None:
        values = ["a", "b", "c"] if n % 2 else ["c", "b", "a"]
        entries = [
            entry("POST", "Patient", known(v), f"urn:uuid:{v}", ifNoneExist=f"identifier={S}|{v}")
            for v in values
        ]
        entries.append(entry("POST", "Observation", observation("urn:uuid:b")))
        await repository.bundle(local, bundle(*entries), base=BASE)

    await asyncio.gather(*(one(n) for n in range(16)))
    assert await live(db) == 3
    assert await live(db, "Observation") == 16
    subjects = await db.fetchval(
        "select count(distinct (body::json)->'subject'->>'reference') from resource "
        "where body like '%\"Observation\"%'"
    )
    assert subjects == 1


@pytest.mark.shows("interaction:conditional-update")
async def test_update(repository: Repository, local: Access):
    criteria = f"identifier={S}|1"
    made = await repository.update_where(local, "Patient", criteria, known("1"))
    assert made.status == 201
    changed = await repository.update_where(local, "Patient", criteria, known("1", gender="male"))
    assert (changed.status, changed.id, changed.version) == (200, made.id, 2)
    same = await repository.update_where(
        local, "Patient", criteria, known("1", id=made.id, gender="other"), if_match='W/"2"'
    )
    assert same.version == 3
    with pytest.raises(Malformed):
        await repository.update_where(local, "Patient", criteria, known("1", id="another"))
    with pytest.raises(PreconditionFailed):
        await repository.update_where(local, "Patient", criteria, known("1"), if_match='W/"1"')
    named = await repository.update_where(
        local, "Patient", f"identifier={S}|2", known("2", id="mine")
    )
    assert (named.status, named.id) == (201, "mine")
    with pytest.raises(Malformed):
        await repository.update_where(local, "Patient", f"identifier={S}|3", known("3", id="mine"))
    await repository.create(local, "Patient", known("1"))
    with pytest.raises(PreconditionFailed):
        await repository.update_where(local, "Patient", criteria, known("1"))


async def test_sixteen_updates_at_once_make_one(
    repository: Repository, local: Access, db: Database
):
    results = await asyncio.gather(
        *(
            repository.update_where(
                local, "Patient", f"identifier={S}|5", known("5", birthDate=f"20{n:02d}-01-01")
            )
            for n in range(10, 26)
        )
    )
    assert await live(db) == 1
    assert sorted(result.version for result in results) == list(range(1, 17))
    assert await db.fetchval("select count(*) from history") == 15


@pytest.mark.shows("interaction:conditional-patch", "interaction:conditional-delete")
async def test_patch_and_delete(repository: Repository, local: Access, db: Database):
    criteria = f"identifier={S}|1"
    step = [{"op": "add", "path": "/gender", "value": "male"}]
    with pytest.raises(NotFound):
        await repository.patch_where(local, "Patient", criteria, step)
    made = await repository.create(local, "Patient", known("1"))
    patched = await repository.patch_where(local, "Patient", criteria, step, if_match='W/"1"')
    assert (patched.id, patched.version, content(patched)["gender"]) == (made.id, 2, "male")
    gone = await repository.delete_where(local, "Patient", criteria)
    assert (gone.status, gone.version) == (204, 3)
    assert (await repository.delete_where(local, "Patient", criteria)).status == 204
    await repository.create(local, "Patient", known("1"))
    await repository.create(local, "Patient", known("1"))
    with pytest.raises(PreconditionFailed):
        await repository.delete_where(local, "Patient", criteria)
    with pytest.raises(PreconditionFailed):
        await repository.patch_where(local, "Patient", criteria, step)
    assert await live(db) == 2


async def test_in_a_transaction(repository: Repository, local: Access):
    old = await repository.create(local, "Patient", known("old"))
    doomed = await repository.create(local, "Patient", known("doomed"))
    answers = plain(
        await repository.bundle(
            local,
            bundle(
                entry(
                    "POST", "Patient", known("old"), "urn:uuid:1", ifNoneExist=f"identifier={S}|old"
                ),
                entry(
                    "POST", "Patient", known("new"), "urn:uuid:2", ifNoneExist=f"identifier={S}|new"
                ),
                entry("PUT", f"Patient?identifier={S}|put", known("put"), "urn:uuid:3"),
                entry("DELETE", f"Patient?identifier={S}|doomed"),
                entry(
                    "POST",
                    "Patient",
                    known("doomed"),
                    "urn:uuid:4",
                    ifNoneExist=f"identifier={S}|doomed",
                ),
                entry("DELETE", f"Patient?identifier={S}|nobody"),
                *(entry("POST", "Observation", observation(f"urn:uuid:{n}")) for n in "1234"),
            ),
            base=BASE,
        )
    )["entry"]
    statuses = [a["response"]["status"][:3] for a in answers]
    assert statuses == ["200", "201", "201", "204", "201", "204", "201", "201", "201", "201"]
    names = [
        a["response"].get("location", "").removeprefix(f"{BASE}/").split("/_h")[0] for a in answers
    ]
    assert names[0] == f"Patient/{old.id}"
    assert names[3] == f"Patient/{doomed.id}"
    for place, target in ((6, names[0]), (7, names[1]), (8, names[2]), (9, names[4])):
        stored = content(await repository.read(local, *names[place].split("/")))
        assert stored["subject"]["reference"] == target
    again = plain(
        await repository.bundle(
            local,
            bundle(
                entry(
                    "PUT",
                    f"Patient?identifier={S}|put",
                    known("put", gender="male"),
                    ifMatch='W/"1"',
                ),
                entry(
                    "PATCH",
                    f"Patient?identifier={S}|new",
                    {
                        "resourceType": "Parameters",
                        "parameter": [
                            {
                                "name": "operation",
                                "part": [
                                    {"name": "type", "valueCode": "add"},
                                    {"name": "path", "valueString": "Patient"},
                                    {"name": "name", "valueString": "gender"},
                                    {"name": "value", "valueCode": "other"},
                                ],
                            }
                        ],
                    },
                ),
            ),
            base=BASE,
        )
    )["entry"]
    assert [a["response"]["etag"] for a in again] == ['W/"2"', 'W/"2"']
    assert content(await repository.read(local, *names[1].split("/")))["gender"] == "other"


@pytest.mark.shows("interaction:transaction:conditional-reference")
async def test_references_by_criteria(repository: Repository, local: Access, db: Database):
    stored = await repository.create(local, "Patient", known("stored"))
    answers = plain(
        await repository.bundle(
            local,
            bundle(
                entry("POST", "Observation", observation(f"Patient?identifier={S}|stored")),
                entry("POST", "Observation", observation(f"Patient?identifier={S}%7Csame")),
                entry("POST", "Patient", known("same"), "urn:uuid:1"),
            ),
            base=BASE,
        )
    )["entry"]
    names = [a["response"]["location"].removeprefix(f"{BASE}/").split("/_h")[0] for a in answers]
    first = content(await repository.read(local, *names[0].split("/")))
    second = content(await repository.read(local, *names[1].split("/")))
    assert first["subject"]["reference"] == f"Patient/{stored.id}"
    assert second["subject"]["reference"] == names[2]


async def test_references_by_criteria_see_what_is_being_written(
    repository: Repository, local: Access
):
    """Not the images that the transaction replaces or deletes."""
    await repository.update(local, "Patient", "a", known("was-a"))
    await repository.update(local, "Patient", "b", known("b"))
    with pytest.raises(PreconditionFailed):
        await repository.bundle(
            local,
            bundle(
                entry("POST", "Observation", observation(f"Patient?identifier={S}|b")),
                entry("DELETE", "Patient/b"),
            ),
            base=BASE,
        )
    with pytest.raises(PreconditionFailed):
        await repository.bundle(
            local,
            bundle(
                entry("POST", "Observation", observation(f"Patient?identifier={S}|was-a")),
                entry("PUT", "Patient/a", known("is-a", id="a")),
            ),
            base=BASE,
        )
    answer = await repository.bundle(
        local,
        bundle(
            entry("POST", "Observation", observation(f"Patient?identifier={S}|is-a")),
            entry("PUT", "Patient/a", known("is-a", id="a")),
        ),
        base=BASE,
        prefer="representation",
    )
    assert plain(answer)["entry"][0]["resource"]["subject"]["reference"] == "Patient/a"


@pytest.mark.parametrize(
    "entries",
    [
        # leads to nothing
        [entry("POST", "Observation", observation(f"Patient?identifier={S}|0"))],
        # leads to two that are stored, and to two that are being written
        [entry("POST", "Observation", observation(f"Patient?identifier={S}|twin"))],
        [
            entry("POST", "Observation", observation(f"Patient?identifier={S}|x")),
            entry("POST", "Patient", known("x")),
            entry("POST", "Patient", known("x")),
        ],
        # one stored, one written
        [
            entry("POST", "Observation", observation(f"Patient?identifier={S}|one")),
            entry("POST", "Patient", known("one")),
        ],
        # two entries with the same criteria, or that lead to the same resource
        [
            entry("POST", "Patient", known("y"), ifNoneExist=f"identifier={S}|y"),
            entry("POST", "Patient", known("y"), ifNoneExist=f"identifier={S}|y"),
        ],
        [
            entry("PUT", f"Patient?identifier={S}|one", known("one")),
            entry("PUT", "Patient/one", known("one", id="one")),
        ],
        [entry("POST", "Patient", known("z"), ifNoneExist=f"identifier={S}|twin")],
        [entry("PUT", f"Patient?identifier={S}|twin", known("twin"))],
        [entry("DELETE", f"Patient?identifier={S}|twin")],
        [
            entry(
                "PATCH",
                f"Patient?identifier={S}|none",
                {"resourceType": "Parameters", "parameter": []},
            )
        ],
    ],
)
@pytest.mark.shows("input:conflicting-conditional-references")
async def test_what_does_not_lead_to_one_thing_is_refused(
    repository: Repository, local: Access, db: Database, entries: list[Any]
):
    await repository.create(local, "Patient", known("twin"))
    await repository.create(local, "Patient", known("twin"))
    await repository.update(local, "Patient", "one", known("one"))
    with pytest.raises(Refusal) as refused:
        await repository.bundle(local, bundle(*entries), base=BASE)
    assert refused.value.status in {400, 404, 412}
    assert refused.value.issues[0].expression[0].startswith("Bundle.entry[")
    assert await db.fetchval("select count(*) from change") == 3
