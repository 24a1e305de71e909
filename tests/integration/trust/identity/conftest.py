"""A repository, an authoriser on it, and requests as the edge makes them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import pytest_asyncio
from tests.support.operator_alone import OperatorAlone

from xinglin.cdr.assembly import assemble
from xinglin.cdr.http import Request
from xinglin.kernel.clock import FixedClock
from xinglin.kernel.settings import SignInSettings
from xinglin.trust.identity import Authoriser, Desk, Event, Hasher, Identity, queries
from xinglin.trust.policy import shipped
from xinglin.trust.room import Room

if TYPE_CHECKING:
    from xinglin.cdr.repository import Repository
    from xinglin.kernel.database import Database


class Ticks:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def request(method: str = "GET", scheme: str = "http", **headers: str) -> Request:
    raw = [(k.replace("_", "-").encode(), v.encode("latin-1")) for k, v in headers.items()]
    scope: dict[str, Any] = {
        "method": method,
        "query_string": b"",
        "headers": [(b"host", b"localhost"), *raw],
        "scheme": scheme,
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 1),
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    return Request(scope, receive, None, "/fhir")


def bearer(token: str, method: str = "GET", **headers: str) -> Request:
    return request(method, authorization=f"Bearer {token}", **headers)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime.now(UTC))


@pytest_asyncio.fixture
async def repository(db: Database, clock: FixedClock) -> AsyncIterator[Repository]:
    assembly = await assemble(db, clock)
    yield assembly.repository
    await assembly.repository.close()


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def authorise(repository: Repository, ticks: Ticks) -> Authoriser:
    return Authoriser(repository, policy=OperatorAlone(), monotonic=ticks)


PASSWORD = "tall-giraffe-hums-42"
ORIGIN = "http://localhost:8080"


class Browser:
    """A client of the room with cookies and the CSRF token of its session, as our pages have."""

    def __init__(self, room: Room, address: str = "192.0.2.7", origin: str = ORIGIN) -> None:
        transport = httpx.ASGITransport(room, client=(address, 1234))  # pyright: ignore[reportArgumentType]
        self.http = httpx.AsyncClient(transport=transport, base_url=f"{origin}/auth/")
        self.csrf: str | None = None

    async def send(self, method: str, path: str, body: Any = None) -> httpx.Response:
        headers = {"X-CSRF-Token": self.csrf} if self.csrf else {}
        answer = await self.http.request(method, path, json=body, headers=headers)
        if answer.headers.get("content-type", "").startswith("application/json"):
            content = answer.json()
            if isinstance(content, dict) and "csrf" in content:
                self.csrf = content["csrf"]
        return answer

    async def post(self, path: str, **body: Any) -> httpx.Response:
        return await self.send("POST", path, body)

    async def get(self, path: str) -> httpx.Response:
        return await self.send("GET", path)

    async def sign_in(self, user: str = "li", password: str = PASSWORD, **more: Any) -> Any:
        answer = await self.post("sign-in", user=user, password=password, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    @property
    def cookie(self) -> str | None:
        return self.http.cookies.get("xinglin")


@pytest.fixture
def heard() -> list[Event]:
    return []


@pytest.fixture
def demo() -> list[bool]:
    """Whether there is demo data; a test may change it."""
    return [False]


@pytest.fixture
def desk(
    repository: Repository, authorise: Authoriser, heard: list[Event], demo: list[bool]
) -> Desk:
    async def hear(event: Event) -> None:
        heard.append(event)

    return Desk(
        repository,
        SignInSettings(),
        authorise,
        shipped(),
        demo=lambda: demo[0],
        audit=hear,
        hasher=Hasher(memory=64, rounds=1),
    )


@pytest.fixture
def room(desk: Desk) -> Room:
    room = Room("/auth")
    Identity(desk).register(room)
    return room


@pytest_asyncio.fixture
async def browser(room: Room) -> AsyncIterator[Callable[..., Browser]]:
    made: list[Browser] = []

    def make(address: str = "192.0.2.7") -> Browser:
        made.append(Browser(room, address))
        return made[-1]

    yield make
    for one in made:
        await one.http.aclose()


Employ = Callable[..., Awaitable[int]]


@pytest.fixture
def employ(desk: Desk) -> Employ:
    """Makes accounts with a password and a position."""

    async def make(
        user: str,
        role: str = "nurse",
        *,
        organization: int | None = None,
        password: str = PASSWORD,
        demo: bool = False,
    ) -> int:
        now = desk.clock.now()
        hash_ = await desk.hasher.hash(password) if password else ""
        number = await queries.add_account(desk.db, user, user, password=hash_, demo=demo)
        assert number
        if role:
            await queries.add_position(
                desk.db, number, role, organization=organization, units=(), since=now, until=None
            )
        return number

    return make


@pytest_asyncio.fixture
async def li(employ: Employ) -> int:
    """A nurse with a password."""
    return await employ("li")
