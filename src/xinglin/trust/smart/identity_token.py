"""The identity token: who signed in, when, told to one program.

OpenID Connect Core 1.0 section 2; SMART App Launch 2.2 (fhirUser).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import queries

if TYPE_CHECKING:
    from xinglin.trust.identity.model import Account, Session
    from xinglin.trust.room import Ask

    from .provider import Provider

LIFETIME = 600  # seconds


async def identity_token(  # noqa: PLR0917  all that a token says
    provider: Provider,
    ask: Ask,
    client: str,
    account: Account,
    session: Session,
    scopes: tuple[str, ...],
    nonce: str,
) -> str:
    """A signed token."""
    now = int(provider.now().timestamp())
    claims: dict[str, Any] = {
        "iss": provider.issuer(ask),
        "aud": client,
        "iat": now,
        "exp": now + LIFETIME,
        "auth_time": int(session.created.timestamp()),
        "sid": await queries.session_sid(provider.db, session.id),
        **await person(provider, ask, account, scopes),
    }
    if nonce:
        claims["nonce"] = nonce
    return provider.keys.sign(claims)


async def person(
    provider: Provider, ask: Ask, account: Account, scopes: tuple[str, ...]
) -> dict[str, Any]:
    """Who it is, as far as the scopes let know."""
    told: dict[str, Any] = {"sub": await queries.subject(provider.db, account.id)}
    if "profile" in scopes:
        told["preferred_username"] = account.name
        told["name"] = account.name_zh or account.name_en or account.name
    if "fhirUser" in scopes or "profile" in scopes:
        own = await provider.reference(account.practitioner or account.patient)
        if own is not None:
            told["fhirUser"] = f"{provider.fhir(ask)}/{own}"
    return told
