"""What every answer goes through: proxies believed or not, limits, the headers that protect it.

https://www.w3.org/TR/CSP3/; RFC 6797 (HSTS); Fetch standard (CORP); docs/explanation/security.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xinglin.cdr.http import faults
from xinglin.cdr.http.headers import language
from xinglin.kernel.errors import TooMany

from .limits import Limits
from .proxies import Proxies

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from xinglin.cdr.http import Receive, Scope, Send
    from xinglin.kernel.settings import Settings

    App = Callable[[Scope, Receive, Send], Awaitable[None]]

Header = tuple[bytes, bytes]
# A page of ours says more (`pages`); what is no page may do nothing, should a browser show it.
ALWAYS: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (
        b"permissions-policy",
        (
            b"accelerometer=(), autoplay=(), browsing-topics=(), camera=(self), "
            b"display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), "
            b"microphone=(self), midi=(), payment=(), "
            b"usb=(), serial=()"
        ),
    ),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; sandbox"),
)
_HSTS: Header = (b"strict-transport-security", b"max-age=31536000")


class Transport:
    """An ASGI application around the platform's."""

    def __init__(self, app: App, settings: Settings, limits: Limits | None = None) -> None:
        self._app = app
        self._proxies = Proxies(settings.tls.proxies)
        self._limits = limits or Limits(settings.limits)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope = self._proxies.seen(scope)
        headed = _headed(send, strict=_strict(scope))
        try:
            self._limits.check(scope)
        except TooMany as refusal:
            await _refuse(refusal, scope, headed)
            return
        await self._app(scope, receive, headed)


def _strict(scope: Scope) -> bool:
    """Whether the browser is told to come by TLS alone; others live at localhost too."""
    if scope["scheme"] != "https":
        return False
    host = next((value for name, value in scope["headers"] if name == b"host"), b"")
    return not host.startswith(b"localhost")


def _headed(send: Send, *, strict: bool) -> Send:
    async def sending(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            headers: list[Header] = list(message["headers"])
            given = {name for name, _ in headers}
            headers += [one for one in ALWAYS if one[0] not in given]
            if strict:
                headers.append(_HSTS)
            message["headers"] = headers
        await send(message)

    return sending


async def _refuse(refusal: TooMany, scope: Scope, send: Send) -> None:
    asked = next((value for name, value in scope["headers"] if name == b"accept-language"), b"")
    response = faults.response_of(refusal, language(asked.decode("latin-1")), "")
    assert isinstance(response.body, bytes)  # noqa: S101  an OperationOutcome is no stream
    headers = [
        *response.headers,
        (b"content-type", b"application/fhir+json; charset=utf-8"),
        (b"content-length", b"%d" % len(response.body)),
    ]
    start = {"type": "http.response.start", "status": response.status, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": response.body})
