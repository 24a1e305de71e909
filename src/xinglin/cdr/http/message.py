"""One request and one response, as the interactions see them: no framework object in between.

https://asgi.readthedocs.io/en/latest/specs/www.html; https://hl7.org/fhir/R4/http.html
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any

import msgspec

from . import headers, negotiation, query

if TYPE_CHECKING:
    from xinglin.cdr.access import Access

    from .routes import Place

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Header = tuple[bytes, bytes]

_NO_PREFERENCE = headers.Prefer()


class Response(msgspec.Struct):
    """Status, headers and body; a body that is a stream is sent in chunks."""

    status: int
    body: bytes | AsyncIterator[bytes] = b""
    headers: list[Header] = []
    type: bytes | None = None  # None: what was negotiated


class Request:
    """A view of an ASGI scope; everything but the method and the headers is read when asked for."""

    __slots__ = (
        *("_pairs", "_raw", "base", "interaction", "method", "query_string", "receive", "scope"),
        *("access", "bundle", "count", "form", "id", "patients", "place", "written"),
    )

    def __init__(self, scope: Scope, receive: Receive, base: str | None, prefix: str) -> None:
        self.scope = scope
        self.receive = receive
        self.interaction = "unknown"  # until the address is known
        # What the audit is told: set on the way, as far as the request came.
        self.id = ""
        self.place: Place | None = None
        self.access: Access | None = None
        self.form = b""  # the body of a search by POST
        self.bundle: dict[str, Any] | None = None  # a batch or transaction
        self.written = ""  # the version that came into being
        self.patients: tuple[int, ...] = ()  # rids of those whose data go out
        self.count: int | None = None  # how many resources go out
        self.method: str = scope["method"]
        self.query_string: bytes = scope["query_string"]
        raw: list[Header] = scope["headers"]
        self._raw = dict(raw)
        if len(self._raw) != len(raw):
            self._raw = _joined(raw)
        self._pairs: query.Pairs | None = None
        self.base = base or self._own_base(prefix)

    def _own_base(self, prefix: str) -> str:
        host = self._raw.get(b"host", b"").decode("latin-1") or ":".join(self.scope["server"])
        return f"{self.scope['scheme']}://{host}{prefix}"

    def header(self, name: bytes) -> str | None:
        """A header by its lower-case name; repeated ones are joined by commas."""
        value = self._raw.get(name)
        return None if value is None else value.decode("latin-1")

    @property
    def pairs(self) -> query.Pairs:
        """The decoded query string, in order; raises Malformed."""
        if self._pairs is None:
            self._pairs = query.pairs(self.query_string) if self.query_string else []
        return self._pairs

    def parameter(self, name: str) -> str | None:
        """The last value of a query parameter."""
        found = None
        for key, value in self.pairs:
            if key == name:
                found = value
        return found

    @property
    def prefer(self) -> headers.Prefer:
        """The preferences of the client."""
        value = self._raw.get(b"prefer")
        return headers.prefer(value.decode("latin-1")) if value else _NO_PREFERENCE

    @property
    def language(self) -> headers.Lang:
        """The language for texts in the answer."""
        value = self._raw.get(b"accept-language")
        return headers.language(value.decode("latin-1")) if value else "en"

    def response_type(self, *, binary: bool = False) -> bytes:
        """The negotiated content type; raises NotAcceptable. A Binary is looked at later."""
        if binary:
            return negotiation.FHIR_JSON
        format_ = self.parameter("_format") if b"_format" in self.query_string else None
        accept = self._raw.get(b"accept")
        return negotiation.response_type(accept.decode("latin-1") if accept else None, format_)

    @property
    def pretty(self) -> bool:
        """Whether indented JSON was asked for."""
        return b"_pretty" in self.query_string and self.parameter("_pretty") == "true"


def _joined(raw: list[Header]) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    for name, value in raw:
        found[name] = found[name] + b", " + value if name in found else value
    return found
