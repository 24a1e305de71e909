"""Sign-in by password: one answer to all that is wrong, back-off that locks nobody else out."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from statistics import median
from typing import TYPE_CHECKING

import pytest

from xinglin.trust.identity import Event, Hasher, opaque

from .conftest import PASSWORD, Browser, Employ, request

if TYPE_CHECKING:
    from xinglin.kernel.clock import FixedClock
    from xinglin.kernel.database import Database
    from xinglin.trust.identity import Authoriser, Desk

Browsers = Callable[..., Browser]


async def test_signing_in_gives_a_session(li: int, browser: Browsers, heard: list[Event]):
    page = browser()
    assert (await page.get("session")).json() == {"signedIn": False, "demo": [], "provider": None}
    told = await page.sign_in("LI")
    assert told["signedIn"]
    assert told["account"] == {
        "id": li,
        "user": "li",
        "name": {"zh": "li", "en": "li"},
        "practitioner": None,
        "patient": None,
    }
    assert told["position"]["role"] == "nurse"
    assert told["position"]["roleName"]["en"]
    assert told["csrf"] == opaque.csrf_of(page.cookie or "")
    assert (await page.get("session")).json()["account"]["user"] == "li"
    assert [(one.kind, one.status, one.actor) for one in heard] == [("sign-in", 200, "li")]


async def test_the_cookie_is_kept_from_scripts_and_other_sites(li: int, browser: Browsers):
    answer = await browser().post("sign-in", user="li", password=PASSWORD)
    cookies = answer.headers.get_list("set-cookie")
    assert len(cookies) == 2
    for cookie in cookies:
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Path=/" in cookie
        assert "Domain" not in cookie
    assert answer.headers["cache-control"] == "no-store"


async def test_nothing_tells_whether_an_account_exists(
    li: int, employ: Employ, browser: Browsers, desk: Desk, db: Database, heard: list[Event]
):
    await employ("closed")
    await db.execute("update account set active = false where name = 'closed'")
    await employ("without", password="")
    told = set()
    for user, password in (
        ("li", "wrong"),
        ("nobody", "wrong"),
        ("closed", PASSWORD),
        ("without", ""),
        ("without", "nobody has this password"),
        ("admin", ""),
        ("li", "x" * 5000),
        ("x" * 5000, "y"),
    ):
        answer = await browser().post("sign-in", user=user, password=password)
        told.add((answer.status_code, answer.text, "set-cookie" in answer.headers))
    assert len(told) == 1
    assert next(iter(told))[0] == 401
    assert "nobody" not in repr(heard)


async def test_unknown_names_take_as_long(li: int, browser: Browsers, desk: Desk):
    desk.hasher = Hasher(memory=8192, rounds=2)
    await desk.db.execute("update account set password = $1", await desk.hasher.hash(PASSWORD))
    times: dict[str, list[float]] = {"li": [], "nobody": []}
    for turn in range(6):
        for user, taken in times.items():
            page = browser(f"198.51.100.{turn}")
            started = time.perf_counter()
            await page.post("sign-in", user=user, password="wrong")
            taken.append(time.perf_counter() - started)
    known, unknown = (median(taken) for taken in times.values())
    assert 0.4 < known / unknown < 2.5


async def test_a_session_cannot_be_fixed(
    li: int, employ: Employ, browser: Browsers, authorise: Authoriser
):
    await employ("mallory")
    attacker, page = browser("203.0.113.9"), browser()
    await attacker.sign_in("mallory")
    planted = attacker.cookie
    page.http.cookies.set("xinglin", planted or "", domain="localhost.local", path="/")
    page.csrf = attacker.csrf
    answer = await page.post("sign-in", user="li", password=PASSWORD)
    fresh = answer.headers.get_list("set-cookie")[0].split(";")[0].partition("=")[2]
    assert fresh != planted
    assert (await attacker.get("session")).json()["signedIn"] is False
    for forged in ("", "admin", opaque.new()):
        page.http.cookies.clear()
        page.http.cookies.set("xinglin", forged)
        assert (await page.get("session")).json()["signedIn"] is False


async def test_back_off_grows_and_ends(li: int, browser: Browsers, clock: FixedClock):
    page = browser()
    for _ in range(5):
        assert (await page.post("sign-in", user="li", password="no")).status_code == 401
    blocked = await page.post("sign-in", user="li", password=PASSWORD)
    assert blocked.status_code == 429
    assert blocked.headers["retry-after"] == "5"
    clock.advance(timedelta(seconds=5))
    assert (await page.post("sign-in", user="li", password="no")).status_code == 401
    assert (await page.post("sign-in", user="li", password="no")).headers["retry-after"] == "10"
    clock.advance(timedelta(seconds=10))
    await page.sign_in()
    assert (await page.post("sign-in", user="li", password="no")).status_code == 401


async def test_an_attacker_locks_only_itself_out(li: int, browser: Browsers, clock: FixedClock):
    owner, attacker = browser("192.0.2.7"), browser("203.0.113.9")
    for _ in range(20):
        await attacker.post("sign-in", user="li", password="no")
    assert (await attacker.post("sign-in", user="li", password=PASSWORD)).status_code == 429
    await owner.sign_in()
    await owner.post("sign-out")
    # Even from the very address of the attacker, the device that the owner used before is let in.
    beside = browser("203.0.113.9")
    beside.http.cookies = owner.http.cookies
    await beside.sign_in()


async def test_one_address_cannot_try_every_account(li: int, browser: Browsers):
    attacker = browser("203.0.113.9")
    seen = [
        (await attacker.post("sign-in", user=f"user{n}", password="Spring2026!")).status_code
        for n in range(35)
    ]
    assert seen[:30] == [401] * 30
    assert 429 in seen[30:]
    await browser("192.0.2.7").sign_in()


async def test_an_attacker_with_many_requests_at_once_gains_nothing(li: int, browser: Browsers):
    import asyncio

    pages = [browser("203.0.113.9") for _ in range(20)]
    answers = await asyncio.gather(*(p.post("sign-in", user="li", password="no") for p in pages))
    assert sum(one.status_code == 401 for one in answers) <= 5


async def test_signing_out_ends_the_session_everywhere(
    li: int, browser: Browsers, authorise: Authoriser, db: Database
):
    page = browser()
    await page.sign_in()
    cookie = page.cookie
    csrf, page.csrf = page.csrf, None
    assert (await page.post("sign-out")).status_code == 403  # another site cannot do it
    page.csrf = csrf
    assert (await page.post("sign-out")).status_code == 204
    assert page.cookie is None
    with pytest.raises(Exception, match="over"):
        await authorise(request(cookie=f"xinglin={cookie}"))
    assert await db.fetchval("select ended is not null from session") is True
    assert (await page.post("sign-out")).status_code == 204


async def test_demo_accounts_only_here_and_only_with_demo_data(
    li: int, employ: Employ, browser: Browsers, demo: list[bool], desk: Desk
):
    await employ("demo-nurse", password="", demo=True)
    here, there = browser("127.0.0.1"), browser("192.0.2.7")
    assert (await here.post("demo", user="demo-nurse")).status_code == 404
    demo[0] = True
    assert [one["user"] for one in (await here.get("session")).json()["demo"]] == ["demo-nurse"]
    assert (await there.get("session")).json()["demo"] == []
    assert (await there.post("demo", user="demo-nurse")).status_code == 404
    assert (await here.post("demo", user="li")).status_code == 404
    answer = await here.post("demo", user="demo-nurse")
    assert answer.json()["position"]["role"] == "nurse"


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("text/plain", b'{"user":"li","password":"x"}', 415),
        ("application/x-www-form-urlencoded", b"user=li", 415),
        ("application/json", b"{", 400),
        ("application/json", b"[]", 400),
        ("application/json", b'{"user":1,"password":"x"}', 400),
        ("application/json", b'{"user":"li","password":"x","admin":true}', 400),
        ("application/json", b"\xff", 400),
        ("application/json", b"[" * 60_000, 400),
        ("application/json", b" " * 70_000, 413),
        ("application/json", b'{"user":"\\u0000","password":"x"}', 400),
        ("application/json", b'{"user":"\\ud800","password":"x"}', 400),
    ],
)
async def test_bad_bodies_are_refused(
    li: int, browser: Browsers, kind: str, body: bytes, status: int
):
    page = browser()
    answer = await page.http.post("sign-in", content=body, headers={"content-type": kind})
    assert answer.status_code == status
    assert answer.json()["resourceType"] == "OperationOutcome"


async def test_addresses_that_are_not_there(browser: Browsers):
    page = browser()
    assert (await page.get("nothing")).status_code == 404
    assert (await page.get("sessions/1/2/3")).status_code == 404
    refused = await page.send("PUT", "session")
    assert refused.status_code == 405
    assert refused.headers["allow"] == "GET"
    chinese = await page.http.get("sessions", headers={"accept-language": "zh-CN"})
    assert chinese.status_code == 401
    assert "登录" in chinese.json()["issue"][0]["details"]["text"]
