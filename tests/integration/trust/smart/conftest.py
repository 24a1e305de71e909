"""The provider beside the sign-in of the neighbouring tests, and a client program."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
import pytest_asyncio
from tests.integration.trust.identity.conftest import (  # noqa: F401  fixtures
    ORIGIN,
    PASSWORD,
    Browser,
    browser,
    clock,
    demo,
    desk,
    employ,
    heard,
    ticks,
)

from xinglin.cdr.access import Access
from xinglin.cdr.assembly import Assembly, assemble
from xinglin.kernel.keyring import Keyring
from xinglin.trust.identity import Authoriser, Desk, Identity
from xinglin.trust.policy import RolePolicy
from xinglin.trust.room import Room
from xinglin.trust.smart import Client, Smart, queries
from xinglin.trust.smart.clients import checked

if TYPE_CHECKING:
    from tests.integration.trust.identity.conftest import Employ

    from xinglin.cdr.repository import Repository
    from xinglin.kernel.clock import FixedClock
    from xinglin.kernel.database import Database

BACK = "https://app.test/callback"
VERIFIER = secrets.token_urlsafe(48)
FHIR = f"{ORIGIN}/fhir"


def challenge(verifier: str = VERIFIER) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@pytest_asyncio.fixture
async def assembly(db: Database, clock: FixedClock) -> AsyncIterator[Assembly]:  # noqa: F811
    made = await assemble(db, clock)
    yield made
    await made.repository.close()


@pytest.fixture
def repository(assembly: Assembly) -> Repository:
    return assembly.repository


@pytest.fixture
def policy(assembly: Assembly, db: Database, ticks: Any) -> RolePolicy:  # noqa: F811
    return RolePolicy(assembly, db, tick=ticks)


@pytest.fixture
def authorise(repository: Repository, policy: RolePolicy, ticks: Any) -> Authoriser:  # noqa: F811
    return Authoriser(repository, policy=policy, monotonic=ticks)


class World:
    """What the clients of the provider say, and what they hear."""

    def __init__(self) -> None:
        self.pages: dict[str, Any] = {}
        self.heard: list[httpx.Request] = []
        self.down = False

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.heard.append(request)
        if self.down:
            raise httpx.ConnectError("down")
        page = self.pages.get(str(request.url))
        return httpx.Response(404) if page is None else httpx.Response(200, json=page)

    def http(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.MockTransport(self.answer))


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def smart(desk: Desk, repository: Repository, tmp_path: Path, world: World) -> Smart:  # noqa: F811
    return Smart(desk, repository, Keyring(tmp_path / "keys"), world.http)


@pytest.fixture
def root() -> Room:
    return Room("")


@pytest.fixture
def room(desk: Desk, smart: Smart, root: Room) -> Room:  # noqa: F811
    room = Room("/auth")
    Identity(desk).register(room)
    smart.register(room, root)
    return room


@pytest_asyncio.fixture
async def app(db: Database) -> Client:
    """A program in a browser or on a telephone."""
    return await registered(
        db,
        id="app",
        name_en="Growth chart",
        name_zh="生长曲线",
        redirects=(BACK,),
        launch_uri="https://app.test/launch",
        scopes="openid fhirUser profile launch launch/patient offline_access online_access"
        " user/*.cruds patient/*.rs",
    )


async def registered(db: Database, **values: Any) -> Client:
    client = checked(Client(**values))
    await queries.put_client(db, client)
    return client


@pytest_asyncio.fixture
async def boss(employ: Employ, repository: Repository, db: Database) -> int:  # noqa: F811
    """An operator with an entry in the directory, and two patients."""
    local = Access.local()
    await repository.update(local, "Practitioner", "boss", {"resourceType": "Practitioner"})
    for id_, name in (("p1", "王小明"), ("p2", "李小红")):
        patient = {"resourceType": "Patient", "name": [{"text": name}]}
        await repository.update(local, "Patient", id_, patient)
    number = await employ("boss", "operator")
    rid = await db.fetchval("select rid from resource where id = 'boss'")
    await db.execute("update account set practitioner = $1 where id = $2", rid, number)
    return number


def asked(**more: str) -> dict[str, str]:
    """The parameters of an authorization request."""
    plain = {
        "response_type": "code",
        "client_id": "app",
        "redirect_uri": BACK,
        "scope": "openid fhirUser user/Patient.rs",
        "state": "s1",
        "aud": FHIR,
        "nonce": "n1",
        "code_challenge": challenge(),
        "code_challenge_method": "S256",
    }
    return {name: value for name, value in (plain | more).items() if value != "-"}


def back(answer: httpx.Response) -> dict[str, str]:
    """What the program is told by the way back."""
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"].startswith(BACK), answer.headers["location"]
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


async def agree(page: Browser, given: dict[str, str] | None = None, **more: str) -> dict[str, str]:
    """See the page, press the button, come back with a code."""
    given = given or asked()
    seen = await page.http.get("authorize", params=given)
    if seen.status_code == 303:
        return back(seen)
    assert seen.status_code == 200, seen.text
    form = {**given, "csrf": page.csrf or "", "decision": "allow", **more}
    return back(await page.http.post("authorize", data=form))


async def fetch(page: Browser, code: str, **more: str) -> httpx.Response:
    """The program fetches its tokens; no cookie goes along."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": BACK,
        "client_id": "app",
        "code_verifier": VERIFIER,
        **more,
    }
    return await post(page, "token", form)


async def post(page: Browser, path: str, form: dict[str, str], **headers: str) -> httpx.Response:
    cookies, page.http.cookies = page.http.cookies, httpx.Cookies()
    try:
        sent = {name: value for name, value in form.items() if value != "-"}
        return await page.http.post(path, data=sent, headers=headers)
    finally:
        page.http.cookies = cookies
