"""Registering programs: by command, by administrators of the group, and what is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.integration.trust.identity.conftest import Browser, Employ
from typer.testing import CliRunner

from xinglin.cli import app as commands
from xinglin.kernel.errors import Invalid, Refusal
from xinglin.trust.identity import opaque
from xinglin.trust.smart import Client
from xinglin.trust.smart.clients import checked, redirect_fits, web_fits

if TYPE_CHECKING:
    from xinglin.kernel.database import Database

Browsers = Callable[..., Browser]
run = CliRunner()


@pytest.mark.parametrize(
    "url",
    [
        "https://app.test/callback",
        "https://app.test:8443/a?b=c",
        "http://127.0.0.1:5000/cb",
        "http://localhost/cb",
        "http://[::1]:3000/",
        "com.example.app:/callback",
        "com.example.app://callback",
    ],
)
def test_fair_ways_back(url: str):
    assert redirect_fits(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "app.test/callback",
        "http://app.test/callback",
        "https://app.test/#x",
        "https://user@app.test/",
        "https://user:word@app.test/",
        "https:///callback",
        "https://app.test/a b",
        "https://app.test/\r\nSet-Cookie: x",
        "https://app.test/é",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "app:/callback",
        "//app.test",
    ],
)
def test_unfair_ways_back(url: str):
    assert not redirect_fits(url)


def test_addresses_to_fetch_from_are_safe_ones():
    assert web_fits("https://a.test/jwks")
    assert not web_fits("http://a.test/jwks")
    assert not web_fits("com.example.app:/x")


def test_private_keys_are_not_taken():
    for jwks in ("", "{}", '{"keys":[]}', '{"keys":[{"kty":"oct","k":"x"}]}'):
        with pytest.raises(Invalid):
            checked(Client(id="a", kind="key", jwks=jwks))
    with pytest.raises(Invalid):
        checked(Client(id="a", kind="key", jwks='{"keys":[{"kty":"EC","d":"x"}]}'))


async def test_by_command(dsn: str, db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XINGLIN_DATABASE_DSN", dsn)

    async def call(*words: str) -> str:
        def work() -> str:
            result = run.invoke(commands, ["client", *words, "--data", str(tmp_path)])
            if isinstance(result.exception, Refusal):
                raise result.exception
            assert result.exit_code == 0, result.output
            return result.stdout.strip()

        return await asyncio.to_thread(work)

    secret = await call("add", "gate", "--secret", "--scope", "system/*.rs", "--user", "admin")
    assert await db.fetchval("select secret from client") == opaque.hashed(secret)
    back = ("--redirect", "https://a.test/cb")
    assert await call("add", "app", *back, "--scope", "user/*.read openid") == ""
    assert await db.fetchval("select scopes from client where id = 'app'") == "openid user/*.rs"
    listed = await call("list")
    assert "gate" in listed
    assert secret not in listed
    for words, says in (
        (("add", "b", "--redirect", "http://a.test/cb"), "https"),
        (("add", "b", "--scope", "nonsense"), "scope"),
        (("add", "b c"), "letters"),
        (("add", "b", "--user", "nobody"), "no account"),
        (("add", "b", "--user", "admin"), "key or a secret"),
        (("remove", "b"), "no program"),
    ):
        with pytest.raises(Refusal, match=says):
            await call(*words)
    await call("remove", "gate")
    assert await db.fetchval("select count(*) from client") == 1
    await call("rotate-key")


async def test_by_administrators_of_the_group_only(browser: Browsers, employ: Employ, db: Database):
    program = {
        "id": "app",
        "redirects": ["https://a.test/cb"],
        "scopes": "openid",
        "kind": "secret",
    }
    await employ("group", "group-administrator")
    await employ("nurse")
    await employ("campus", "campus-administrator", organization=1)
    for user in ("nurse", "campus"):
        page = browser()
        await page.sign_in(user)
        assert (await page.post("clients", **program)).status_code == 403
        assert (await page.get("clients")).status_code == 403
    page = browser()
    await page.sign_in("group")
    made = await page.post("clients", **program)
    assert made.status_code == 201, made.text
    assert made.json()["secret"]
    listed = (await page.get("clients")).json()
    assert [one["id"] for one in listed] == ["app"]
    assert "secret" not in listed[0]
    assert (await page.send("DELETE", "clients/app")).status_code == 204
    assert (await page.send("DELETE", "clients/app")).status_code == 404
