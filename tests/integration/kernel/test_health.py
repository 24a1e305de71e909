"""Readiness says what is wrong, and never hangs."""

from __future__ import annotations

import asyncio
from pathlib import Path

from xinglin.kernel.database import Database
from xinglin.kernel.health import database_check, disk_check, readiness


async def test_ready(db: Database, tmp_path: Path):
    said = await readiness({"database": database_check(db), "disk": disk_check(tmp_path, 1)})
    assert (said.ready, said.status) == (True, 200)
    assert said.checks == {"database": "", "disk": ""}


async def test_what_is_wrong_is_named(db: Database, tmp_path: Path):
    await db.execute("delete from migration")
    said = await readiness({"database": database_check(db), "disk": disk_check(tmp_path, 1 << 60)})
    assert (said.ready, said.status) == (False, 503)
    assert said.checks["database"].startswith("migration 0 of ")
    assert "MiB free" in said.checks["disk"]


async def test_a_check_that_raises_or_hangs_has_failed(dsn: str):
    db = await Database.open(dsn)
    await db.close()

    async def hang() -> str:
        await asyncio.Event().wait()
        return ""

    said = await readiness({"database": database_check(db), "slow": hang}, patience=0.05)
    assert said.checks["database"] == "InterfaceError"
    assert said.checks["slow"] == "no answer within 0.05 s"
