"""Refusals as OAuth tells them: a code, a text, and never a redirect to where nobody is known.

RFC 6749 sections 4.1.2.1 and 5.2; RFC 6750 section 3.1.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING

from xinglin.kernel.errors import Refusal
from xinglin.trust.room import Answer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    from xinglin.trust.room import Ask


class OAuthRefusal(Exception):
    """``code`` is one of RFC 6749; the text says what to do, in English as the standard wants."""

    def __init__(self, code: str, told: str, status: int = 400) -> None:
        super().__init__(told)
        self.code = code
        self.told = told
        self.status = status

    def answer(self) -> Answer:
        """As JSON."""
        headers: list[tuple[bytes, bytes]] = []
        if self.status == 401:
            headers.append((b"www-authenticate", b'Basic realm="xinglin"'))
        content = {"error": self.code, "error_description": self.told}
        return Answer(content, status=self.status, headers=headers)


def oauth(
    handler: Callable[[Any, Ask], Awaitable[Answer]],
) -> Callable[[Any, Ask], Awaitable[Answer]]:
    """A handler whose refusals are told as JSON of RFC 6749."""

    @wraps(handler)
    async def told(self: Any, ask: Ask) -> Answer:
        try:
            return await handler(self, ask)
        except OAuthRefusal as refused:
            return refused.answer()
        except Refusal as refused:
            if refused.status >= 429:
                raise
            return OAuthRefusal("invalid_request", str(refused)).answer()

    return told


def invalid_client() -> OAuthRefusal:
    """One answer to all that is wrong with a client's proof."""
    return OAuthRefusal("invalid_client", "The client is not known, or did not prove itself.", 401)


def invalid_grant() -> OAuthRefusal:
    """One answer to all that is wrong with a code or a refresh token."""
    return OAuthRefusal(
        "invalid_grant", "The code or token is not known, was used, or is over. Ask again."
    )
