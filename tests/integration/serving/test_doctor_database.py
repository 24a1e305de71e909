"""What the doctor says about a database: sound, or what is wrong with it."""

from __future__ import annotations

from xinglin.kernel.database import Database
from xinglin.serving.doctor import database


async def told(dsn: str) -> dict[str, bool | None]:
    return {one.name: one.fine for one in await database(dsn)}


async def test_a_fresh_database_is_sound(dsn: str):
    found = await told(dsn)
    assert found.pop("fsync") is None  # test servers are not durable
    assert set(found.values()) == {True}


async def test_what_is_wrong_is_found(dsn: str, db: Database):
    await db.execute(
        "insert into change (xid, node, type, rid, ver, op, at) "
        "values ('9000000000', 1, 1, 1, 1, 'C', now())"
    )
    await db.execute("insert into divergence values (1, 1, 2, now(), now(), '')")
    await db.execute("delete from migration where number = (select max(number) from migration)")
    found = await told(dsn)
    assert found["feed"] is False
    assert found["nodes"] is None
    assert found["migrations"] is False
