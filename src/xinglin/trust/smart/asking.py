"""A request to the authorization endpoint, checked in the order that keeps it from misuse.

RFC 6749 section 4.1.1; RFC 7636 (PKCE); RFC 9700 section 2.1; SMART App Launch 2.2, step 4.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit, urlunsplit

import msgspec

from xinglin.kernel.errors import Malformed
from xinglin.trust.policy import scopes

from . import queries
from .clients import Client
from .refusals import OAuthRefusal

if TYPE_CHECKING:
    from xinglin.kernel.database import Database

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
PASSED_ON = (
    *("response_type", "client_id", "redirect_uri", "scope", "state", "aud", "nonce", "launch"),
    *("code_challenge", "code_challenge_method", "prompt", "max_age", "login_hint"),
)
_NO_PLACE = "The program that sent you here is not registered, or with another address"


class Asked(msgspec.Struct, frozen=True):
    """What is asked for, with what of its scopes may be had."""

    client: Client
    redirect: str
    state: str
    scopes: scopes.Scopes
    challenge: str
    nonce: str
    launch: str
    prompt: str
    max_age: int | None
    given: dict[str, str]

    def back(self, issuer: str, **values: str) -> str:
        """The way back, with an answer."""
        return with_query(self.redirect, {**values, "state": self.state, "iss": issuer})


class Nowhere(OAuthRefusal):
    """It is not known where an answer may be sent: whoever sits there is told instead."""

    def __init__(self, told: str = _NO_PLACE) -> None:
        super().__init__("invalid_request", told)


class SentBack(OAuthRefusal):
    """The client is told; it is known and so is its address."""

    def __init__(self, code: str, told: str, redirect: str, state: str) -> None:
        super().__init__(code, told)
        self.redirect = redirect
        self.state = state

    def back(self, issuer: str) -> str:
        """The way back."""
        values = {"error": self.code, "error_description": self.told, "iss": issuer}
        return with_query(self.redirect, values | ({"state": self.state} if self.state else {}))


async def read(db: Database, given: dict[str, str], fhir: str) -> Asked:
    """Check a request; raises Nowhere while its sender is not known, then SentBack."""
    client = await queries.client(db, given.get("client_id", "")[:200])
    redirect = given.get("redirect_uri", "")
    if client is None or redirect not in client.redirects:
        raise Nowhere
    state = given.get("state", "")

    def refuse(code: str, told: str) -> SentBack:
        return SentBack(code, told, redirect, state)

    if given.get("response_type") != "code":
        raise refuse("unsupported_response_type", "response_type has to be code")
    if given.get("response_mode", "query") != "query" or "request" in given:
        raise refuse("invalid_request", "Only plain parameters are taken, answered in the query")
    if not state or len(state) > 2000:
        raise refuse("invalid_request", "state is needed")
    if given.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(
        given.get("code_challenge", "")
    ):
        raise refuse("invalid_request", "PKCE with code_challenge_method S256 is needed")
    try:
        asked = scopes.parse(given.get("scope", ""))
    except Malformed as wrong:
        raise refuse("invalid_scope", str(wrong)) from None
    allowed = client.allowed(asked)
    if any(one.context == "system" for one in asked.clinical) or not (
        allowed.clinical or allowed.named
    ):
        raise refuse("invalid_scope", "Nothing of this scope may be had by this program")
    aud = given.get("aud", "").rstrip("/")
    if aud != fhir and (aud or allowed.clinical):
        raise refuse("invalid_request", f"aud has to be the FHIR base, {fhir}")
    max_age = given.get("max_age")
    if max_age is not None and not (max_age.isascii() and max_age.isdigit() and len(max_age) < 9):
        raise refuse("invalid_request", "max_age is a number of seconds")
    return Asked(
        client=client,
        redirect=redirect,
        state=state,
        scopes=allowed,
        challenge=given["code_challenge"],
        nonce=given.get("nonce", "")[:500],
        launch=given.get("launch", "")[:200],
        prompt=given.get("prompt", ""),
        max_age=int(max_age) if max_age is not None else None,
        given={name: given[name] for name in PASSED_ON if name in given},
    )


def with_query(url: str, values: dict[str, str]) -> str:
    """An address with more in its query."""
    split = urlsplit(url)
    query = "&".join(part for part in (split.query, urlencode(values)) if part)
    return urlunsplit(split._replace(query=query))
