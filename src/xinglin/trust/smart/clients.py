"""Programs that are registered: what they may ask for, where they may be sent.

RFC 6749 section 2; RFC 8252 (native apps); RFC 9700 section 4.1 (exact redirect addresses).
"""

from __future__ import annotations

import json
import re
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from xinglin.kernel.errors import Invalid, Issue
from xinglin.trust.identity import opaque
from xinglin.trust.policy import scopes

Kind = Literal["public", "secret", "key"]
_ID = re.compile(r"[A-Za-z0-9._~-]{1,100}")
_SCHEME = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+")  # RFC 8252 section 7.1
_LOOPBACK = frozenset(("127.0.0.1", "localhost", "::1"))


class Client(msgspec.Struct, frozen=True):
    """``kind``: public (PKCE alone), secret (a random one), key (signs assertions)."""

    id: str
    name_zh: str = ""
    name_en: str = ""
    kind: Kind = "public"
    secret: bytes | None = None
    jwks: str = ""
    jwks_uri: str = ""
    redirects: tuple[str, ...] = ()
    launch_uri: str = ""
    logout_uri: str = ""
    scopes: str = ""
    account: int | None = None
    trusted: bool = False
    introspects: bool = False
    active: bool = True

    def name(self, lang: str) -> str:
        """The name to show."""
        first, second = self.name_zh, self.name_en
        return (first or second if lang == "zh" else second or first) or self.id

    def allowed(self, asked: scopes.Scopes) -> scopes.Scopes:
        """What of the scopes asked for it is registered for."""
        mine = scopes.parse(self.scopes)
        clinical = [
            both
            for one in asked.clinical
            for own in mine.clinical
            if own.context == one.context and (both := scopes.intersect(one, own))
        ]
        named = tuple(one for one in asked.named if one in mine.named)
        return scopes.Scopes(scopes.canonical(clinical), named)


def checked(client: Client) -> Client:
    """A new client, its scopes in canonical order; raises Invalid or Malformed."""
    if not _ID.fullmatch(client.id):
        raise _refuse(
            "id", "1 to 100 letters, digits and . _ ~ -", "1 至 100 个字母、数字及 . _ ~ -"
        )
    for one in client.redirects:
        if not redirect_fits(one):
            raise _refuse(
                "redirect",
                f"{one[:200]}: https, http on loopback, or an own scheme with a dot; no fragment",
                f"{one[:200]}：应为 https、回环地址的 http，或带点的自有协议；不含片段",
            )
    for place, url in (
        ("launch", client.launch_uri),
        ("logout", client.logout_uri),
        ("jwks_uri", client.jwks_uri),
    ):
        if url and not web_fits(url):
            raise _refuse(
                place,
                f"{url[:200]}: https, or http on loopback",
                f"{url[:200]}：应为 https，或回环 http",
            )
    if client.kind == "key" and not client.jwks_uri:
        usable_keys(client.jwks)
    return msgspec.structs.replace(client, scopes=str(scopes.parse(client.scopes)))


def usable_keys(text: str) -> list[dict[str, Any]]:
    """The public keys of a JWK set; raises Invalid."""
    try:
        keys: Any = json.loads(text)["keys"]
        found = [dict(one) for one in keys if one.get("kty") in ("RSA", "EC")]
    except (ValueError, KeyError, TypeError, AttributeError):
        found = []
    if not found or any(set(one) & {"d", "p", "q", "k"} for one in found):
        raise _refuse(
            "jwks",
            "a JSON Web Key Set with public RSA or EC keys only",
            "应为只含 RSA 或 EC 公钥的 JWK 集合",
        )
    return found


def redirect_fits(url: str) -> bool:
    """Whether an address may be registered as the way back."""
    split = urlsplit(url)
    if "#" in url or any(not 33 <= ord(one) <= 126 for one in url):
        return False
    return web_fits(url) or (bool(_SCHEME.fullmatch(split.scheme)) and not split.username)


def web_fits(url: str) -> bool:
    """https, or http on this machine; without name and password in it."""
    try:
        split = urlsplit(url)
        host = split.hostname
    except ValueError:
        return False
    if not host or split.username is not None or "@" in split.netloc:
        return False
    return split.scheme == "https" or (split.scheme == "http" and host in _LOOPBACK)


def proves(client: Client, secret: str) -> bool:
    """Whether it is the client's secret."""
    given = opaque.hashed(secret)
    return client.secret is not None and opaque.same(given.hex(), client.secret.hex())


def _refuse(place: str, en: str, zh: str) -> Invalid:
    return Invalid(Issue("value", f"{place}: {en}", f"{place}：{zh}", (place,)))
