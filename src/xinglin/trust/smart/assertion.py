"""A client proves itself by a signed assertion: exactly these algorithms, this address, once.

RFC 7523 section 3; SMART Backend Services (asymmetric authentication); RFC 8725 (JWT BCP).
"""

from __future__ import annotations

import base64
import json
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from xinglin.kernel.errors import Refusal
from xinglin.trust.identity import opaque

from . import queries
from .clients import usable_keys
from .refusals import invalid_client

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from .clients import Client
    from .provider import Provider

TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SKEW: Final = 60.0  # seconds that two clocks may differ
LONGEST: Final = 300.0  # seconds that an assertion may be good for
_LEAST_BITS: Final = 2048
_KEPT: Final = 300.0  # seconds for which fetched keys are believed
_LARGEST: Final = 256 * 1024


class Assertions:
    """Checks them; fetches keys where a client says where they are."""

    def __init__(
        self, provider: Provider, fetch: Callable[[], httpx.AsyncClient] | None = None
    ) -> None:
        self._provider = provider
        self._fetch = fetch or _http
        self._known: dict[str, tuple[float, list[dict[str, Any]]]] = {}

    async def proves(self, client: Client, assertion: str, audiences: Collection[str]) -> None:
        """Raises OAuthRefusal (invalid_client) unless the client made it, for us, just now."""
        keys = await self._keys(client)
        try:
            header = header_of(assertion)
            key = key_for(keys, header)
            if key is None and client.jwks_uri:
                key = key_for(await self._keys(client, afresh=True), header)
            claims = verified(assertion, key, header["alg"])
            now = self._provider.now().timestamp()
            expires = checked(claims, client.id, audiences, now)
        except (ValueError, LookupError, TypeError, AttributeError, JoseError):
            raise invalid_client() from None
        used = opaque.hashed(f"{client.id}\0{claims['jti']}")
        until = self._provider.now() + timedelta(seconds=expires - now + 2 * SKEW)
        if not await queries.fresh_assertion(self._provider.db, used, until):
            raise invalid_client()

    async def _keys(self, client: Client, *, afresh: bool = False) -> list[dict[str, Any]]:
        if not client.jwks_uri:
            return usable_keys(client.jwks)
        now = time.monotonic()
        kept = self._known.get(client.jwks_uri)
        # A stranger's key name must not make us ask the client again and again.
        if kept and now - kept[0] < (10.0 if afresh else _KEPT):
            return kept[1]
        try:
            async with self._fetch() as http:
                answer = await http.get(client.jwks_uri)
                answer.raise_for_status()
            found = usable_keys(answer.text[:_LARGEST])
        except (httpx.HTTPError, httpx.InvalidURL, Refusal):
            if kept:
                return kept[1]
            raise invalid_client() from None
        self._known[client.jwks_uri] = (now, found)
        return found


def verified(token: str, key: Any, algorithm: str) -> dict[str, Any]:
    """The claims, by this very algorithm; raises ValueError or JoseError."""
    if key is None:
        raise ValueError("no such key")
    return jwt.decode(token, key, algorithms=[algorithm]).claims


def _http() -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=5.0, follow_redirects=False, trust_env=False)


def header_of(token: str) -> dict[str, Any]:
    """The header, not verified yet; raises ValueError."""
    part = token.split(".", maxsplit=1)[0]
    found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    if not isinstance(found, dict) or "crit" in found:
        raise ValueError("no header that is understood")
    return found


def key_for(keys: list[dict[str, Any]], header: dict[str, Any]) -> Any:
    """The key by name, if it fits one of the two algorithms; never one that the token brings."""
    algorithm, kid = header.get("alg"), header.get("kid")
    for one in keys:
        if one.get("kid") != kid or not isinstance(kid, str):
            continue
        if algorithm == "RS384" and one.get("kty") == "RSA" and bits(one["n"]) >= _LEAST_BITS:
            return RSAKey.import_key(one)
        if algorithm == "ES384" and one.get("kty") == "EC" and one.get("crv") == "P-384":
            return ECKey.import_key(one)
    return None


def bits(number: str) -> int:
    """How many bits a number has that is written in base64url; raises ValueError."""
    raw = base64.urlsafe_b64decode(number + "=" * (-len(number) % 4))
    return int.from_bytes(raw).bit_length()


def checked(claims: dict[str, Any], client: str, audiences: Collection[str], now: float) -> float:
    """When it expires; raises ValueError."""
    audience = claims.get("aud")
    meant: list[Any] = audience if isinstance(audience, list) else [audience]
    expires: Any = claims.get("exp")
    jti = claims.get("jti")
    begins = [claims[name] for name in ("iat", "nbf") if name in claims]
    if not (isinstance(jti, str) and 0 < len(jti) <= 300):
        raise ValueError("jti")
    if not (claims.get("iss") == claims.get("sub") == client):
        raise ValueError("iss, sub")
    if len(meant) != 1 or meant[0] not in audiences:
        raise ValueError("aud")
    times = [expires, *begins]
    if any(isinstance(one, bool) or not isinstance(one, int | float) for one in times):
        raise ValueError("times")
    if not now - SKEW < expires <= now + LONGEST + SKEW:
        raise ValueError("exp")
    if any(one > now + SKEW for one in begins):
        raise ValueError("iat, nbf")
    return float(expires)
