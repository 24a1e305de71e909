"""My account: sessions elsewhere, positions, step-up, password."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.support.operator_alone import OperatorAlone

from xinglin.kernel.errors import Unauthenticated
from xinglin.trust.identity import issue, queries

from .conftest import PASSWORD, Browser, Employ, Ticks, bearer, request

if TYPE_CHECKING:
    from xinglin.kernel.clock import FixedClock
    from xinglin.kernel.database import Database
    from xinglin.trust.identity import Authoriser, Desk

Browsers = Callable[..., Browser]


async def test_signing_out_elsewhere(
    employ: Employ, browser: Browsers, authorise: Authoriser, db: Database
):
    await employ("boss", "operator")
    here, there = browser("192.0.2.1"), browser("192.0.2.2")
    await here.sign_in("boss")
    await there.sign_in("boss")
    assert (await authorise(request(cookie=f"xinglin={there.cookie}"))).total
    listed = (await here.get("sessions")).json()
    assert sorted(one["address"] for one in listed) == ["192.0.2.1", "192.0.2.2"]
    other = next(one for one in listed if not one["current"])
    assert (await here.send("DELETE", f"sessions/{other['id']}")).status_code == 204
    assert (await here.send("DELETE", f"sessions/{other['id']}")).status_code == 404
    assert (await there.get("session")).json()["signedIn"] is False
    with pytest.raises(Unauthenticated):
        await authorise(request(cookie=f"xinglin={there.cookie}"))


async def test_another_process_notices_within_half_a_second(
    employ: Employ, browser: Browsers, repository, ticks: Ticks
):
    from xinglin.trust.identity import Authoriser

    elsewhere = Authoriser(repository, policy=OperatorAlone(), monotonic=ticks)
    await employ("boss", "operator")
    page = browser()
    await page.sign_in("boss")
    asked = f"xinglin={page.cookie}"
    await elsewhere(request(cookie=asked))
    await page.post("sign-out")
    ticks.at += 0.51
    with pytest.raises(Unauthenticated):
        await elsewhere(request(cookie=asked))


async def test_nobody_ends_the_session_of_another(li: int, employ: Employ, browser: Browsers):
    await employ("mallory")
    victim, mallory = browser(), browser()
    await victim.sign_in()
    number = (await victim.get("sessions")).json()[0]["id"]
    await mallory.sign_in("mallory")
    assert (await mallory.send("DELETE", f"sessions/{number}")).status_code == 404
    assert (await victim.get("session")).json()["signedIn"] is True


async def test_positions_are_switched_and_only_own_ones(
    li: int, employ: Employ, browser: Browsers, desk: Desk, clock: FixedClock
):
    until = clock.now() + timedelta(minutes=30)
    second = await queries.add_position(
        desk.db, li, "head-nurse", organization=None, units=(), since=clock.now(), until=until
    )
    await employ("chief", "head-of-department")
    foreign = await desk.db.fetchval("select max(id) from position")
    page = browser()
    told = await page.sign_in()
    assert [one["role"] for one in told["positions"]] == ["nurse", "head-nurse"]
    switched = await page.post("position", id=second)
    assert switched.json()["position"]["role"] == "head-nurse"
    assert (await page.post("position", id=foreign)).status_code == 404
    clock.advance(timedelta(minutes=29))
    assert (await page.get("session")).json()["position"]["role"] == "head-nurse"
    clock.advance(timedelta(minutes=1))
    assert (await page.get("session")).json()["position"] is None


async def test_step_up_lasts_ten_minutes(li: int, browser: Browsers, clock: FixedClock):
    page = browser()
    assert (await page.sign_in())["stepUpUntil"]
    clock.advance(timedelta(minutes=11))
    assert (await page.get("session")).json()["stepUpUntil"] is None
    assert (await page.post("passkeys/options")).status_code == 403
    assert (await page.post("step-up", password="wrong")).status_code == 403
    assert (await page.post("step-up")).status_code == 400
    assert (await page.post("step-up", password=PASSWORD, pin="1")).status_code == 400
    assert (await page.post("step-up", password=PASSWORD)).json()["stepUpUntil"]
    for _ in range(5):
        await page.post("step-up", password="wrong")
    assert (await page.post("step-up", password=PASSWORD)).status_code == 429


async def test_a_new_password_ends_other_sessions_and_tokens(
    employ: Employ, browser: Browsers, authorise: Authoriser, desk: Desk
):
    await employ("boss", "operator")
    token = await issue(desk.db, "boss", desk.clock.now())
    here, there = browser(), browser()
    await here.sign_in("boss")
    await there.sign_in("boss")
    for old, new, status in (
        ("wrong", "quiet-otter-sings-7", 403),
        (PASSWORD, "short", 422),
        (PASSWORD, "password1234", 422),
        (PASSWORD, "quiet-otter-sings-7", 200),
    ):
        assert (await here.post("password", old=old, new=new)).status_code == status
    assert (await there.get("session")).json()["signedIn"] is False
    assert (await here.get("session")).json()["signedIn"] is True
    with pytest.raises(Unauthenticated):
        await authorise(bearer(token))
    assert (await browser().post("sign-in", user="boss", password=PASSWORD)).status_code == 401
    await browser().sign_in("boss", "quiet-otter-sings-7")


async def test_whoever_must_change_gets_no_position_before(
    li: int, browser: Browsers, desk: Desk, authorise: Authoriser
):
    await desk.db.execute("update account set must_change = true")
    page = browser()
    told = await page.sign_in()
    assert told["mustChange"] is True
    assert told["position"] is None
    assert (await page.post("position", id=told["positions"][0]["id"])).status_code == 404
    changed = await page.post("password", old=PASSWORD, new="quiet-otter-sings-7")
    assert changed.json()["mustChange"] is False
    assert changed.json()["position"]["role"] == "nurse"


async def test_costs_of_hashes_follow_the_times(li: int, browser: Browsers, desk: Desk):
    from xinglin.trust.identity import Hasher

    before = await desk.db.fetchval("select password from account where id = $1", li)
    desk.hasher = Hasher(memory=128, rounds=1)
    await browser().sign_in()
    after = await desk.db.fetchval("select password from account where id = $1", li)
    assert after != before
    assert "m=128" in after
    await browser().sign_in()
