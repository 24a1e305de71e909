"""Registering a passkey, signing in by one, proving again by one.

https://www.w3.org/TR/webauthn-3/#sctn-registering-a-new-credential and
#sctn-verifying-assertion; the device must have verified its user (PIN, finger, face).
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec
import webauthn
from webauthn.helpers import base64url_to_bytes, options_to_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from xinglin.kernel.errors import Conflict, Forbidden, Issue, Malformed, Unauthenticated
from xinglin.trust.identity import opaque
from xinglin.trust.identity import queries as accounts
from xinglin.trust.room import Answer, missing

from . import queries

if TYPE_CHECKING:
    from xinglin.trust.identity.desk import Desk
    from xinglin.trust.identity.model import SignedIn
    from xinglin.trust.room import Ask, Room

    from .queries import Passkey

LIFETIME = timedelta(minutes=5)
MOST = 20  # passkeys of one account
_VERIFIED = UserVerificationRequirement.REQUIRED


class NewPasskey(msgspec.Struct, forbid_unknown_fields=True):
    """What the browser made, and what its owner calls it."""

    credential: dict[str, Any]
    name: str = ""


class ByPasskey(msgspec.Struct, forbid_unknown_fields=True):
    """What the browser signed."""

    credential: dict[str, Any]
    shared: bool = False


class Passkeys:
    """The handlers."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def register(self, room: Room) -> None:
        """Put them into the room."""
        room.add("GET", "passkeys", self.list)
        room.add("POST", "passkeys/options", self.new_options)
        room.add("POST", "passkeys", self.add)
        room.add("DELETE", "passkeys/{}", self.remove)
        room.add("POST", "passkey/options", self.options)
        room.add("POST", "passkey", self.sign_in)

    async def list(self, ask: Ask) -> Answer:
        """Mine."""
        who = await self._desk.signed_in(ask)
        found = await queries.of_account(self._desk.db, who.account.id)
        return Answer(
            [
                {"id": one.id, "name": one.name, "created": one.created, "last": one.last}
                for one in found
            ]
        )

    async def new_options(self, ask: Ask) -> Answer:
        """What the browser needs to make one; raises Forbidden without step-up."""
        desk = self._desk
        who = await desk.signed_in(ask)
        desk.stepped_up(who)
        handle = await queries.handle(desk.db, who.account.id)
        mine = await queries.of_account(desk.db, who.account.id)
        made = webauthn.generate_registration_options(
            rp_id=_host(ask),
            rp_name="杏林 Xinglin",
            user_id=handle.bytes,
            user_name=who.account.name,
            user_display_name=who.account.name_zh or who.account.name_en or who.account.name,
            challenge=await self._challenge("register", who.account.id),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_VERIFIED
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=one.credential) for one in mine],
        )
        return Answer(options_to_json(made).encode())

    async def add(self, ask: Ask) -> Answer:
        """Keep what the browser made; raises Malformed or Conflict."""
        desk = self._desk
        who, given = await desk.signed_in(ask), await ask.json(NewPasskey)
        desk.stepped_up(who)
        challenge = await self._answered(given.credential, "register", who.account.id)
        try:
            made = webauthn.verify_registration_response(
                credential=given.credential,
                expected_challenge=challenge,
                expected_rp_id=_host(ask),
                expected_origin=ask.origin,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError) as error:
            raise _unreadable() from error
        if len(await queries.of_account(desk.db, who.account.id)) >= MOST:
            raise _too_many()
        kept = await queries.add(
            desk.db,
            who.account.id,
            made.credential_id,
            made.credential_public_key,
            sign_count=made.sign_count,
            name=given.name.strip()[:80] or ask.browser[:80] or "passkey",
            now=desk.clock.now(),
        )
        if not kept:
            raise _too_many()
        await desk.told(ask, "passkey", who.account, session=who.session.id, note="added")
        return await self.list(ask)

    async def remove(self, ask: Ask) -> Answer:
        """Forget one of mine."""
        desk = self._desk
        who = await desk.signed_in(ask)
        desk.stepped_up(who)
        if not await queries.remove(desk.db, who.account.id, ask.number()):
            raise missing()
        await desk.told(ask, "passkey", who.account, session=who.session.id, note="removed")
        return Answer(status=204)

    async def options(self, ask: Ask) -> Answer:
        """What the browser needs to sign: any passkey of this place; signed in: one of mine."""
        desk = self._desk
        who = await desk.present(ask)
        mine = await queries.of_account(desk.db, who.account.id) if who else []
        made = webauthn.generate_authentication_options(
            rp_id=_host(ask),
            challenge=await self._challenge("sign-in", who.account.id if who else None),
            allow_credentials=[PublicKeyCredentialDescriptor(id=one.credential) for one in mine],
            user_verification=_VERIFIED,
        )
        return Answer(options_to_json(made).encode())

    async def sign_in(self, ask: Ask) -> Answer:
        """By what the browser signed; raises Unauthenticated."""
        desk = self._desk
        given = await ask.json(ByPasskey)
        counted = await desk.limits.enter("passkey", desk.source(ask))
        who = await desk.present(ask)
        found = await self._verified(ask, given.credential, who.account.id if who else None)
        account = await accounts.account_by_id(desk.db, found.account) if found else None
        if account is None or not account.active:
            await desk.told(ask, "sign-in", account, status=401, note="passkey")
            raise Unauthenticated(
                Issue(
                    "login",
                    "This passkey is not known here, or it took too long. Try again.",
                    "无法识别该通行密钥，或操作超时。请重试。",
                )
            )
        await desk.limits.succeeded(counted)
        return await desk.open(ask, account, "passkey", shared=given.shared)

    async def prove(self, ask: Ask, who: SignedIn, credential: dict[str, Any]) -> bool:
        """Whether one of the passkeys of whoever is signed in has signed."""
        found = await self._verified(ask, credential, who.account.id)
        return found is not None and found.account == who.account.id

    async def _verified(
        self, ask: Ask, credential: dict[str, Any], account: int | None
    ) -> Passkey | None:
        desk = self._desk
        try:
            challenge = await self._answered(credential, "sign-in", account)
            one = await queries.by_credential(desk.db, base64url_to_bytes(credential["id"]))
            if one is None:
                return None
            made = webauthn.verify_authentication_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=_host(ask),
                expected_origin=ask.origin,
                credential_public_key=one.public_key,
                credential_current_sign_count=one.sign_count,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError, Malformed):
            return None
        fresh = await queries.used(desk.db, one, made.new_sign_count, desk.clock.now())
        return one if fresh else None

    async def _challenge(self, purpose: str, account: int | None) -> bytes:
        made = secrets.token_bytes(32)
        expires = self._desk.clock.now() + LIFETIME
        await queries.challenge(self._desk.db, opaque.hashed(made), purpose, account, expires)
        return made

    async def _answered(
        self, credential: dict[str, Any], purpose: str, account: int | None
    ) -> bytes:
        """The challenge that was answered, which it can be once; raises Malformed."""
        try:
            told = msgspec.json.decode(
                base64url_to_bytes(credential["response"]["clientDataJSON"]), type=_ClientData
            )
            challenge = base64url_to_bytes(told.challenge)
        except (KeyError, TypeError, ValueError) as error:
            raise _unreadable() from error
        now = self._desk.clock.now()
        if not await queries.answered(
            self._desk.db, opaque.hashed(challenge), purpose, account, now
        ):
            raise _unreadable()
        return challenge


class _ClientData(msgspec.Struct):
    """What of the client data is needed to find the challenge."""

    challenge: str


def _host(ask: Ask) -> str:
    """The relying party: the name by which the platform is reached. An address is none."""
    host = urlsplit(ask.origin).hostname or ""
    if host.replace(".", "").isdigit() or ":" in host:
        raise Forbidden(
            Issue(
                "not-supported",
                "Passkeys need a name: open the platform as localhost or by its public name,"
                f" not as {host}.",
                f"通行密钥需要域名：请用 localhost 或对外域名打开，而不是 {host}。",
            )
        )
    return host


def _unreadable() -> Malformed:
    return Malformed(
        Issue(
            "security",
            "The answer of the device does not fit what was asked, or came too late. Try again.",
            "设备的应答与请求不符，或已超时。请重试。",
            ("credential",),
        )
    )


def _too_many() -> Conflict:
    return Conflict(
        Issue(
            "duplicate",
            f"This passkey is there already, or the account has {MOST}.",
            f"该通行密钥已存在，或账号已有 {MOST} 个。",
        )
    )
