"""The provider from afar: what it says of itself, its keys, its tokens; kept while it is down.

OpenID Connect Discovery 1.0 section 4; OpenID Connect Core 1.0 section 3.1.3.7 (validation).
"""

from __future__ import annotations

import asyncio
import base64
import json
import time
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote_plus

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from xinglin.kernel.errors import Issue, Unavailable
from xinglin.trust.smart.assertion import SKEW, bits, header_of
from xinglin.trust.smart.clients import web_fits

if TYPE_CHECKING:
    from collections.abc import Callable

    from xinglin.kernel.clock import Clock
    from xinglin.kernel.settings import ProviderSettings

# Asymmetric alone: the client's secret never verifies anything (RFC 8725 section 3.1).
ALGORITHMS: Final = {
    "RSA": ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    "EC": ("ES256", "ES384", "ES512"),
}
_CURVES: Final = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}
_FRESH: Final = 600.0  # seconds for which what it says is believed without asking
_AGAIN: Final = 20.0  # seconds until a provider that was down is asked again
_NEEDED: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")
TIMEOUT: Final = 5.0
_PATIENCE: Final = 1.5  # seconds that a sign-in page waits for news of it


class Remote:
    """One for each process."""

    def __init__(
        self,
        settings: ProviderSettings,
        clock: Clock,
        secret: str,
        http: Callable[[], httpx.AsyncClient] | None = None,
    ) -> None:
        self.settings = settings
        self.issuer = settings.issuer
        self._clock = clock
        self._secret = secret
        self._http = http or _client
        self._known: dict[str, Any] | None = None
        self._keys: list[dict[str, Any]] = []
        self._asked = float("-inf")
        self._failed = float("-inf")

    async def metadata(self) -> dict[str, Any]:
        """Its addresses; what it said before while it is down; raises Unavailable."""
        now = time.monotonic()
        if self._known is not None and now - self._asked < _FRESH:
            return self._known
        if now - self._failed < _AGAIN:
            return self._before()
        try:
            found = await self._get(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
            self._check_addresses(found)
            keys = await self._get(found["jwks_uri"])
        except (httpx.HTTPError, ValueError, TypeError):
            self._failed = now
            return self._before()
        self._known, self._asked, self._failed = found, now, float("-inf")
        self._keys = _usable(keys)
        return found

    def _check_addresses(self, found: dict[str, Any]) -> None:
        fine = all(web_fits(str(found.get(name, ""))) for name in _NEEDED)
        if found.get("issuer") != self.issuer or not fine:
            raise ValueError("another issuer, or no safe addresses")

    @property
    def down(self) -> bool:
        """Whether it did not answer when asked last."""
        return self._failed > self._asked

    async def look(self) -> None:
        """Ask whether it is there, if that is not known; never raises, never takes long."""
        try:
            await asyncio.wait_for(self.metadata(), _PATIENCE)
        except TimeoutError:
            self._failed = time.monotonic()
        except Unavailable:
            return

    async def exchange(self, code: str, verifier: str, redirect: str) -> dict[str, Any]:
        """The answer of its token endpoint to a code; raises Unavailable or ValueError."""
        found = await self.metadata()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect,
            "code_verifier": verifier,
        }
        methods = found.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        headers: dict[str, str] = {}
        if not self._secret:
            form["client_id"] = self.settings.client_id
        elif "client_secret_basic" in methods:
            pair = f"{quote_plus(self.settings.client_id)}:{quote_plus(self._secret)}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form |= {"client_id": self.settings.client_id, "client_secret": self._secret}
        try:
            async with self._http() as http:
                answer = await http.post(found["token_endpoint"], data=form, headers=headers)
        except httpx.HTTPError as error:
            self._failed = time.monotonic()
            raise _down() from error
        if answer.status_code != 200:
            raise ValueError("the code was not taken")
        return _object(answer)

    async def claims(self, token: str) -> dict[str, Any]:
        """The claims of a token of its own, for us, good now; raises ValueError."""
        await self.metadata()
        try:
            header = header_of(token)
            key = _key(self._keys, header)
            if key is None:
                key = _key(await self._renewed(), header)
            if key is None:
                raise ValueError("no such key")
            claims = jwt.decode(token, key, algorithms=[header["alg"]]).claims
            self._check(claims)
        except (JoseError, LookupError, TypeError, AttributeError) as error:
            raise ValueError("not a token of the provider") from error
        return claims

    async def _renewed(self) -> list[dict[str, Any]]:
        """The keys as they are now, at most every few seconds: it may have rotated them."""
        if time.monotonic() - self._asked > _AGAIN:
            self._asked = float("-inf")
            await self.metadata()
        return self._keys

    def _check(self, claims: dict[str, Any]) -> None:
        now = self._clock.now().timestamp()
        audience = claims.get("aud")
        meant: list[Any] = audience if isinstance(audience, list) else [audience]
        mine = self.settings.client_id
        if claims.get("iss") != self.issuer or mine not in meant:
            raise ValueError("iss, aud")
        if claims.get("azp", mine) != mine or (len(meant) > 1 and "azp" not in claims):
            raise ValueError("azp")
        expires, issued = claims.get("exp"), claims.get("iat")
        if not isinstance(expires, int | float) or expires <= now - SKEW:
            raise ValueError("exp")
        if not isinstance(issued, int | float) or issued > now + SKEW:
            raise ValueError("iat")
        if "nbf" in claims and claims["nbf"] > now + SKEW:
            raise ValueError("nbf")

    async def _get(self, url: str) -> dict[str, Any]:
        async with self._http() as http:
            answer = await http.get(url)
        answer.raise_for_status()
        return _object(answer)

    def _before(self) -> dict[str, Any]:
        if self._known is None:
            raise _down()
        return self._known


def _object(answer: httpx.Response) -> dict[str, Any]:
    found = json.loads(answer.content)
    if isinstance(found, dict):
        return found
    raise ValueError("no object")


def _usable(keys: dict[str, Any]) -> list[dict[str, Any]]:
    found: Any = keys.get("keys")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _key(keys: list[dict[str, Any]], header: dict[str, Any]) -> Any:
    """The one key that the token names and that fits its algorithm."""
    algorithm, kid = header.get("alg"), header.get("kid")
    fitting = [
        one
        for one in keys
        if (kid is None or one.get("kid") == kid)
        and one.get("use", "sig") == "sig"
        and algorithm in ALGORITHMS.get(str(one.get("kty")), ())
        and _CURVES.get(str(algorithm), one.get("crv")) == one.get("crv")
    ]
    if len(fitting) != 1:
        return None
    if fitting[0]["kty"] == "EC":
        return ECKey.import_key(fitting[0])
    return RSAKey.import_key(fitting[0]) if bits(fitting[0]["n"]) >= 2048 else None


def _client() -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False, trust_env=False)


def _down() -> Unavailable:
    return Unavailable(
        Issue(
            "transient",
            "The hospital's sign-in does not answer now. Those who are signed in can go on;"
            " try again in a minute, or sign in with a password of this platform.",
            "医院统一登录暂时没有响应。已登录者可继续使用；请稍后再试，或用本平台密码登录。",
        ),
        headers={"Retry-After": "20"},
    )
