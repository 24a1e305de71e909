"""The endpoint with invented interactions: how errors, streams and headers leave it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest
import structlog

from xinglin.cdr.access import Access
from xinglin.cdr.http import Endpoint, Handlers, Place, Request, Response
from xinglin.cdr.interactions.result import Result
from xinglin.kernel.errors import Issue, NotFound

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

AT = datetime(2026, 11, 24, 3, 32, 18, 500_000, tzinfo=UTC)


class Client:
    """Asks an endpoint as granian does."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.sent: list[dict[str, Any]] = []

    async def ask(
        self, method: str, path: str, body: bytes = b"", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        self.sent = []
        raw, _, query = path.partition("?")
        scope = {
            "type": "http",
            "method": method,
            "raw_path": f"/fhir{raw}".encode(),
            "query_string": query.encode(),
            "scheme": "http",
            "server": ("127.0.0.1", "80"),
            "headers": [
                (b"host", b"h"),
                *((k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()),
            ],
        }

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            self.sent.append(message)

        await self.endpoint(scope, receive, send)
        start, *rest = self.sent
        content = b"".join(message["body"] for message in rest)
        return start["status"], {k.decode(): v.decode() for k, v in start["headers"]}, content


def client(error: Exception | None = None, response: Response | None = None) -> Client:
    async def read(request: Request, place: Place) -> Response:
        if error:
            raise error
        return response or Response(200, b'{"resourceType":"Patient"}')

    return Client(Endpoint({"read": read}, ("Patient",)))


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (NotFound(Issue("not-found", "en", "zh")), 404, "not-found"),
        (ConnectionRefusedError(), 503, "transient"),
        (asyncpg.CannotConnectNowError("starting up"), 503, "transient"),
        (asyncpg.ConnectionDoesNotExistError("gone"), 503, "transient"),
        (asyncpg.AdminShutdownError("bye"), 503, "transient"),
        (asyncpg.DiskFullError("full"), 503, "transient"),
        (asyncpg.TooManyConnectionsError("many"), 503, "transient"),
        (asyncpg.SerializationError("again"), 409, "conflict"),
        (asyncpg.DeadlockDetectedError("again"), 409, "conflict"),
        (asyncpg.UndefinedTableError("select secret from patient"), 500, "exception"),
        (KeyError("李明 1980-01-02"), 500, "exception"),
        (AssertionError(), 500, "exception"),
    ],
)
async def test_errors(error: Exception, status: int, code: str) -> None:
    with structlog.testing.capture_logs() as logs:
        answered, headers, body = await client(error).ask("GET", "/Patient/1")
    assert answered == status
    issue = json.loads(body)["issue"][0]
    assert issue["code"] == code
    assert "secret" not in body.decode()
    assert "李明" not in body.decode()
    assert ("retry-after" in headers) == (status == 503)
    if status == 500:
        assert headers["x-request-id"] in issue["details"]["text"]
        assert logs[0]["request"] == headers["x-request-id"]


async def test_unserved_interactions_are_told() -> None:
    status, _, body = await client().ask("DELETE", "/Patient/1")
    assert status == 501
    assert json.loads(body)["issue"][0]["code"] == "not-supported"


async def test_streams_are_sent_in_chunks() -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b"{"
        yield b"}"

    asked = client(response=Response(200, parts()))
    status, headers, body = await asked.ask("GET", "/Patient/1")
    assert (status, body) == (200, b"{}")
    assert "content-length" not in headers
    assert len(asked.sent) == 4


async def test_a_stream_that_breaks_is_not_ended() -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b"{"
        raise ConnectionResetError

    asked = client(response=Response(200, parts()))
    with structlog.testing.capture_logs(), pytest.raises(ConnectionResetError):
        await asked.ask("GET", "/Patient/1")
    assert asked.sent[-1]["more_body"] is True


class Repository:
    """Answers every read with version 3."""

    async def read(self, access: Access, type_: str, id_: str) -> Result:
        return Result(200, type_, id_, 3, AT, b'{"resourceType":"Patient"}')

    async def create(self, access: Access, type_: str, resource: Any, **how: Any) -> Result:
        return Result(201, type_, "1", 1, AT, b'{"resourceType":"Patient"}', "Patient/1/_history/1")

    async def delete(self, access: Access, type_: str, id_: str, **how: Any) -> Result:
        return Result(204, type_, id_, 4, AT)


@pytest.fixture
def repository() -> Client:
    async def authorise(request: Request) -> Access:
        return Access.local()

    handlers = Handlers(Repository(), authorise)  # pyright: ignore[reportArgumentType]
    return Client(Endpoint(handlers.table(), ("Patient",)))


async def test_read_carries_tag_and_date(repository: Client) -> None:
    status, headers, _ = await repository.ask("GET", "/Patient/1")
    assert status == 200
    assert headers["etag"] == 'W/"3"'
    assert headers["last-modified"] == "Tue, 24 Nov 2026 03:32:18 GMT"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"if_none_match": 'W/"3"'}, 304),
        ({"if_none_match": 'W/"1", W/"3"'}, 304),
        ({"if_none_match": "*"}, 304),
        ({"if_none_match": 'W/"2"'}, 200),
        ({"if_none_match": "3"}, 400),
        ({"if_modified_since": "Tue, 24 Nov 2026 03:32:18 GMT"}, 304),
        ({"if_modified_since": "Tue, 24 Nov 2026 03:32:17 GMT"}, 200),
        ({"if_modified_since": "soon"}, 200),
        (
            {"if_none_match": 'W/"2"', "if_modified_since": "Tue, 24 Nov 2026 03:32:18 GMT"},
            200,
        ),
    ],
)
async def test_conditional_read(repository: Client, headers: dict[str, str], status: int) -> None:
    answered, given, body = await repository.ask("GET", "/Patient/1", **headers)
    assert answered == status
    if status == 304:
        assert given["etag"] == 'W/"3"'
        assert body == b""


@pytest.mark.parametrize(
    ("prefer", "told"),
    [
        ("return=minimal", None),
        ("return=representation", "Patient"),
        ("return=OperationOutcome", "OperationOutcome"),
        ("", "Patient"),
    ],
)
async def test_create_answers_what_was_preferred(
    repository: Client, prefer: str, told: str | None
) -> None:
    status, headers, body = await repository.ask(
        "POST",
        "/Patient",
        b'{"resourceType":"Patient"}',
        content_type="application/fhir+json",
        prefer=prefer,
    )
    assert status == 201
    assert headers["location"] == "http://h/fhir/Patient/1/_history/1"
    assert (json.loads(body)["resourceType"] if body else None) == told


async def test_delete(repository: Client) -> None:
    status, headers, body = await repository.ask("DELETE", "/Patient/1")
    assert (status, body) == (204, b"")
    assert headers["etag"] == 'W/"4"'
    told = await repository.ask("DELETE", "/Patient/1", prefer="return=OperationOutcome")
    assert told[0] == 200
    assert json.loads(told[2])["resourceType"] == "OperationOutcome"
