"""A small JSON room beside /fhir: its addresses, bodies, answers and refusals.

https://asgi.readthedocs.io/en/latest/specs/www.html; RFC 9110; OWASP REST Security Cheat Sheet.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import msgspec

from xinglin.cdr.http import Request, Response, faults, query
from xinglin.cdr.http import body as bodies
from xinglin.kernel.errors import Issue, Malformed, NotAllowed, NotFound, UnsupportedMedia

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from xinglin.cdr.http import Receive, Scope, Send
    from xinglin.cdr.http.headers import Lang

    Handler = Callable[["Ask"], Awaitable["Answer"]]

T = TypeVar("T")
LARGEST = 64 * 1024
_JSON = b"application/json; charset=utf-8"
_ALWAYS = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]


class Answer(msgspec.Struct):
    """What a handler says. ``content`` bytes: as they are, of ``type``; else JSON."""

    content: Any = None
    status: int = 200
    headers: list[tuple[bytes, bytes]] = []
    type: bytes = _JSON

    def body(self) -> bytes:
        """The bytes to send."""
        if self.content is None:
            return b""
        return (
            self.content if isinstance(self.content, bytes) else msgspec.json.encode(self.content)
        )


class Ask:
    """One request; ``params`` are the parts of the address that the route left open."""

    def __init__(self, request: Request, params: tuple[str, ...], origin: str) -> None:
        self.request = request
        self.params = params
        self._origin = origin

    @property
    def lang(self) -> Lang:
        """The language for texts."""
        return self.request.language

    @property
    def address(self) -> str:
        """Where it comes from."""
        client: tuple[str, int] | None = self.request.scope.get("client")
        return client[0] if client else ""

    @property
    def browser(self) -> str:
        """What the client calls itself."""
        return (self.request.header(b"user-agent") or "")[:200]

    @property
    def origin(self) -> str:
        """The public address of the platform, without a slash at its end."""
        return self._origin or self.request.base

    @property
    def secure(self) -> bool:
        """Whether it is reached by TLS."""
        return self.origin.startswith("https:")

    def number(self, place: int = 0) -> int:
        """A number in the address; raises NotFound."""
        text = self.params[place]
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            raise missing()
        return int(text)

    def cookie(self, name: str) -> str | None:
        """A cookie; under TLS only the one that no other host can have set."""
        wanted = cookie_name(name, secure=self.secure)
        for part in (self.request.header(b"cookie") or "").replace(",", ";").split(";"):
            key, _, value = part.strip().partition("=")
            if key == wanted:
                return value or None
        return None

    async def json(self, kind: type[T]) -> T:
        """The body; raises Malformed or UnsupportedMedia (so that no form can send it)."""
        sent = (self.request.header(b"content-type") or "").split(";")[0].strip().lower()
        if sent != "application/json":
            raise UnsupportedMedia(
                Issue("not-supported", "Send application/json here", "此处请发送 application/json")
            )
        raw = await bodies.read(self.request, LARGEST)
        if b"\\u0000" in raw:
            raise Malformed(Issue("value", "No text has U+0000", "文本不能含 U+0000"))
        try:
            return msgspec.json.decode(raw, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            # The text of the error names a place, not what was sent.
            told = str(error)[:200]
            raise Malformed(
                Issue("structure", f"Cannot read the body: {told}", f"无法读取请求体：{told}")
            ) from None

    async def form(self) -> dict[str, str]:
        """A form; raises Malformed where a name comes twice (RFC 6749 section 3.1)."""
        sent = (self.request.header(b"content-type") or "").split(";")[0].strip().lower()
        if sent != "application/x-www-form-urlencoded":
            raise UnsupportedMedia(
                Issue(
                    "not-supported",
                    "Send application/x-www-form-urlencoded here",
                    "此处请发送 application/x-www-form-urlencoded",
                )
            )
        return once(query.pairs(await bodies.read(self.request, LARGEST), "http.body"))


class Room:
    """Addresses under a prefix."""

    def __init__(self, prefix: str, base_url: str = "") -> None:
        self._prefix = prefix
        self._origin = origin_of(base_url)
        self._routes: list[
            tuple[tuple[str, ...], dict[str, Callable[[Ask], Awaitable[Answer]]]]
        ] = []
        self._stem = os.urandom(6).hex()

    def add(self, method: str, path: str, handler: Handler) -> None:
        """``path`` below the prefix; ``{}`` stands for one open part."""
        parts = tuple(path.split("/"))
        for there, methods in self._routes:
            if there == parts:
                methods[method] = handler
                return
        self._routes.append((parts, {method: handler}))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive, None, "")
        try:
            answer = await self._answer(request)
            response = Response(answer.status, answer.body(), answer.headers, answer.type)
        except Exception as error:  # noqa: BLE001  this is where every error is mapped
            name = f"{self._stem}-{time.monotonic_ns():x}"
            response = faults.response_of(error, request.language, name)
            response.type = b"application/fhir+json; charset=utf-8"
        await _send(request, response, send)

    async def _answer(self, request: Request) -> Answer:
        raw: bytes = request.scope["raw_path"]
        path = query.unquote(raw[len(self._prefix) :], "http.path")
        parts = path.strip("/").split("/")
        for pattern, methods in self._routes:
            params = _fits(pattern, parts)
            if params is not None:
                handler = methods.get("GET" if request.method == "HEAD" else request.method)
                if handler is None:
                    raise _not_allowed(methods)
                return await handler(Ask(request, params, self._origin))
        raise missing()


def _fits(pattern: tuple[str, ...], parts: list[str]) -> tuple[str, ...] | None:
    if len(pattern) != len(parts):
        return None
    pairs = list(zip(pattern, parts, strict=True))
    if any(wanted not in ("{}", given) for wanted, given in pairs):
        return None
    return tuple(given for wanted, given in pairs if wanted == "{}")


async def _send(request: Request, response: Response, send: Send) -> None:
    body = response.body if isinstance(response.body, bytes) else b""
    given = {name for name, _ in response.headers}
    headers = [*response.headers, *((n, v) for n, v in _ALWAYS if n not in given)]
    if body:
        headers.append((b"content-type", response.type or _JSON))
    if response.status not in (204, 304):
        headers.append((b"content-length", b"%d" % len(body)))
    start = {"type": "http.response.start", "status": response.status, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else body})


def cookie_name(name: str, *, secure: bool) -> str:
    """Under TLS a browser takes a name with this prefix only from the very host, for all of it."""
    return f"__Host-{name}" if secure else name


def set_cookie(
    name: str, value: str, *, secure: bool, seconds: int | None = None
) -> tuple[bytes, bytes]:
    """A cookie that no script reads and no other site sends along with a form; 0 removes it."""
    parts = [f"{cookie_name(name, secure=secure)}={value}", "Path=/", "HttpOnly", "SameSite=Lax"]
    if secure:
        parts.append("Secure")
    if seconds is not None:
        parts.append(f"Max-Age={seconds}")
    return b"set-cookie", "; ".join(parts).encode()


def origin_of(url: str) -> str:
    """Scheme, host and port of an address."""
    split = urlsplit(url)
    return f"{split.scheme}://{split.netloc}" if split.netloc else ""


def once(pairs: query.Pairs) -> dict[str, str]:
    """Parameters that may each come once; raises Malformed."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed(
            Issue("structure", "A parameter comes more than once", "有参数重复出现", ("http",))
        )
    return found


def missing() -> NotFound:
    """The refusal for what is not there."""
    return NotFound(Issue("not-found", "There is nothing at this address", "此地址没有内容"))


def _not_allowed(methods: dict[str, Any]) -> NotAllowed:
    allowed = ", ".join(sorted(methods))
    return NotAllowed(
        Issue("not-supported", f"This address takes {allowed}", f"此地址可用：{allowed}"),
        headers={"Allow": allowed},
    )
