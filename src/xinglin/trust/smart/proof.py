"""Which client it is, at the token endpoint and beside it.

RFC 6749 section 2.3; RFC 7523 section 2.2; one way of proof in a request.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from . import assertion, queries
from .clients import proves
from .refusals import OAuthRefusal, invalid_client

if TYPE_CHECKING:
    from xinglin.trust.room import Ask

    from .assertion import Assertions
    from .clients import Client
    from .provider import Provider


class Proof:
    """Knows all clients."""

    def __init__(self, provider: Provider, assertions: Assertions) -> None:
        self._provider = provider
        self._assertions = assertions

    async def client(self, ask: Ask, form: dict[str, str]) -> Client:
        """The client that asks; raises OAuthRefusal (invalid_client)."""
        basic = _basic(ask)
        signed = form.get("client_assertion")
        if basic and signed:
            raise OAuthRefusal("invalid_request", "Prove the client in one way only")
        if signed is not None:
            return await self._by_assertion(ask, form, signed)
        if basic:
            return await self._by_secret(ask, *basic)
        client = await queries.client(self._provider.db, form.get("client_id", "")[:200])
        if client is None or client.kind != "public" or "client_secret" in form:
            raise invalid_client()
        return client

    async def _by_assertion(self, ask: Ask, form: dict[str, str], signed: str) -> Client:
        if form.get("client_assertion_type") != assertion.TYPE:
            raise OAuthRefusal(
                "invalid_request", f"client_assertion_type has to be {assertion.TYPE}"
            )
        try:
            claimed = _claimed(signed)
        except (ValueError, LookupError, TypeError, AttributeError):
            raise invalid_client() from None
        client = await queries.client(self._provider.db, claimed)
        if client is None or client.kind != "key" or form.get("client_id", claimed) != claimed:
            raise invalid_client()
        issuer = self._provider.issuer(ask)
        await self._assertions.proves(client, signed, (f"{issuer}/auth/token", issuer))
        return client

    async def _by_secret(self, ask: Ask, id_: str, secret: str) -> Client:
        desk = self._provider.desk
        counted = await desk.limits.enter(f"client {id_[:200]}", desk.source(ask))
        client = await queries.client(self._provider.db, id_[:200])
        if client is None or client.kind != "secret" or not proves(client, secret):
            raise invalid_client()
        await desk.limits.succeeded(counted)
        return client


def _claimed(signed: str) -> str:
    """Who the assertion says it is from, not verified yet."""
    part = signed.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    found = claims["sub"]
    if not isinstance(found, str):
        raise TypeError("sub")
    return found[:200]


def _basic(ask: Ask) -> tuple[str, str] | None:
    header = ask.request.header(b"authorization") or ""
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise invalid_client() from None
    if not colon:
        raise invalid_client()
    return unquote_plus(name), unquote_plus(secret)
