"""Refresh tokens that rotate, introspection, revocation, and programs told of a logout."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from tests.integration.trust.identity.conftest import Browser, bearer

from xinglin.kernel.errors import Unauthenticated
from xinglin.trust.identity import opaque
from xinglin.trust.smart.notices.queries import sweep

from .conftest import BACK, ORIGIN, World, agree, asked, fetch, post, registered

if TYPE_CHECKING:
    from xinglin.kernel.clock import FixedClock
    from xinglin.kernel.database import Database
    from xinglin.trust.identity import Authoriser
    from xinglin.trust.smart import Smart

Browsers = Callable[..., Browser]
pytestmark = pytest.mark.usefixtures("app")


async def tokens(browser: Browsers, scope: str) -> tuple[Browser, dict[str, Any]]:
    page = browser()
    await page.sign_in("boss")
    code = (await agree(page, asked(scope=scope)))["code"]
    return page, (await fetch(page, code)).json()


async def refresh(page: Browser, token: str, **more: str) -> Any:
    form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": "app", **more}
    return await post(page, "token", form)


async def test_a_refresh_token_rotates(boss: int, browser: Browsers, authorise: Authoriser):
    page, first = await tokens(browser, "offline_access user/Patient.rs")
    second = (await refresh(page, first["refresh_token"])).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert second["scope"] == first["scope"]
    await authorise(bearer(second["access_token"]))
    third = (await refresh(page, second["refresh_token"])).json()
    assert third["access_token"]


async def test_a_refresh_token_used_twice_ends_the_family(
    boss: int, browser: Browsers, authorise: Authoriser
):
    page, first = await tokens(browser, "offline_access user/Patient.rs")
    second = (await refresh(page, first["refresh_token"])).json()
    thief = await refresh(page, first["refresh_token"])
    assert thief.json()["error"] == "invalid_grant"
    assert (await refresh(page, second["refresh_token"])).json()["error"] == "invalid_grant"
    for one in (first, second):
        with pytest.raises(Unauthenticated):
            await authorise(bearer(one["access_token"]))


async def test_offline_outlives_the_session_and_online_does_not(
    boss: int, browser: Browsers, clock: FixedClock
):
    page, offline = await tokens(browser, "offline_access user/Patient.rs")
    other, online = await tokens(browser, "online_access user/Patient.rs")
    await page.post("sign-out")
    await other.post("sign-out")
    assert (await refresh(other, online["refresh_token"])).status_code == 400
    clock.advance(timedelta(days=89))
    later = (await refresh(page, offline["refresh_token"])).json()
    clock.advance(timedelta(days=2))  # the ninety days count from the first
    assert (await refresh(page, later["refresh_token"])).status_code == 400


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"client_id": "other"}, "invalid_client"),
        ({"refresh_token": "made-up"}, "invalid_grant"),
        ({"refresh_token": "-"}, "invalid_grant"),
        ({"scope": "offline_access user/Patient.cruds"}, "invalid_scope"),
        ({"scope": "offline_access user/*.rs"}, "invalid_scope"),
        ({"scope": "offline_access patient/Patient.rs"}, "invalid_scope"),
        ({"scope": "openid user/Patient.rs"}, "invalid_scope"),
        ({"scope": "nonsense"}, "invalid_scope"),
    ],
)
async def test_a_refresh_gives_no_more(
    boss: int, browser: Browsers, more: dict[str, str], error: str
):
    page, first = await tokens(browser, "offline_access user/Patient.rs")
    answer = await refresh(page, **({"token": first["refresh_token"]} | more))
    assert answer.json()["error"] == error
    fewer = await refresh(page, first["refresh_token"], scope="user/Patient.r")
    assert fewer.json()["scope"] == "user/Patient.r"


async def test_tokens_of_another_client_are_not_taken(boss: int, browser: Browsers, db: Database):
    await registered(db, id="other", redirects=(BACK,), scopes="user/*.rs")
    page, first = await tokens(browser, "offline_access user/Patient.rs")
    stolen = await refresh(page, first["refresh_token"], client_id="other")
    assert stolen.json()["error"] == "invalid_grant"
    revoked = await post(page, "revoke", {"token": first["refresh_token"], "client_id": "other"})
    assert revoked.status_code == 200  # RFC 7009: says nothing
    assert (await refresh(page, first["refresh_token"])).status_code == 200


async def test_an_access_token_is_no_refresh_token_nor_the_other_way(
    boss: int, browser: Browsers, authorise: Authoriser
):
    page, first = await tokens(browser, "offline_access user/Patient.rs")
    assert (await refresh(page, first["access_token"])).status_code == 400
    with pytest.raises(Unauthenticated):
        await authorise(bearer(first["refresh_token"]))


async def test_introspection_for_those_who_may(
    boss: int, browser: Browsers, db: Database, clock: FixedClock
):
    secret = opaque.new()
    await registered(db, id="gate", kind="secret", secret=opaque.hashed(secret), introspects=True)
    await registered(db, id="nosy", kind="secret", secret=opaque.hashed("nosy"))
    page, first = await tokens(browser, "offline_access user/Patient.rs")
    form = {"token": first["access_token"]}

    def basic(name: str, word: str) -> dict[str, str]:
        import base64

        return {"authorization": "Basic " + base64.b64encode(f"{name}:{word}".encode()).decode()}

    told = (await post(page, "introspect", form, **basic("gate", secret))).json()
    assert told["active"] is True
    assert told["client_id"] == "app"
    assert told["scope"] == "offline_access user/Patient.rs"
    assert told["fhirUser"] == f"{ORIGIN}/fhir/Practitioner/boss"
    assert (await post(page, "introspect", form, **basic("nosy", "nosy"))).json() == {
        "active": False
    }
    for headers in (basic("gate", "wrong"), basic("gone", "x"), {"authorization": "Basic !"}):
        refused = await post(page, "introspect", form, **headers)
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"].startswith("Basic")
    clock.advance(timedelta(minutes=16))
    told = (await post(page, "introspect", form, **basic("gate", secret))).json()
    assert told == {"active": False}


async def test_revoking(boss: int, browser: Browsers, authorise: Authoriser):
    page, first = await tokens(browser, "offline_access user/Patient.rs")
    form = {"token": first["refresh_token"], "client_id": "app"}
    assert (await post(page, "revoke", form)).status_code == 200
    with pytest.raises(Unauthenticated):
        await authorise(bearer(first["access_token"]))
    assert (await refresh(page, first["refresh_token"])).status_code == 400
    assert (await post(page, "revoke", {"token": "x", "client_id": "app"})).status_code == 200


async def test_a_position_that_ends_takes_the_token_along(
    boss: int, browser: Browsers, authorise: Authoriser, db: Database, ticks: Any
):
    _, first = await tokens(browser, "offline_access user/Patient.rs")
    await authorise(bearer(first["access_token"]))
    await db.execute("update position set until = now() - interval '1 s' where account = $1", boss)
    ticks.at += 2.5
    with pytest.raises(Exception, match="position"):
        await authorise(bearer(first["access_token"]))


async def test_programs_hear_of_a_logout(
    boss: int, browser: Browsers, smart: Smart, world: World, db: Database, clock: FixedClock
):
    there = "https://app.test/logout"
    await db.execute("update client set logout_uri = $1", there)
    world.pages[there] = {}
    page, first = await tokens(browser, "openid user/Patient.rs")
    assert await smart.logout.once() == 0
    keys = KeySet.import_key_set((await page.get("jwks")).json())
    sid = jwt.decode(first["id_token"], keys, algorithms=["ES256"]).claims["sid"]
    await page.post("sign-out")
    world.down = True
    assert await smart.logout.once() == 0
    world.down = False
    assert await smart.logout.once() == 0  # it waits before it tries again
    clock.advance(timedelta(seconds=11))
    assert await smart.logout.once() == 1
    sent = parse_qs(world.heard[-1].content.decode())["logout_token"][0]
    said = jwt.decode(sent, keys, algorithms=["ES256"])
    assert said.header["typ"] == "logout+jwt"
    assert said.claims["sid"] == sid
    assert said.claims["aud"] == "app"
    assert said.claims["iss"] == ORIGIN
    assert "nonce" not in said.claims
    assert list(said.claims["events"]) == ["http://schemas.openid.net/event/backchannel-logout"]
    assert await smart.logout.once() == 0


async def test_a_session_that_is_over_by_itself_is_told_too(
    boss: int, browser: Browsers, smart: Smart, world: World, db: Database, clock: FixedClock
):
    there = "https://app.test/logout"
    await db.execute("update client set logout_uri = $1", there)
    world.pages[there] = {}
    await tokens(browser, "openid user/Patient.rs")
    clock.advance(timedelta(minutes=61))
    assert await smart.logout.once() == 1


async def test_what_is_over_is_taken_away(
    boss: int, browser: Browsers, db: Database, clock: FixedClock
):
    await tokens(browser, "offline_access user/Patient.rs")
    await sweep(db, clock.now() + timedelta(days=3))
    assert await db.fetchval("select count(*) from authorization_code") == 0
    kinds = await db.fetch("select kind from token")
    assert [row["kind"] for row in kinds] == ["refresh"]
    assert await db.fetchval("select count(*) from session") == 1
    await sweep(db, clock.now() + timedelta(days=99))
    assert await db.fetchval("select count(*) from session") == 0


async def test_keys_rotate_and_old_tokens_still_verify(boss: int, browser: Browsers, smart: Smart):
    page, first = await tokens(browser, "openid user/Patient.rs")
    smart.keys.rotate()
    published = (await page.get("jwks")).json()
    assert len(published["keys"]) == 2
    keys = KeySet.import_key_set(published)
    assert jwt.decode(first["id_token"], keys, algorithms=["ES256"]).claims["aud"] == "app"
    _, second = await tokens(browser, "openid user/Patient.rs")
    kids = [
        jwt.decode(one["id_token"], keys, algorithms=["ES256"]).header["kid"]
        for one in (first, second)
    ]
    assert kids[0] != kids[1]
