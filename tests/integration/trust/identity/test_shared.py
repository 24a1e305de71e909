"""Shared computers: a PIN on this device and in this shift, after a full sign-in, and not longer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from .conftest import PASSWORD, Browser, Employ

if TYPE_CHECKING:
    from xinglin.kernel.clock import FixedClock

Browsers = Callable[..., Browser]


async def ward(browser: Browsers, employ: Employ) -> Browser:
    """A computer at which two nurses have signed in and set their PINs."""
    computer = browser()
    for user, pin in (("wang", "4719"), ("zhao", "802365")):
        await employ(user)
        assert (await computer.sign_in(user, shared=True))["shared"]
        told = await computer.post("pin", pin=pin, password=PASSWORD)
        assert told.json()["pin"] is True
    return computer


async def test_colleagues_switch_by_pin(browser: Browsers, employ: Employ):
    computer = await ward(browser, employ)
    users = (await computer.get("shared")).json()
    assert [one["user"] for one in users] == ["wang", "zhao"]
    before = computer.cookie
    switched = await computer.post("switch", user="wang", pin="4719")
    assert switched.json()["account"]["user"] == "wang"
    assert switched.json()["shared"] is True
    assert switched.json()["stepUpUntil"] is None
    assert computer.cookie != before
    assert (await computer.get("sessions")).json()[0]["method"] == "pin"
    assert (await computer.post("step-up", pin="4719")).status_code == 200
    assert (await computer.post("step-up", pin="9174")).status_code == 403


async def test_the_pin_is_worth_nothing_elsewhere(browser: Browsers, employ: Employ):
    await ward(browser, employ)
    elsewhere = browser()
    assert (await elsewhere.get("shared")).json() == []
    assert (await elsewhere.post("switch", user="wang", pin="4719")).status_code == 401
    await employ("other")
    await elsewhere.sign_in("other", shared=True)
    assert (await elsewhere.post("switch", user="wang", pin="4719")).status_code == 401


async def test_the_pin_ends_with_the_shift(browser: Browsers, employ: Employ, clock: FixedClock):
    computer = await ward(browser, employ)
    for _ in range(11):
        clock.advance(timedelta(hours=1))
        assert (await computer.get("session")).json()["signedIn"] is False  # idle
        told = await computer.post("switch", user="wang", pin="4719")
        assert told.status_code == 200
    clock.advance(timedelta(minutes=59))
    assert (await computer.post("switch", user="wang", pin="4719")).status_code == 200
    clock.advance(timedelta(minutes=1))
    assert (await computer.get("session")).json()["signedIn"] is False
    assert (await computer.post("switch", user="wang", pin="4719")).status_code == 401
    assert (await computer.get("shared")).json() == []


async def test_four_wrong_pins_end_it(browser: Browsers, employ: Employ, clock: FixedClock):
    computer = await ward(browser, employ)
    for _ in range(4):
        assert (await computer.post("switch", user="wang", pin="1111")).status_code == 401
        clock.advance(timedelta(seconds=1))
    assert (await computer.post("switch", user="wang", pin="4719")).status_code == 401
    assert [one["user"] for one in (await computer.get("shared")).json()] == ["zhao"]
    assert (await computer.post("switch", user="zhao", pin="802365")).status_code == 200


async def test_a_pin_needs_password_full_sign_in_and_a_good_number(
    browser: Browsers, employ: Employ
):
    computer = await ward(browser, employ)
    assert (await computer.post("pin", pin="4719", password="wrong")).status_code == 403
    assert (await computer.post("pin", pin="1234", password=PASSWORD)).status_code == 422
    await computer.post("switch", user="wang", pin="4719")
    assert (await computer.post("pin", pin="5823", password=PASSWORD)).status_code == 403


async def test_a_new_password_ends_the_pin(browser: Browsers, employ: Employ):
    computer = await ward(browser, employ)
    done = await computer.post("password", old=PASSWORD, new="quiet-otter-sings-7")
    assert done.status_code == 200
    assert [one["user"] for one in (await computer.get("shared")).json()] == ["wang"]
