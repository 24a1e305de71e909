"""What a token is good for, ending one, and who it speaks for.

RFC 7662 (introspection); RFC 7009 (revocation); OpenID Connect Core 1.0 section 5.3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xinglin.kernel.errors import Forbidden, Issue
from xinglin.trust.identity import opaque
from xinglin.trust.identity import queries as accounts
from xinglin.trust.room import Answer

from . import queries
from .identity_token import person
from .refusals import invalid_client, oauth

if TYPE_CHECKING:
    from xinglin.trust.room import Ask, Room

    from .proof import Proof
    from .provider import Provider


class Introspection:
    """The handlers."""

    def __init__(self, provider: Provider, proof: Proof) -> None:
        self._provider = provider
        self._proof = proof

    def register(self, room: Room) -> None:
        """Put them into the room."""
        room.add("POST", "introspect", self.introspect)
        room.add("POST", "revoke", self.revoke)
        room.add("GET", "userinfo", self.userinfo)
        room.add("POST", "userinfo", self.userinfo)

    @oauth
    async def introspect(self, ask: Ask) -> Answer:
        """For a client that proved itself: its own tokens, or any where it may ask so."""
        provider = self._provider
        form = await ask.form()
        client = await self._proof.client(ask, form)
        if client.kind == "public":
            raise invalid_client()
        hash_ = opaque.hashed(form.get("token", ""))
        found = await queries.live_token(provider.db, hash_, provider.now())
        account = await accounts.account_by_id(provider.db, found.account) if found else None
        if not found or not account or not (client.introspects or found.client == client.id):
            return Answer({"active": False})
        told: dict[str, Any] = {
            "active": True,
            "scope": " ".join(found.scopes),
            "client_id": found.client,
            "username": account.name,
            "token_type": "Bearer" if found.kind == "access" else "refresh_token",
            "exp": int(found.expires.timestamp()),
            "iat": int(found.created.timestamp()),
            "iss": provider.issuer(ask),
            "aud": provider.fhir(ask),
            **await person(provider, ask, account, ("fhirUser",)),
        }
        patient = await provider.reference(found.patient)
        if patient is not None:
            told["patient"] = patient.partition("/")[2]
        return Answer(told)

    @oauth
    async def revoke(self, ask: Ask) -> Answer:
        """A client ends its own token; a refresh token ends with all that came of it."""
        provider = self._provider
        form = await ask.form()
        client = await self._proof.client(ask, form)
        hash_, now = opaque.hashed(form.get("token", "")), provider.now()
        found = await queries.live_token(provider.db, hash_, now)
        if found is not None and found.client == client.id:
            if found.kind == "refresh" and found.family is not None:
                await queries.revoke_family(provider.db, found.family, now)
            await queries.revoke(provider.db, found.id, now)
            await provider.desk.changed()
        return Answer({})

    async def userinfo(self, ask: Ask) -> Answer:
        """The person behind a token with the scope openid."""
        provider = self._provider
        grant = await provider.desk.authorise.grant(ask.request)
        scopes = grant.scopes or ()
        account = await accounts.account_by_id(provider.db, grant.account)
        if account is None or "openid" not in scopes:
            raise Forbidden(
                Issue("forbidden", "This token has no scope openid", "该令牌没有 openid 范围"),
                headers={"WWW-Authenticate": 'Bearer error="insufficient_scope"'},
            )
        return Answer(await person(provider, ask, account, scopes))
