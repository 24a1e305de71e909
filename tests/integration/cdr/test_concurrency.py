"""Many writers of the same thing: one wins where versions are named, none is lost where not."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from xinglin.cdr.types import number
from xinglin.kernel.errors import PreconditionFailed

from .conftest import BASE, bundle, content, entry, observation, patient

if TYPE_CHECKING:
    from xinglin.cdr.access import Access
    from xinglin.cdr.repository import Repository
    from xinglin.kernel.database import Database

MANY = 16


async def consistent(db: Database) -> None:
    """Each version is in one place, and the feed has each of them once."""
    gaps = await db.fetchval(
        "select count(*) from resource r where ver > 0 and ver - 1 <> "
        "(select count(*) from history h where h.rid = r.rid and h.ver between 1 and r.ver - 1)"
    )
    assert gaps == 0
    feed = await db.fetchrow("select count(*), count(distinct (rid, ver)) from change")
    versions = await db.fetchval("select coalesce(sum(ver), 0) from resource")
    assert tuple(feed) == (versions, versions)


async def test_one_wins_with_if_match(repository: Repository, local: Access, db: Database):
    await repository.update(local, "Patient", "p", patient())

    async def one(n: int) -> int:
        body = patient(birthDate=f"20{n:02d}-01-01")
        try:
            await repository.update(local, "Patient", "p", body, if_match='W/"1"')
        except PreconditionFailed:
            return 0
        return 1

    assert sum(await asyncio.gather(*(one(n) for n in range(10, 10 + MANY)))) == 1
    assert (await repository.read(local, "Patient", "p")).version == 2
    await consistent(db)


async def test_none_is_lost_without(repository: Repository, local: Access, db: Database):
    """Every one of them becomes a version."""
    await asyncio.gather(
        *(
            repository.update(local, "Patient", "p", patient(birthDate=f"20{n:02d}-01-01"))
            for n in range(10, 10 + MANY)
        )
    )
    assert (await repository.read(local, "Patient", "p")).version == MANY
    await consistent(db)
    dates = await db.fetch("select k, lo from dat where rid = (select rid from resource)")
    assert len(dates) == len({row["k"] for row in dates})


async def test_patches_add_up(repository: Repository, local: Access, db: Database):
    await repository.update(local, "Patient", "p", patient(identifier=[{"value": "0"}]))
    await asyncio.gather(
        *(
            repository.patch(
                local,
                "Patient",
                "p",
                [{"op": "add", "path": "/identifier/-", "value": {"value": str(n)}}],
            )
            for n in range(1, MANY + 1)
        )
    )
    stored = content(await repository.read(local, "Patient", "p"))
    assert {i["value"] for i in stored["identifier"]} == {str(n) for n in range(MANY + 1)}
    await consistent(db)


async def test_updates_and_deletions_between_each_other(
    repository: Repository, local: Access, db: Database
):
    def one(n: int):
        if n % 3 == 2:
            return repository.delete(local, "Patient", "p")
        return repository.update(local, "Patient", "p", patient(birthDate=f"20{n:02d}-01-01"))

    await asyncio.gather(*(one(n) for n in range(10, 10 + MANY)))
    await consistent(db)
    row = await db.fetchrow("select rid, deleted from resource")
    listed = await db.fetchval("select count(*) from key where k = $1", 1 << 51 | number("Patient"))
    assert listed == (0 if row["deleted"] else 1)
    left = await db.fetchval("select count(*) from dat where rid = $1", row["rid"])
    assert (left == 0) == row["deleted"]


async def test_one_number_for_what_many_mention(
    repository: Repository, local: Access, db: Database
):
    await asyncio.gather(
        *(
            repository.update(local, "Observation", f"o{n}", observation(f"Patient/{n % 2}"))
            for n in range(MANY)
        )
    )
    assert await db.fetchval("select count(*) from resource where ver = 0") == 2
    await consistent(db)


async def test_transactions_in_opposite_order(repository: Repository, local: Access, db: Database):
    """Rows are locked in one order, so nobody waits for somebody who waits for him."""
    names = ["a", "b", "c", "d"]

    async def one(n: int) -> None:
        entries = [
            entry("PUT", f"Patient/{name}", patient(id=name, birthDate=f"20{n:02d}-01-01"))
            for name in (names if n % 2 else reversed(names))
        ]
        link = observation(
            f"Patient/{names[n % 4]}", performer=[{"reference": f"Practitioner/{n % 3}"}]
        )
        await repository.bundle(
            local, bundle(*entries, entry("POST", "Observation", link)), base=BASE
        )

    await asyncio.gather(*(one(n) for n in range(10, 10 + MANY)))
    versions = await db.fetch("select ver from resource where id = any($1)", names)
    assert [row["ver"] for row in versions] == [MANY] * 4
    await consistent(db)


async def test_a_second_process_sees_what_the_first_wrote(
    repository: Repository, local: Access, db: Database
):
    from xinglin.cdr.assembly import assemble
    from xinglin.kernel.clock import SystemClock

    other = (await assemble(db, SystemClock())).repository
    try:
        await asyncio.gather(
            *(
                (repository if n % 2 else other).update(
                    local, "Patient", "p", patient(birthDate=f"20{n:02d}-01-01")
                )
                for n in range(10, 10 + MANY)
            )
        )
    finally:
        await other.close()
    assert (await repository.read(local, "Patient", "p")).version == MANY
    await consistent(db)
