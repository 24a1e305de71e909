"""Hooks run in the transaction of the write, and undo it by refusing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from xinglin.kernel.errors import Conflict, Issue

from .conftest import BASE, bundle, entry, patient

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xinglin.cdr.access import Access
    from xinglin.cdr.interactions.draft import Written
    from xinglin.cdr.repository import Repository
    from xinglin.kernel.database import Connection, Database


class Told:
    def __init__(self) -> None:
        self.calls: list[list[tuple[Any, ...]]] = []
        self.refuse = False

    async def __call__(self, connection: Connection, written: Sequence[Written]) -> None:
        assert connection.is_in_transaction()
        for one in written:
            ver = await connection.fetchval("select ver from resource where rid = $1", one.rid)
            assert ver == one.version
        self.calls.append([(one.type, one.id, one.version, one.op) for one in written])
        if self.refuse:
            raise Conflict(Issue("conflict", "no", "不"))


async def test_told_of_each_write(repository: Repository, local: Access, db: Database):
    told = Told()
    repository.on_write(["Patient", "Group"], told)
    await repository.update(local, "Patient", "p", patient())
    await repository.update(local, "Patient", "p", patient())
    await repository.update(local, "Patient", "p", patient(gender="male"))
    await repository.delete(local, "Patient", "p")
    await repository.create(local, "Organization", {"resourceType": "Organization", "name": "x"})
    assert told.calls == [
        [("Patient", "p", 1, "C")],
        [("Patient", "p", 2, "U")],
        [("Patient", "p", 3, "D")],
    ]
    told.calls.clear()
    await repository.bundle(
        local,
        bundle(
            entry("PUT", "Patient/q", patient(id="q")),
            entry("POST", "Organization", {"resourceType": "Organization", "name": "y"}),
            entry("PUT", "Patient/r", patient(id="r")),
        ),
        base=BASE,
    )
    assert [sorted(call) for call in told.calls] == [
        [("Patient", "q", 1, "C"), ("Patient", "r", 1, "C")]
    ]


async def test_a_refusal_undoes_the_write(repository: Repository, local: Access, db: Database):
    told = Told()
    repository.on_write(["Patient"], told)
    told.refuse = True
    with pytest.raises(Conflict):
        await repository.create(local, "Patient", patient())
    with pytest.raises(Conflict):
        await repository.bundle(local, bundle(entry("POST", "Patient", patient())), base=BASE)
    assert len(told.calls) == 2
    assert await db.fetchval("select count(*) from resource") == 0


async def test_committed_writes_are_announced(repository: Repository, local: Access):
    said: list[int] = []
    repository.context.notify = lambda: said.append(1)
    await repository.update(local, "Patient", "p", patient())
    await repository.bundle(local, bundle(entry("POST", "Patient", patient())), base=BASE)
    await repository.bundle(local, bundle(entry("PUT", "Patient/q", patient(id="q"))), base=BASE)
    criteria = "identifier=http://s|1"
    await repository.create(local, "Patient", patient(), if_none_exist=criteria)
    await repository.delete(local, "Patient", "p")
    assert len(said) == 5
