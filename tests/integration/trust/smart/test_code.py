"""The authorization code flow: with everything right, and each thing wrong by itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from tests.integration.trust.identity.conftest import Browser, bearer

from xinglin.kernel.errors import Unauthenticated

from .conftest import BACK, FHIR, ORIGIN, agree, asked, back, challenge, fetch, post

if TYPE_CHECKING:
    from xinglin.kernel.clock import FixedClock
    from xinglin.kernel.database import Database
    from xinglin.trust.identity import Authoriser
    from xinglin.trust.room import Room
    from xinglin.trust.smart import Client

Browsers = Callable[..., Browser]
pytestmark = pytest.mark.usefixtures("app")


async def signed_in(browser: Browsers) -> Browser:
    page = browser()
    await page.sign_in("boss")
    return page


async def test_discovery(root: Room, browser: Browsers, room: Room):
    transport = httpx.ASGITransport(root)  # pyright: ignore[reportArgumentType]
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as http:
        smart = (await http.get("/fhir/.well-known/smart-configuration")).json()
        openid = (await http.get("/.well-known/openid-configuration")).json()
    assert smart["issuer"] == openid["issuer"] == ORIGIN
    assert smart["code_challenge_methods_supported"] == ["S256"]
    assert {"launch-ehr", "permission-v2", "client-public"} <= set(smart["capabilities"])
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "introspection_endpoint"):
        assert smart[name].startswith(f"{ORIGIN}/auth/")
    keys = (await browser().get("jwks")).json()["keys"]
    assert [one["alg"] for one in keys] == ["ES256"]
    assert all("d" not in one for one in keys)


async def test_from_the_page_to_the_record(
    boss: int, browser: Browsers, authorise: Authoriser, db: Database, clock: FixedClock
):
    page = await signed_in(browser)
    seen = await page.http.get("authorize", params=asked(), headers={"accept-language": "zh"})
    assert "生长曲线" in seen.text
    assert "<script" not in seen.text
    assert "form-action 'self' https://app.test" in seen.headers["content-security-policy"]
    told = await agree(page)
    assert told["state"] == "s1"
    assert told["iss"] == ORIGIN
    answer = await fetch(page, told["code"])
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    tokens = answer.json()
    assert tokens["token_type"] == "Bearer"
    assert tokens["scope"] == "openid fhirUser user/Patient.rs"
    assert "refresh_token" not in tokens
    keys = KeySet.import_key_set((await page.get("jwks")).json())
    claims = jwt.decode(tokens["id_token"], keys, algorithms=["ES256"]).claims
    assert claims["iss"] == ORIGIN
    assert claims["aud"] == "app"
    assert claims["nonce"] == "n1"
    assert claims["fhirUser"] == f"{FHIR}/Practitioner/boss"
    assert claims["exp"] - claims["iat"] == 600
    access = await authorise(bearer(tokens["access_token"]))
    assert access.allows("Patient", "r")
    assert not access.allows("Patient", "c")
    assert not access.allows("Observation", "r")
    userinfo = await page.http.get(
        "userinfo", headers={"authorization": f"Bearer {tokens['access_token']}"}
    )
    assert userinfo.json()["sub"] == claims["sub"]
    clock.advance(timedelta(minutes=15))
    with pytest.raises(Unauthenticated):
        await authorise(bearer(tokens["access_token"]))


async def test_whoever_agreed_once_is_not_asked_again_for_the_same(boss: int, browser: Browsers):
    page = await signed_in(browser)
    await agree(page)
    assert "code" in back(await page.http.get("authorize", params=asked()))
    more = asked(scope="openid user/Patient.rs user/Observation.rs")
    assert (await page.http.get("authorize", params=more)).status_code == 200
    again = asked(prompt="consent")
    assert (await page.http.get("authorize", params=again)).status_code == 200


async def test_nobody_signed_in_goes_to_sign_in_and_comes_back(boss: int, browser: Browsers):
    page = browser()
    sent = await page.http.get("authorize", params=asked())
    assert sent.status_code == 303
    assert sent.headers["location"].startswith("/sign-in?next=%2Fauth%2Fauthorize%3F")
    told = back(await page.http.get("authorize", params=asked(prompt="none")))
    assert told["error"] == "login_required"
    page = await signed_in(browser)
    told = back(await page.http.get("authorize", params=asked(prompt="none")))
    assert told["error"] == "consent_required"


async def test_an_old_sign_in_is_renewed_where_that_is_asked(
    boss: int, browser: Browsers, clock: FixedClock
):
    page = await signed_in(browser)
    clock.advance(timedelta(minutes=5))
    for more in ({"max_age": "200"}, {"prompt": "login"}):
        sent = await page.http.get("authorize", params=asked(**more))
        assert sent.headers["location"].startswith("/sign-in?next=")
        assert "prompt" not in sent.headers["location"]
        assert sent.headers["location"].endswith("&again=1")
    assert (await page.http.get("authorize", params=asked(max_age="400"))).status_code == 200


@pytest.mark.parametrize(
    "redirect",
    [
        "https://evil.test/callback",
        BACK + "/",
        BACK + "?x=1",
        BACK + "#x",
        "https://app.test/Callback",
        "https://app.test:443/callback",
        "http://app.test/callback",
        "//evil.test",
        "javascript:alert(1)",
        "https://app.test/callback/../evil",
        "https://app.test@evil.test/callback",
        "",
        "-",
    ],
)
async def test_no_open_redirect(boss: int, browser: Browsers, redirect: str):
    page = await signed_in(browser)
    for more in ({}, {"client_id": "nobody"}, {"response_type": "token"}):
        given = asked(redirect_uri=redirect, **more)
        answer = await page.http.get("authorize", params=given)
        assert answer.status_code == 400
        assert "location" not in answer.headers
        form = {**given, "decision": "allow", "csrf": page.csrf or ""}
        answer = await page.http.post("authorize", data=form)
        assert answer.status_code == 400
        assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"state": "-"}, "invalid_request"),
        ({"code_challenge": "-"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": "-"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"aud": "https://evil.test/fhir"}, "invalid_request"),
        ({"aud": "-"}, "invalid_request"),
        ({"scope": "nonsense"}, "invalid_scope"),
        ({"scope": "-"}, "invalid_scope"),
        ({"scope": "system/*.rs"}, "invalid_scope"),
        ({"scope": "user/Patient.rs system/*.rs"}, "invalid_scope"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"request": "eyJ"}, "invalid_request"),
        ({"scope": "launch openid user/Patient.r", "launch": "made-up"}, "invalid_request"),
        ({"scope": "launch openid user/Patient.r"}, "invalid_request"),
    ],
)
async def test_bad_requests_are_told_to_the_program(
    boss: int, browser: Browsers, more: dict[str, str], error: str
):
    page = await signed_in(browser)
    told = back(await page.http.get("authorize", params=asked(**more)))
    assert told["error"] == error
    assert "code" not in told
    assert told["iss"] == ORIGIN


async def test_a_parameter_that_comes_twice_is_refused(boss: int, browser: Browsers):
    page = await signed_in(browser)
    twice = [*asked().items(), ("redirect_uri", BACK)]
    assert (await page.http.get("authorize", params=twice)).status_code == 400


async def test_agreeing_needs_the_page_of_this_session(boss: int, browser: Browsers):
    page = await signed_in(browser)
    for csrf in ("", "0" * 64):
        form = {**asked(), "decision": "allow", "csrf": csrf}
        assert (await page.http.post("authorize", data=form)).status_code == 403
    refused = {**asked(), "decision": "deny", "csrf": page.csrf or ""}
    assert back(await page.http.post("authorize", data=refused))["error"] == "access_denied"


@pytest.mark.parametrize(
    "more",
    [
        {"code_verifier": "-"},
        {"code_verifier": "x" * 50},
        {"code_verifier": challenge()},
        {"redirect_uri": BACK + "/"},
        {"redirect_uri": "-"},
        {"client_id": "other"},
        {"client_id": "-"},
        {"client_secret": "x"},
        {"code": "made-up"},
        {"code": "-"},
        {"grant_type": "password"},
        {"grant_type": "-"},
        {"grant_type": "client_credentials", "scope": "system/*.rs"},
    ],
)
async def test_a_stolen_code_is_worth_nothing(boss: int, browser: Browsers, more: dict[str, str]):
    page = await signed_in(browser)
    code = (await agree(page))["code"]
    answer = await fetch(page, **({"code": code} | more))
    assert answer.status_code in (400, 401), answer.text
    assert set(answer.json()) == {"error", "error_description"}
    assert code not in answer.text


async def test_a_code_used_twice_ends_all_that_came_of_it(
    boss: int, browser: Browsers, authorise: Authoriser
):
    page = await signed_in(browser)
    code = (await agree(page))["code"]
    tokens = (await fetch(page, code)).json()
    await authorise(bearer(tokens["access_token"]))
    again = await fetch(page, code)
    assert again.json()["error"] == "invalid_grant"
    with pytest.raises(Unauthenticated):
        await authorise(bearer(tokens["access_token"]))


async def test_a_code_is_good_for_a_minute_and_in_its_session(
    boss: int, browser: Browsers, clock: FixedClock
):
    page = await signed_in(browser)
    code = (await agree(page))["code"]
    clock.advance(timedelta(seconds=61))
    assert (await fetch(page, code)).json()["error"] == "invalid_grant"
    code = (await agree(page))["code"]
    await page.post("sign-out")
    assert (await fetch(page, code)).json()["error"] == "invalid_grant"


async def test_signing_out_ends_the_tokens_of_the_session(
    boss: int, browser: Browsers, authorise: Authoriser
):
    page = await signed_in(browser)
    tokens = (await fetch(page, (await agree(page))["code"])).json()
    await authorise(bearer(tokens["access_token"]))
    await page.post("sign-out")
    with pytest.raises(Unauthenticated):
        await authorise(bearer(tokens["access_token"]))


async def test_a_patient_is_chosen_where_the_program_wants_one(
    boss: int, browser: Browsers, authorise: Authoriser, db: Database
):
    page = await signed_in(browser)
    given = asked(scope="launch/patient patient/Patient.rs")
    form = {**given, "csrf": page.csrf or ""}
    first = await page.http.get("authorize", params=given)
    assert 'value="allow"' not in first.text
    found = await page.http.post("authorize", data={**form, "find": "王小"})
    assert re.findall(r'value="(Patient/[^"]+)"', found.text) == ["Patient/p1"]
    for wrong in ("", "Patient/none", "Practitioner/boss", "p1"):
        answer = await page.http.post(
            "authorize", data={**form, "decision": "allow", "patient": wrong}
        )
        assert back(answer)["error"] == "access_denied"
    told = await agree(page, given, patient="Patient/p1")
    tokens = (await fetch(page, told["code"])).json()
    assert tokens["patient"] == "p1"
    access = await authorise(bearer(tokens["access_token"]))
    rid = await db.fetchval("select rid from resource where id = 'p1'")
    assert {one.patients for one in access.scopes} == {(rid,)}


async def test_a_page_of_ours_opens_a_program_with_its_patient(
    boss: int, browser: Browsers, employ: Any
):
    page = await signed_in(browser)
    opened = await page.post("launch", client="app", patient="Patient/p2", encounter="e1")
    url = httpx.URL(opened.json()["url"])
    assert url.params["iss"] == FHIR
    given = asked(scope="launch openid patient/Patient.rs", launch=url.params["launch"])
    await employ("mallory", "operator")
    mallory = browser()
    await mallory.sign_in("mallory")
    stolen = back(await mallory.http.get("authorize", params=given))
    assert stolen["error"] == "invalid_request"
    tokens = (await fetch(page, (await agree(page, given))["code"])).json()
    assert tokens["patient"] == "p2"
    assert tokens["encounter"] == "e1"
    again = back(await page.http.get("authorize", params=given))
    assert again["error"] == "invalid_request"
    for wrong in ({"patient": "Patient/none"}, {"client": "nobody"}):
        assert (await page.post("launch", **({"client": "app"} | wrong))).status_code == 403


async def test_an_authorization_request_may_come_by_post(boss: int, browser: Browsers):
    page = await signed_in(browser)
    answer = await page.http.post("authorize", data=asked())
    assert answer.status_code == 200
    assert 'value="allow"' in answer.text


async def test_the_page_cannot_be_made_to_run_anything(
    boss: int, browser: Browsers, db: Database, app: Client
):
    await db.execute("update client set name_en = '<img src=x onerror=alert(1)>'")
    page = await signed_in(browser)
    given = asked(state='"><script>alert(1)</script>', nonce="' onmouseover=x")
    text = (await page.http.get("authorize", params=given)).text
    assert "<script" not in text
    assert "<img" not in text
    assert "&lt;img" in text


async def test_a_token_for_one_thing_opens_no_other(boss: int, browser: Browsers):
    page = await signed_in(browser)
    tokens = (await fetch(page, (await agree(page))["code"])).json()
    headers = {"authorization": f"Bearer {tokens['access_token']}"}
    for path in ("accounts", "sessions"):
        answer = await page.http.get(path, headers=headers | {"cookie": ""})
        assert answer.status_code in (401, 403)
    answer = await post(page, "introspect", {"token": tokens["access_token"], "client_id": "app"})
    assert answer.status_code == 401
