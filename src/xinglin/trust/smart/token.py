"""The token endpoint: for a code, for a refresh token, for a machine by itself.

RFC 6749 sections 4.1.3, 4.4 and 6; RFC 9700 section 4.14 (rotation); SMART App Launch 2.2.
"""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from xinglin.kernel.errors import Malformed
from xinglin.trust.identity import opaque
from xinglin.trust.identity import queries as accounts
from xinglin.trust.policy import scopes
from xinglin.trust.room import Answer

from . import queries
from .identity_token import identity_token
from .provider import grant_of
from .refusals import OAuthRefusal, invalid_grant, oauth

if TYPE_CHECKING:
    from xinglin.kernel.database import Connection
    from xinglin.trust.identity.model import Account
    from xinglin.trust.model import Grant
    from xinglin.trust.room import Ask, Room

    from .clients import Client
    from .proof import Proof
    from .provider import Provider
    from .queries import Code

ACCESS = timedelta(minutes=15)
MACHINE = timedelta(minutes=5)
OFFLINE = timedelta(days=90)
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


class Tokens:
    """The handler."""

    def __init__(self, provider: Provider, proof: Proof) -> None:
        self._provider = provider
        self._proof = proof

    def register(self, room: Room) -> None:
        """Put it into the room."""
        room.add("POST", "token", self.token)

    @oauth
    async def token(self, ask: Ask) -> Answer:
        """By the kind of grant."""
        form = await ask.form()
        client = await self._proof.client(ask, form)
        match form.get("grant_type"):
            case "authorization_code":
                return await self._by_code(ask, client, form)
            case "refresh_token":
                return await self._by_refresh(ask, client, form)
            case "client_credentials":
                return await self._by_itself(ask, client, form)
            case _:
                raise OAuthRefusal(
                    "unsupported_grant_type",
                    "grant_type is authorization_code, refresh_token or client_credentials",
                )

    # -- for a code -------------------------------------------------------------------------------

    async def _by_code(self, ask: Ask, client: Client, form: dict[str, str]) -> Answer:
        provider, now = self._provider, self._provider.now()
        hash_ = opaque.hashed(form.get("code", ""))
        code = await queries.use_code(provider.db, hash_, now)
        if code is None:
            await self._spent(ask, await queries.used_code(provider.db, hash_), "code")
            raise invalid_grant()
        verifier = form.get("code_verifier", "")
        if (
            code.client != client.id
            or code.redirect != form.get("redirect_uri")
            or not _VERIFIER.fullmatch(verifier)
            or not opaque.same(_challenge(verifier), code.challenge)
        ):
            raise invalid_grant()
        account = await accounts.account_by_id(provider.db, code.account)
        session = await accounts.session_by_id(provider.db, code.session, now)
        if account is None or not account.active or session is None:
            raise invalid_grant()
        held = await accounts.positions(provider.db, account.id, now)
        position = next((one.position for one in held if one.position.id == session.position), None)
        offline = "offline_access" in code.scopes
        grant = grant_of(
            account,
            position,
            session=0 if offline else session.id,
            client=client.id,
            scopes=code.scopes,
            launch_patient=code.patient,
        )
        wants = offline or "online_access" in code.scopes
        until = now + OFFLINE if offline else session.expires
        async with provider.db.transaction() as connection:
            told = await self._give(connection, grant, code.family, until if wants else None)
            if client.logout_uri:
                issuer = provider.issuer(ask)
                await queries.let_in(connection, client.id, session.id, issuer)
        await self._note(ask, client, account, session.id)
        told |= await self._context(code)
        if "openid" in code.scopes:
            told["id_token"] = await identity_token(
                provider, ask, client.id, account, session, code.scopes, code.nonce
            )
        return Answer(told)

    async def _context(self, code: Code) -> dict[str, Any]:
        told: dict[str, Any] = {}
        patient = await self._provider.reference(code.patient)
        if patient is not None:
            told["patient"] = patient.partition("/")[2]
            told["need_patient_banner"] = "launch/patient" in code.scopes
        if code.encounter:
            told["encounter"] = code.encounter
        return told

    async def _give(
        self, connection: Connection, grant: Grant, family: int, until: Any
    ) -> dict[str, Any]:
        """An access token, and a refresh token where one is due (until then)."""
        now = self._provider.now()
        secret = opaque.new()
        number = await accounts.add_token(
            connection, opaque.hashed(secret), grant, now, lifetime=ACCESS
        )
        await queries.set_family(connection, number, family)
        told: dict[str, Any] = {
            "access_token": secret,
            "token_type": "Bearer",
            "expires_in": int(ACCESS.total_seconds()),
            "scope": " ".join(grant.scopes or ()),
        }
        if until is not None and until > now:
            told["refresh_token"] = refresh = opaque.new()
            number = await accounts.add_token(
                connection,
                opaque.hashed(refresh),
                grant,
                now,
                lifetime=until - now,
                kind="refresh",
            )
            await queries.set_family(connection, number, family)
        return told

    # -- for a refresh token ----------------------------------------------------------------------

    async def _by_refresh(self, ask: Ask, client: Client, form: dict[str, str]) -> Answer:
        provider, now = self._provider, self._provider.now()
        hash_ = opaque.hashed(form.get("refresh_token", ""))
        async with provider.db.transaction() as connection:
            old = await queries.use_refresh(connection, hash_, client.id, now)
            account = await accounts.account_by_id(connection, old.account) if old else None
            told: dict[str, Any] = {}
            if old and account and account.active and old.family:
                held = await accounts.positions(connection, account.id, now)
                position = next(
                    (one.position for one in held if one.position.id == old.position), None
                )
                grant = grant_of(
                    account,
                    position,
                    session=old.session or 0,
                    client=client.id,
                    scopes=_narrowed(old.scopes, form.get("scope")),
                    launch_patient=old.patient,
                )
                told = await self._give(connection, grant, old.family, old.expires)
        if not told:
            await self._spent(ask, await queries.spent_family(provider.db, hash_), "refresh token")
            raise invalid_grant()
        patient = await provider.reference(old.patient if old else None)
        if patient is not None:
            told["patient"] = patient.partition("/")[2]
        return Answer(told)

    async def _spent(self, ask: Ask, family: int | None, what: str) -> None:
        """It was used before: whoever has it, all that came of it is over."""
        if family is None:
            return
        desk = self._provider.desk
        await queries.revoke_family(self._provider.db, family, self._provider.now())
        await desk.changed()
        await desk.told(
            ask, "token", status=400, note=f"{what} used twice: family {family} revoked"
        )

    # -- for a machine ----------------------------------------------------------------------------

    async def _by_itself(self, ask: Ask, client: Client, form: dict[str, str]) -> Answer:
        provider, now = self._provider, self._provider.now()
        account = None
        if client.kind != "public" and client.account is not None:
            account = await accounts.account_by_id(provider.db, client.account)
        if account is None or not account.active:
            raise OAuthRefusal("unauthorized_client", "This client does not act by itself")
        try:
            asked = scopes.parse(form.get("scope", ""))
        except Malformed as wrong:
            raise OAuthRefusal("invalid_scope", str(wrong)) from None
        allowed = client.allowed(asked)
        clinical = [one for one in allowed.clinical if one.context == "system"]
        if not clinical or any(one.context != "system" for one in asked.clinical):
            raise OAuthRefusal("invalid_scope", "Ask for system/ scopes that are registered")
        held = await accounts.positions(provider.db, account.id, now)
        secret = opaque.new()
        granted = tuple(map(str, clinical))
        grant = grant_of(
            account, held[0].position if held else None, client=client.id, scopes=granted
        )
        await accounts.add_token(provider.db, opaque.hashed(secret), grant, now, lifetime=MACHINE)
        await self._note(ask, client, account, 0)
        return Answer(
            {
                "access_token": secret,
                "token_type": "Bearer",
                "expires_in": int(MACHINE.total_seconds()),
                "scope": " ".join(granted),
            }
        )

    async def _note(self, ask: Ask, client: Client, account: Account, session: int) -> None:
        await self._provider.desk.told(ask, "token", account, session=session, note=client.id)


def _narrowed(before: tuple[str, ...], wanted: str | None) -> tuple[str, ...]:
    """Fewer scopes than before, if fewer are asked for; raises OAuthRefusal for more."""
    if wanted is None:
        return before
    try:
        asked, old = scopes.parse(wanted), scopes.gather(before)
    except Malformed as wrong:
        raise OAuthRefusal("invalid_scope", str(wrong)) from None
    if not set(asked.named) <= set(old.named) or not all(
        any(scopes.covers(wide, one) for wide in old.clinical) for one in asked.clinical
    ):
        raise OAuthRefusal("invalid_scope", "A refresh gives no more than there was")
    return (*asked.named, *map(str, asked.clinical))


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
