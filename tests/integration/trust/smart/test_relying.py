"""Sign-in at the hospital's own provider, which here is a second Xinglin with its own database."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import pytest_asyncio
from joserfc import jwt
from joserfc.jwk import ECKey
from tests.integration.trust.identity.conftest import ORIGIN, Browser, Employ
from tests.support.operator_alone import OperatorAlone

from xinglin.cdr.assembly import assemble
from xinglin.kernel.database import Database
from xinglin.kernel.settings import ProviderSettings, SignInSettings
from xinglin.trust.identity import Authoriser, Desk, Hasher, Identity, opaque, queries
from xinglin.trust.policy import shipped
from xinglin.trust.room import Room
from xinglin.trust.smart.relying import Relying, Remote
from xinglin.trust.smart.relying.room import local

from .conftest import registered

if TYPE_CHECKING:
    from xinglin.kernel.clock import FixedClock
    from xinglin.trust.smart import Smart

HERE = "http://localhost:9090"
SECRET = "the secret of the hospital"


class Wire:
    """Between the two: what one asks the other goes to its rooms, unless the wire is cut."""

    def __init__(self) -> None:
        self.rooms: dict[str, Callable[[str], Room]] = {}
        self.cut = False
        self.changed: dict[str, Any] = {}

    def http(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.MockTransport(self._pass))

    async def _pass(self, request: httpx.Request) -> httpx.Response:
        if self.cut:
            raise httpx.ConnectError("cut")
        if request.url.path in self.changed:
            return httpx.Response(200, json=self.changed[request.url.path])
        origin = f"http://{request.url.netloc.decode()}"
        room = self.rooms[origin](request.url.path)
        transport = httpx.ASGITransport(room, client=("192.0.2.200", 1))  # pyright: ignore[reportArgumentType]
        async with httpx.AsyncClient(transport=transport) as http:
            answer = await http.request(
                request.method, request.url, content=request.content, headers=request.headers
            )
        return httpx.Response(answer.status_code, content=answer.content)


class Hospital:
    """The platform that signs people in elsewhere."""

    def __init__(self, desk: Desk, remote: Remote, room: Room) -> None:
        self.desk, self.remote, self.room = desk, remote, room

    def page(self) -> Browser:
        return Browser(self.room, "192.0.2.50", HERE)


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest_asyncio.fixture
async def hospital(
    fresh: Callable[[], Awaitable[str]], clock: FixedClock, wire: Wire
) -> AsyncIterator[Hospital]:
    async with await Database.open(await fresh(), min_size=1, max_size=4) as db:
        assembly = await assemble(db, clock)
        authorise = Authoriser(assembly.repository, policy=OperatorAlone())
        hasher = Hasher(memory=64, rounds=1)
        desk = Desk(assembly.repository, SignInSettings(), authorise, shipped(), hasher=hasher)
        settings = ProviderSettings(issuer=ORIGIN, name="统一登录")
        remote = Remote(settings, clock, SECRET, wire.http)
        room = Room("/auth")
        identity, relying = Identity(desk), Relying(desk, remote)
        identity.register(room)
        relying.register(room)
        identity.signing_in.provider = relying.shown
        wire.rooms[HERE] = lambda _: room
        await queries.add_account(db, "li", "li")
        yield Hospital(desk, remote, room)
        await assembly.repository.close()


@pytest_asyncio.fixture
async def provider(
    wire: Wire, room: Room, root: Room, smart: Smart, db: Database, employ: Employ
) -> None:
    wire.rooms[ORIGIN] = lambda path: room if path.startswith("/auth/") else root
    smart.logout._http = wire.http
    await registered(
        db,
        id="xinglin",
        kind="secret",
        secret=opaque.hashed(SECRET),
        redirects=(f"{HERE}/auth/provider/callback",),
        logout_uri=f"{HERE}/auth/provider/logout",
        scopes="openid profile",
        trusted=True,
    )
    await employ("li")


async def through(page: Browser, there: Browser, next_: str = "/patients") -> httpx.Response:
    """Click, be sent there and back; the answer of the callback."""
    sent = await page.http.get("provider", params={"next": next_})
    assert sent.status_code == 303, sent.text
    agreed = await there.http.get(sent.headers["location"])
    assert agreed.status_code == 303, agreed.text
    return await page.http.get(agreed.headers["location"])


async def at_the_provider(browser: Callable[..., Browser]) -> Browser:
    there = browser()
    await there.sign_in("li")
    return there


async def test_there_and_back(hospital: Hospital, provider: None, browser: Callable[..., Browser]):
    page = hospital.page()
    shown = (await page.get("session")).json()["provider"]
    assert shown == {"name": "统一登录", "url": "/auth/provider"}
    back = await through(page, await at_the_provider(browser))
    assert back.status_code == 303
    assert back.headers["location"] == "/patients"
    told = (await page.get("session")).json()
    assert told["account"]["user"] == "li"
    assert told["stepUpUntil"]  # signed in there just now
    linked = await hospital.desk.db.fetchrow("select * from provider_subject")
    assert linked
    # From now on it is the person that counts, not the name.
    await hospital.desk.db.execute(
        "update account set folded = 'wei', name = 'wei' where name = 'li'"
    )
    await through(hospital.page(), await at_the_provider(browser))


async def test_signing_out_there_signs_out_here(
    hospital: Hospital, provider: None, browser: Callable[..., Browser], smart: Smart
):
    page, there = hospital.page(), await at_the_provider(browser)
    await through(page, there)
    await there.post("sign-out")
    assert await smart.logout.once() == 1
    assert (await page.get("session")).json()["signedIn"] is False


async def test_while_the_provider_is_down_those_signed_in_go_on(
    hospital: Hospital, provider: None, browser: Callable[..., Browser], wire: Wire
):
    page = hospital.page()
    await through(page, await at_the_provider(browser))
    wire.cut = True
    hospital.remote._asked = float("-inf")
    assert (await page.get("session")).json()["signedIn"] is True
    other = hospital.page()
    shown = (await other.get("session")).json()["provider"]
    assert "统一登录" in shown["down"]["zh"]
    assert "go on" in shown["down"]["en"]
    # Its addresses are still known: whoever tries is told by the callback at the latest.
    fresh = Remote(hospital.remote.settings, hospital.desk.clock, SECRET, wire.http)
    room = Room("/auth")
    Relying(hospital.desk, fresh).register(room)
    refused = await Browser(room, origin=HERE).http.get("provider")
    assert refused.status_code == 503
    assert "go on" in refused.text


async def test_a_callback_belongs_to_the_browser_that_began(
    hospital: Hospital, provider: None, browser: Callable[..., Browser]
):
    there, attacker, victim = await at_the_provider(browser), hospital.page(), hospital.page()
    sent = await attacker.http.get("provider")
    agreed = (await there.http.get(sent.headers["location"])).headers["location"]
    planted = await victim.http.get(agreed)
    assert planted.status_code == 400
    assert (await victim.get("session")).json()["signedIn"] is False
    assert (await attacker.http.get(agreed)).status_code == 400  # and it was good once
    for params in ({}, {"state": "x", "code": "y"}, {"error": "access_denied"}):
        assert (await attacker.http.get("provider/callback", params=params)).status_code == 400
    sent = await attacker.http.get("provider")
    agreed = (await there.http.get(sent.headers["location"])).headers["location"]
    mixed = httpx.URL(agreed).copy_set_param("iss", "https://evil.test")
    assert (await attacker.http.get(mixed)).status_code == 400


async def test_names_open_no_foreign_account(
    hospital: Hospital, provider: None, browser: Callable[..., Browser], employ: Employ
):
    await employ("admin2", password="tall-giraffe-hums-42")
    for user, status in (("admin2", 403),):
        there = browser()
        await there.sign_in(user)
        assert (await through(hospital.page(), there)).status_code == status
    db = hospital.desk.db
    await db.execute("update account set name = 'admin2', folded = 'admin2' where name = 'admin'")
    there = browser()
    await there.sign_in("admin2")
    assert (await through(hospital.page(), there)).status_code == 403  # the operator: never by name
    await through(hospital.page(), await at_the_provider(browser))
    await db.execute("update provider_subject set subject = 'somebody else'")
    again = await through(hospital.page(), await at_the_provider(browser))
    assert again.status_code == 403  # another person of the same name


def claims(hospital: Hospital, **more: Any) -> dict[str, Any]:
    now = int(hospital.desk.clock.now().timestamp())
    plain = {"iss": ORIGIN, "aud": "xinglin", "sub": "s", "iat": now, "exp": now + 300}
    return {name: value for name, value in (plain | more).items() if value is not None}


async def test_tokens_of_the_provider_are_verified(
    hospital: Hospital, provider: None, smart: Smart
):
    remote = hospital.remote
    assert (await remote.claims(smart.keys.sign(claims(hospital))))["sub"] == "s"
    now = int(hospital.desk.clock.now().timestamp())
    for bad in (
        {"iss": "https://evil.test"},
        {"iss": ORIGIN + "/"},
        {"aud": "other"},
        {"aud": ["xinglin", "other"]},
        {"azp": "other"},
        {"exp": now - 61},
        {"exp": None},
        {"exp": "x"},
        {"iat": now + 61},
        {"iat": None},
        {"nbf": now + 61},
    ):
        with pytest.raises(ValueError):
            await remote.claims(smart.keys.sign(claims(hospital, **bad)))
    assert await remote.claims(smart.keys.sign(claims(hospital, exp=now - 50)))  # skew
    kid = smart.keys.public()["keys"][0]["kid"]
    other = ECKey.generate_key("P-256", {"kid": kid})
    forged = jwt.encode({"alg": "ES256", "kid": kid}, claims(hospital), other)
    none = ".".join(
        base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode()
        for one in ({"alg": "none", "kid": kid}, claims(hospital))
    )
    for token in (forged, none + ".", "", "a.b.c", "x"):
        with pytest.raises(ValueError):
            await remote.claims(token)


async def test_keys_that_rotate_are_fetched_again(hospital: Hospital, provider: None, smart: Smart):
    remote = hospital.remote
    await remote.claims(smart.keys.sign(claims(hospital)))
    smart.keys.rotate()
    token = smart.keys.sign(claims(hospital))
    remote._asked -= 30
    assert await remote.claims(token)


async def test_a_provider_that_says_it_is_another_is_not_believed(
    hospital: Hospital, provider: None, wire: Wire
):
    for said in (
        {"issuer": "https://evil.test"},
        {"issuer": ORIGIN},
        {"issuer": ORIGIN, "authorization_endpoint": "javascript:x", "token_endpoint": "x"},
        [],
    ):
        wire.changed["/.well-known/openid-configuration"] = said
        hospital.remote._failed = float("-inf")
        assert (await hospital.page().http.get("provider")).status_code == 503


async def test_logout_tokens_are_verified(hospital: Hospital, provider: None, smart: Smart):
    event = {"http://schemas.openid.net/event/backchannel-logout": {}}
    page = hospital.page()

    async def send(**more: Any) -> int:
        token = smart.keys.sign(claims(hospital, **({"events": event, "jti": "j"} | more)))
        answer = await page.http.post("provider/logout", data={"logout_token": token})
        return answer.status_code

    assert await send(events=None) == 400
    assert await send(nonce="n") == 400
    assert await send(jti=None) == 400
    assert await send(sub=None) == 400
    assert await send(aud="other") == 400
    assert await send() == 200
    assert await send() == 400  # replayed
    answer = await page.http.post("provider/logout", data={"logout_token": "x"})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("next_", "goes"),
    [
        ("/", "/"),
        ("/patients?x=1#y", "/patients?x=1#y"),
        ("//evil.test", "/"),
        ("/\\evil.test", "/"),
        ("https://evil.test", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\r\nSet-Cookie: x", "/"),
        ("/a\\b", "/"),
        ("", "/"),
    ],
)
def test_only_pages_of_ours_are_gone_to(next_: str, goes: str):
    assert local(next_) == goes
