"""``xinglin account``: the first administrator of a real installation is made here."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from xinglin.cli import app
from xinglin.kernel.errors import Refusal
from xinglin.trust.identity import opaque

if TYPE_CHECKING:
    from pathlib import Path

    from xinglin.kernel.database import Database

run = CliRunner()
NEW = "quiet-otter-sings-7"


@pytest.fixture
def command(dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XINGLIN_DATABASE_DSN", dsn)

    async def call(*words: str, given: str = "") -> str:
        def work() -> str:
            result = run.invoke(app, [*words, "--data", str(tmp_path)], input=given)
            if isinstance(result.exception, Refusal):
                raise result.exception
            assert result.exit_code == 0, result.output
            return result.stdout

        return await asyncio.to_thread(work)

    return call


async def test_the_first_administrator(command, db: Database):
    await command(
        *("account", "add", "chen", "--zh", "陈静", "--role", "group-administrator"),
        given=f"{NEW}\n",
    )
    listed = await command("account", "list")
    assert "chen" in listed
    assert "group-administrator" in listed
    kept = await db.fetchval("select password from account where name = 'chen'")
    assert kept.startswith("$argon2id$")
    token = (await command("token", "--user", "chen")).strip()
    assert await db.fetchval("select true from token where hash = $1", opaque.hashed(token))


async def test_what_is_refused(command):
    await command("account", "add", "chen", "--no-password")
    for words, given, says in (
        (("account", "add", "CHEN", "--no-password"), "", "already"),
        (("account", "add", "a b", "--no-password"), "", "spaces"),
        (("account", "password", "chen"), "password123\n", "tried first"),
        (("account", "password", "nobody"), f"{NEW}\n", "no account"),
        (("account", "position", "chen"), "", "--role"),
        (("account", "position", "chen", "--role", "emperor"), "", "no role"),
        (
            ("account", "position", "chen", "--role", "nurse", "--organization", "Organization/x"),
            "",
            "organization",
        ),
        (("account", "position", "chen", "--end", "4711"), "", "no position"),
    ):
        with pytest.raises(Refusal, match=says):
            await command(*words, given=given)


async def test_locking_positions_and_links(command, db: Database):
    await command("account", "add", "li", given=f"{NEW}\n")
    number = (await command("account", "position", "li", "--role", "nurse")).strip()
    await command("account", "position", "li", "--end", number)
    await command("account", "lock", "li")
    assert await db.fetchval("select active from account where name = 'li'") is False
    with pytest.raises(Refusal, match="closed"):
        await command("token", "--user", "li")
    await command("account", "unlock", "li")
    await command("token", "--user", "li")
    link = (await command("account", "password", "li", "--link")).strip()
    assert link.startswith("/sign-in#link=")
