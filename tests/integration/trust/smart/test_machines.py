"""SMART Backend Services: a machine proves itself by its key, and by nothing that looks like it."""

from __future__ import annotations

import base64
import hmac
import json
import secrets
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from tests.integration.trust.identity.conftest import Browser, bearer

from xinglin.trust.smart import assertion

from .conftest import ORIGIN, World, post, registered

if TYPE_CHECKING:
    from tests.integration.trust.identity.conftest import Employ

    from xinglin.kernel.clock import FixedClock
    from xinglin.kernel.database import Database
    from xinglin.trust.identity import Authoriser

Browsers = Callable[..., Browser]
RSA = RSAKey.generate_key(2048, {"kid": "r1"})
EC = ECKey.generate_key("P-384", {"kid": "e1"})
OTHER = ECKey.generate_key("P-384", {"kid": "e1"})
P256 = ECKey.generate_key("P-256", {"kid": "small"})
with warnings.catch_warnings(action="ignore"):
    SHORT = RSAKey.generate_key(1024, {"kid": "short"})
KEYS = {"keys": [one.as_dict(private=False) for one in (RSA, EC, P256, SHORT)]}


@pytest_asyncio.fixture
async def machine(employ: Employ, db: Database) -> int:
    number = await employ("analyser", "operator", password="")
    await registered(
        db,
        id="analyser",
        kind="key",
        jwks=json.dumps(KEYS),
        account=number,
        scopes="system/Observation.cruds system/Patient.rs",
    )
    return number


class Sender:
    def __init__(self, page: Browser, clock: FixedClock) -> None:
        self.page, self.clock = page, clock

    def claims(self, **more: Any) -> dict[str, Any]:
        now = int(self.clock.now().timestamp())
        plain = {
            "iss": "analyser",
            "sub": "analyser",
            "aud": f"{ORIGIN}/auth/token",
            "iat": now,
            "exp": now + 240,
            "jti": secrets.token_hex(8),
        }
        return {name: value for name, value in (plain | more).items() if value is not None}

    def signed(self, key: Any = EC, algorithm: str = "ES384", **more: Any) -> str:
        kid = more.pop("kid", key.kid)
        header = {"alg": algorithm, "kid": kid, **more.pop("header", {})}
        return jwt.encode(header, self.claims(**more), key, algorithms=[algorithm])

    async def send(self, signed: str, **more: str) -> Any:
        form = {
            "grant_type": "client_credentials",
            "scope": "system/Observation.rs",
            "client_assertion_type": assertion.TYPE,
            "client_assertion": signed,
            **more,
        }
        return await post(self.page, "token", form)


@pytest.fixture
def sender(machine: int, browser: Browsers, clock: FixedClock) -> Sender:
    return Sender(browser(), clock)


@pytest.mark.parametrize(("key", "algorithm"), [(EC, "ES384"), (RSA, "RS384")])
async def test_a_machine_gets_what_it_is_registered_for(
    sender: Sender, authorise: Authoriser, key: Any, algorithm: str
):
    answer = await sender.send(sender.signed(key, algorithm))
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["expires_in"] == 300
    assert told["scope"] == "system/Observation.rs"
    assert "refresh_token" not in told
    access = await authorise(bearer(told["access_token"]))
    assert access.allows("Observation", "r")
    assert not access.allows("Observation", "c")
    assert not access.allows("Patient", "r")


@pytest.mark.parametrize(
    ("scope", "granted"),
    [
        ("system/*.cruds", "system/Observation.cruds system/Patient.rs"),
        ("system/Patient.cruds", "system/Patient.rs"),
        ("system/Condition.rs", None),
        ("user/Patient.rs", None),
        ("system/Patient.rs user/Patient.rs", None),
        ("openid", None),
        ("", None),
    ],
)
async def test_scopes_are_cut_to_what_is_registered(
    sender: Sender, scope: str, granted: str | None
):
    told = (await sender.send(sender.signed(), scope=scope)).json()
    assert told.get("scope") == granted
    assert ("error" in told) is (granted is None)


async def test_an_assertion_is_good_once(sender: Sender):
    signed = sender.signed()
    assert (await sender.send(signed)).status_code == 200
    again = await sender.send(signed)
    assert again.status_code == 401
    assert again.json()["error"] == "invalid_client"
    same = sender.signed(jti="fixed")
    assert (await sender.send(same)).status_code == 200
    assert (await sender.send(sender.signed(jti="fixed"))).status_code == 401


BAD: dict[str, dict[str, Any]] = {
    "another key": {"key": OTHER},
    "no key name": {"kid": ""},
    "unknown key name": {"kid": "e9"},
    "other issuer": {"iss": "app"},
    "other subject": {"sub": "admin"},
    "for another server": {"aud": "https://evil.test/auth/token"},
    "for two": {"aud": [f"{ORIGIN}/auth/token", "https://evil.test"]},
    "for nobody": {"aud": None},
    "no expiry": {"exp": None},
    "expiry as text": {"exp": "9999999999"},
    "expiry as truth": {"exp": True},
    "expired": {"after": -400},
    "good for too long": {"exp": 99_999_999_999},
    "from the future": {"iat": 99_999_999_999},
    "not yet": {"nbf": 99_999_999_999},
    "no jti": {"jti": None},
    "jti a number": {"jti": 5},
    "weak curve": {"key": P256, "algorithm": "ES256"},
    "weak RSA": {"key": SHORT, "algorithm": "RS384"},
    "RS256": {"key": RSA, "algorithm": "RS256"},
    "PS384": {"key": RSA, "algorithm": "PS384"},
    "critical extension": {"header": {"crit": ["b64"], "b64": True}},
}


@pytest.mark.parametrize("name", BAD)
async def test_a_bad_assertion_is_refused(sender: Sender, name: str):
    bad = dict(BAD[name])
    after = bad.pop("after", 0)
    if after:
        now = int(sender.clock.now().timestamp())
        bad |= {"iat": now + after - 200, "exp": now + after}
    try:
        signed = sender.signed(**bad)
    except (
        JoseError,
        ValueError,
        TypeError,
    ):  # the library itself will not make it: put it together by hand
        signed = forged(
            {"alg": "ES384", "kid": "e1", **bad.pop("header", {})}, sender.claims(**bad)
        )
    answer = await sender.send(signed)
    assert answer.status_code == 401, answer.text
    assert answer.json()["error"] == "invalid_client"


def forged(header: dict[str, Any], claims: dict[str, Any], signature: bytes = b"") -> str:
    parts = (json.dumps(header).encode(), json.dumps(claims).encode(), signature)
    return ".".join(base64.urlsafe_b64encode(one).rstrip(b"=").decode() for one in parts)


async def test_algorithm_confusion(sender: Sender):
    public = json.dumps(KEYS["keys"][0]).encode()
    pem = RSA.as_pem(private=False)
    for key in (public, pem):
        for algorithm, hash_ in (("HS256", "sha256"), ("HS384", "sha384"), ("RS384", "sha384")):
            unsigned = forged({"alg": algorithm, "kid": "r1"}, sender.claims()).removesuffix(".")
            tag = hmac.digest(key, unsigned.encode(), hash_)
            token = f"{unsigned}.{base64.urlsafe_b64encode(tag).rstrip(b'=').decode()}"
            assert (await sender.send(token)).status_code == 401
    for algorithm in ("none", "None", "NONE", "", None, 5):
        for signature in (b"", b"x"):
            token = forged({"alg": algorithm, "kid": "r1"}, sender.claims(), signature)
            assert (await sender.send(token)).status_code == 401
    own = {"jwk": OTHER.as_dict(private=False), "jku": "https://evil.test/keys"}
    for header in (own, {"x5u": "https://evil.test"}):
        signed = sender.signed(OTHER, header=header)
        assert (await sender.send(signed)).status_code == 401


@pytest.mark.parametrize("signed", ["", ".", "..", "a.b.c", "e30.e30.", "x" * 5000, "é.é.é"])
async def test_nonsense_is_refused(sender: Sender, signed: str):
    assert (await sender.send(signed)).status_code == 401


@pytest.mark.parametrize(("ahead", "status"), [(50, 200), (-290, 200), (70, 401), (-310, 401)])
async def test_clocks_may_differ_by_a_minute(sender: Sender, ahead: int, status: int):
    now = int(sender.clock.now().timestamp())
    signed = sender.signed(iat=now + ahead, exp=now + ahead + 240)
    assert (await sender.send(signed)).status_code == status


async def test_one_way_of_proof_and_the_right_one(sender: Sender):
    wrong = await sender.send(sender.signed(), client_assertion_type="x")
    assert wrong.json()["error"] == "invalid_request"
    other = await sender.send(sender.signed(), client_id="app")
    assert other.json()["error"] == "invalid_client"
    form = {"grant_type": "client_credentials", "client_id": "analyser", "scope": "system/*.rs"}
    assert (await post(sender.page, "token", form)).status_code == 401
    basic = base64.b64encode(b"analyser:x").decode()
    answer = await post(sender.page, "token", form, authorization=f"Basic {basic}")
    assert answer.status_code == 401
    both = await post(
        sender.page,
        "token",
        {**form, "client_assertion": "x"},
        authorization=f"Basic {basic}",
    )
    assert both.json()["error"] == "invalid_request"


async def test_keys_at_an_address_are_fetched_and_kept(sender: Sender, world: World, db: Database):
    there = "https://analyser.test/jwks"
    await db.execute("update client set jwks = '', jwks_uri = $1", there)
    assert (await sender.send(sender.signed())).status_code == 401  # nothing there yet
    world.pages[there] = KEYS
    assert (await sender.send(sender.signed())).status_code == 200
    world.down = True
    assert (await sender.send(sender.signed())).status_code == 200
    asked = len(world.heard)
    for _ in range(5):
        assert (await sender.send(sender.signed(OTHER, kid="e9"))).status_code == 401
    assert len(world.heard) == asked


async def test_a_closed_account_or_client_gets_nothing(sender: Sender, db: Database):
    await db.execute("update account set active = false where name = 'analyser'")
    assert (await sender.send(sender.signed())).json()["error"] == "unauthorized_client"
    await db.execute("update client set active = false")
    assert (await sender.send(sender.signed())).json()["error"] == "invalid_client"
