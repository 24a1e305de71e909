"""Small answers outside the FHIR base: health, metrics, pages, plain errors.

https://asgi.readthedocs.io/en/latest/specs/www.html; RFC 9110.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xinglin.cdr.http import Send

SECURITY: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
)


async def send_bytes(
    send: Send,
    status: int,
    kind: bytes,
    body: bytes,
    *more: tuple[bytes, bytes],
    head: bool = False,
) -> None:
    """Send a complete answer."""
    headers: Sequence[tuple[bytes, bytes]] = [
        (b"content-type", kind),
        (b"content-length", b"%d" % len(body)),
        *SECURITY,
        *more,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else body})


async def send_json(
    send: Send, status: int, content: Any, *more: tuple[bytes, bytes], head: bool = False
) -> None:
    """Send JSON that must not be kept."""
    await send_bytes(
        send,
        status,
        b"application/json; charset=utf-8",
        msgspec.json.encode(content),
        (b"cache-control", b"no-store"),
        *more,
        head=head,
    )
