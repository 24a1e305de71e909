"""A repository, an authoriser on it, and requests as the edge makes them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from xinglin.cdr.assembly import assemble
from xinglin.cdr.http import Request
from xinglin.kernel.clock import FixedClock
from xinglin.trust.identity import Authoriser

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

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
    return Authoriser(repository, monotonic=ticks)
