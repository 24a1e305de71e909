"""What each role says of itself, done in a world of two campuses."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from tests.support import campuses
from tests.support.examples import Stage

from xinglin.cdr.assembly import assemble
from xinglin.kernel.clock import SystemClock
from xinglin.kernel.database import Database, on_database
from xinglin.trust.policy import Example, RolePolicy, shipped
from xinglin.trust.policy.relations import TYPES, Relations

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import asyncpg

EXAMPLES = [(role.code, example) for role in shipped() for example in role.examples]


@pytest_asyncio.fixture(scope="module")
async def stage(
    server_dsn: str, _admin: asyncpg.Connection, request: pytest.FixtureRequest
) -> AsyncIterator[Stage]:
    name = f"s_{os.getpid()}_{request.module.__name__.rpartition('.')[2]}"
    await _admin.execute(f"create database {name} template template_xinglin")
    async with await Database.open(on_database(server_dsn, name)) as db:
        assembly = await assemble(db, SystemClock())
        repository = assembly.repository
        repository.on_write(TYPES, Relations(repository.context))
        await campuses.build(repository, (*campuses.orders(), *campuses.family()))
        yield Stage(assembly, db, RolePolicy(assembly, db))
        await repository.close()
    await _admin.execute(f"drop database {name} with (force)")


@pytest.mark.parametrize(
    ("role", "example"), EXAMPLES, ids=[f"{role}: {one.text.en}" for role, one in EXAMPLES]
)
async def test_a_role_may_do_what_it_says_and_no_more(stage: Stage, role: str, example: Example):
    assert await stage.allowed(role, example.at, example.do) is example.allowed


def test_every_role_but_the_operator_has_examples():
    for role in shipped():
        assert role.everything or len(role.examples) >= 2, role.code
        assert role.everything or {one.allowed for one in role.examples} == {True, False}
