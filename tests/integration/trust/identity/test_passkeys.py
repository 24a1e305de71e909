"""Passkeys by a software authenticator: made, used, and everything that must not work."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.authenticator import Authenticator, b64, unb64

from .conftest import ORIGIN, Browser, Employ

if TYPE_CHECKING:
    from xinglin.kernel.clock import FixedClock
    from xinglin.kernel.database import Database

Browsers = Callable[..., Browser]


async def registered(page: Browser, key: Authenticator | None = None) -> Authenticator:
    key = key or Authenticator(ORIGIN)
    options = (await page.post("passkeys/options")).json()
    assert options["authenticatorSelection"]["userVerification"] == "required"
    added = await page.post("passkeys", name="手机", credential=key.create(options))
    assert added.status_code == 200, added.text
    return key


async def signed(page: Browser, key: Authenticator) -> dict[str, Any]:
    return key.get((await page.post("passkey/options")).json())


async def test_a_passkey_signs_in_and_steps_up(li: int, browser: Browsers, clock: FixedClock):
    page = browser()
    await page.sign_in()
    key = await registered(page)
    assert [one["name"] for one in (await page.get("passkeys")).json()] == ["手机"]
    other = browser("203.0.113.5")
    told = await other.post("passkey", credential=await signed(other, key))
    assert told.status_code == 200, told.text
    assert told.json()["account"]["user"] == "li"
    assert told.json()["stepUpUntil"]
    clock.advance(timedelta(minutes=11))
    proof = await signed(other, key)
    assert (await other.post("step-up", passkey=proof)).json()["stepUpUntil"]


async def test_an_answer_is_good_once(li: int, browser: Browsers):
    page = browser()
    await page.sign_in()
    key = await registered(page)
    other = browser()
    credential = await signed(other, key)
    assert (await other.post("passkey", credential=credential)).status_code == 200
    for again in (browser(), other):
        assert (await again.post("passkey", credential=credential)).status_code == 401


async def test_what_was_tampered_with_is_refused(
    li: int, browser: Browsers, clock: FixedClock, db: Database
):
    page = browser()
    await page.sign_in()
    key = await registered(page)

    turn = 0

    async def tries(change: Callable[[dict[str, Any]], None], by: Authenticator = key) -> int:
        nonlocal turn
        turn += 1
        other = browser(f"198.51.100.{turn}")
        credential = await signed(other, by)
        change(credential)
        return (await other.post("passkey", credential=credential)).status_code

    def set_in(name: str, value: Any) -> Callable[[dict[str, Any]], None]:
        return lambda credential: credential["response"].update({name: value})

    def flip(name: str) -> Callable[[dict[str, Any]], None]:
        def change(credential: dict[str, Any]) -> None:
            raw = bytearray(unb64(credential["response"][name]))
            raw[-1] ^= 1
            credential["response"][name] = b64(bytes(raw))

        return change

    stranger = Authenticator(ORIGIN)
    evil = copy.copy(key)
    evil.origin = "http://evil.test"
    unseen = copy.copy(key)
    unseen.verified = False
    assert await tries(flip("signature")) == 401
    assert await tries(flip("authenticatorData")) == 401
    assert await tries(set_in("clientDataJSON", "e30")) == 401
    assert await tries(set_in("clientDataJSON", 7)) == 401
    assert await tries(lambda credential: credential.pop("id")) == 401
    assert await tries(lambda credential: credential.clear()) == 401
    assert await tries(lambda _: None, stranger) == 401
    assert await tries(lambda _: None, evil) == 401
    assert await tries(lambda _: None, unseen) == 401
    assert await tries(lambda _: clock.advance(timedelta(minutes=6))) == 401
    key.count = 40
    assert await tries(lambda _: None) == 200
    key.count = 3  # a copy of the key that counts by itself
    assert await tries(lambda _: None) == 401


async def test_a_passkey_is_of_one_account(li: int, employ: Employ, browser: Browsers):
    page = browser()
    await page.sign_in()
    key = await registered(page)
    await employ("mallory")
    mallory = browser()
    await mallory.sign_in("mallory")
    options = (await mallory.post("passkeys/options")).json()
    taken = await mallory.post("passkeys", credential=key.create(options))
    assert taken.status_code == 409
    proof = await signed(mallory, key)
    assert (await mallory.post("step-up", passkey=proof)).status_code == 403
    mine = (await page.get("passkeys")).json()[0]["id"]
    assert (await mallory.send("DELETE", f"passkeys/{mine}")).status_code == 404
    assert (await page.send("DELETE", f"passkeys/{mine}")).status_code == 204
    assert (
        await browser().post("passkey", credential=await signed(browser(), key))
    ).status_code == 401


async def test_a_registration_must_answer_its_own_challenge(li: int, browser: Browsers):
    page = browser()
    await page.sign_in()
    key = Authenticator(ORIGIN)
    made_up = key.create({"challenge": b64(b"x" * 32)})
    assert (await page.post("passkeys", credential=made_up)).status_code == 400
    sign_in = (await page.post("passkey/options")).json()
    assert (await page.post("passkeys", credential=key.create(sign_in))).status_code == 400
    unseen = Authenticator(ORIGIN, verified=False)
    options = (await page.post("passkeys/options")).json()
    assert (await page.post("passkeys", credential=unseen.create(options))).status_code == 400


@pytest.mark.parametrize(
    "credential", [{}, {"id": "x"}, {"id": 1, "response": {}}, {"response": []}]
)
async def test_nonsense_is_refused(li: int, browser: Browsers, credential: dict[str, Any]):
    page = browser()
    assert (await page.post("passkey", credential=credential)).status_code == 401
    await page.sign_in()
    assert (await page.post("passkeys", credential=credential)).status_code == 400
