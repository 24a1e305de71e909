"""``/signing``: one's own key made, unlocked for a shift, locked; and what the world may fetch.

RFC 3161 section 3.4 (time stamps by HTTP); RFC 2585 section 4 (certificates and lists by HTTP).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from xinglin.cdr.http import body as bodies
from xinglin.kernel.errors import Forbidden, Invalid, Issue, Refusal
from xinglin.trust.identity import Event, Hasher
from xinglin.trust.identity.limits import Limiter, Source
from xinglin.trust.room import Answer, Room, set_cookie

from . import certificates, people, purposes, refusals
from .operations import COOKIE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from xinglin.cdr.access import Access
    from xinglin.cdr.context import Context
    from xinglin.cdr.http import Request
    from xinglin.trust.identity import Account, Audit
    from xinglin.trust.room import Ask

    from .service import Signing
    from .timestamp import Service

    Authorise = Callable[[Request], Awaitable[Access]]

_LEAST_PIN = 6
_LARGEST_QUERY = 16 * 1024


class Secrets(msgspec.Struct, forbid_unknown_fields=True):
    """What opens a key: the password of the account, a PIN of its own, or both at first."""

    password: str = ""
    pin: str = ""
    algorithm: str = "ES256"

    def given(self) -> dict[str, str]:
        """By factor; raises Invalid where there is none."""
        found = {"password": self.password, "pin": self.pin}
        found = {factor: secret for factor, secret in found.items() if secret}
        if not found:
            raise Invalid(Issue("required", "Give a password or a pin", "请提供 password 或 pin"))
        return found


class Change(msgspec.Struct, forbid_unknown_fields=True):
    """A secret that opens the key now, and one that shall."""

    known: Secrets
    new: Secrets


class Counter:
    """The room, over one `Signing`."""

    def __init__(
        self,
        signing: Signing,
        context: Context,
        authorise: Authorise,
        service: Service,
        audit: Audit,
    ) -> None:
        self._signing = signing
        self._context = context
        self._authorise = authorise
        self._service = service
        self._audit = audit
        self._limits = Limiter(context.db, context.clock)
        self._hasher: Hasher | None = None

    def room(self, base_url: str = "") -> Room:
        """The addresses."""
        room = Room("/signing", base_url)
        room.add("GET", "status", self.status)
        room.add("POST", "enrol", self.enrol)
        room.add("POST", "secret", self.secret)
        room.add("POST", "unlock", self.unlock)
        room.add("POST", "lock", self.lock)
        room.add("POST", "revoke", self.revoke)
        room.add("GET", "root.pem", self.root)
        room.add("GET", "revocations.crl", self.revocations)
        room.add("POST", "timestamp", self.timestamp)
        return room

    async def status(self, ask: Ask) -> Answer:
        """Whether one has a key, by what it opens, until when, and what needs step-up."""
        access = await self._authorise(ask.request)
        key, factors = await self._signing.keys.state(access.account)
        token = ask.cookie(COOKIE)
        told = {
            "enrolled": key is not None,
            "factors": factors,
            "certificate": key and {"serial": key.serial, "expires": key.expires},
            "unlocked": bool(token) and await self._is_open(access, token or ""),
            "purposes": [
                {"code": one.code, "name": {"zh": one.zh, "en": one.en}, "stepUp": one.step_up}
                for one in purposes.table().values()
            ],
        }
        return Answer(told)

    async def enrol(self, ask: Ask) -> Answer:
        """Make a key that the account's password opens, or, after a step-up, a PIN."""
        access = await self._authorise(ask.request)
        sent = await ask.json(Secrets)
        secrets = sent.given()
        db = self._context.db
        account = await people.account(db, access)
        signer = await people.signer(db, access)
        try:
            await self._prove(ask, access, account, sent)
        except Refusal as refusal:
            await self._told(ask, access, "signing-enrol", refusal.status)
            raise
        expires = await self._signing.keys.enrol(signer, secrets, algorithm=sent.algorithm)
        await self._told(ask, access, "signing-enrol", 201)
        return Answer({"certificateExpires": expires}, 201)

    async def unlock(self, ask: Ask) -> Answer:
        """For this shift, in this session: what unlocks it goes into a cookie and nowhere else.

        A client without cookies (bearer token) gets it in the body, for ``X-Signing-Unlock``.
        """
        access = await self._authorise(ask.request)
        sent = await ask.json(Secrets)
        factor, secret = next(iter(sent.given().items()))
        signer = await people.signer(self._context.db, access)
        try:
            made = await self._signing.keys.unlock(signer, factor, secret, access.session)
        except Refusal as refusal:
            await self._told(ask, access, "signing-unlock", refusal.status)
            raise
        await self._told(ask, access, "signing-unlock", 200)
        told = {"expires": made.expires, "certificateExpires": made.certificate_expires}
        if ask.request.header(b"authorization"):
            return Answer({**told, "unlock": made.token})
        seconds = math.ceil((made.expires - self._context.clock.now()).total_seconds())
        kept = set_cookie(COOKIE, made.token, secure=ask.secure, seconds=seconds)
        return Answer(told, headers=[kept])

    async def secret(self, ask: Ask) -> Answer:
        """Another password or PIN opens the key from now on: after a change of password."""
        access = await self._authorise(ask.request)
        sent = await ask.json(Change)
        known, new = [*sent.known.given().items()], [*sent.new.given().items()]
        if len(known) != 1 or len(new) != 1:
            raise refusals.twice()
        _check_pin(sent.new)
        account = await people.account(self._context.db, access)
        await self._signing.keys.add_factor(account.id, known[0], new[0])
        await self._told(ask, access, "signing-secret", 204)
        return Answer(None, 204)

    async def lock(self, ask: Ask) -> Answer:
        """Before the shift is over."""
        access = await self._authorise(ask.request)
        await self._signing.keys.lock(access.account, access.session)
        return Answer(None, 204, [set_cookie(COOKIE, "", secure=ask.secure, seconds=0)])

    async def revoke(self, ask: Ask) -> Answer:
        """One's own key, which somebody else may have come to know."""
        access = await self._authorise(ask.request)
        account = await people.account(self._context.db, access)
        count = await self._signing.keys.revoke(account.id, "keyCompromise")
        await self._told(ask, access, "signing-revoke", 200)
        return Answer({"revoked": count})

    async def root(self, ask: Ask) -> Answer:
        """The roots that signatures are checked against, for everybody."""
        del ask
        return Answer(certificates.pem(*self._signing.roots()), type=b"application/x-pem-file")

    async def revocations(self, ask: Ask) -> Answer:
        """The revocation list, for everybody."""
        del ask
        return Answer(await self._signing.keys.revocations(), type=b"application/pkix-crl")

    async def timestamp(self, ask: Ask) -> Answer:
        """A time stamp for whoever is signed in, as a TimeStampResp."""
        await self._authorise(ask.request)
        query = await bodies.read(ask.request, _LARGEST_QUERY)
        return Answer(self._service.answer(query), type=b"application/timestamp-reply")

    async def _told(self, ask: Ask, access: Access, kind: str, status: int) -> None:
        event = Event(
            kind=kind,
            status=status,
            account=access.account,
            actor=access.actor,
            position=access.position,
            session=access.session,
            client=access.client,
            address=ask.address,
        )
        await self._audit(event)

    async def _is_open(self, access: Access, token: str) -> bool:
        try:
            await self._signing.keys.open(access.account, access.session, token)
        except Forbidden:
            return False
        return True

    async def _prove(self, ask: Ask, access: Access, account: Account, sent: Secrets) -> None:
        """Whether it is the owner of the account who asks; raises Forbidden."""
        _check_pin(sent)
        if sent.password:
            counted = await self._limits.enter(f"signing {account.id}", Source(ask.address))
            if self._hasher is None:
                self._hasher = Hasher()
            if not await self._hasher.verify(account.password, sent.password):
                raise refusals.wrong()
            await self._limits.succeeded(counted)
        elif not account.demo:
            at = await people.step_up_at(self._context.db, access)
            if at is None or at + people.STEP_UP <= self._context.clock.now():
                raise refusals.step_up()


def _check_pin(sent: Secrets) -> None:
    if sent.pin and not (sent.pin.isdigit() and len(sent.pin) >= _LEAST_PIN):
        raise Invalid(
            Issue(
                "value",
                f"A signing PIN has at least {_LEAST_PIN} digits",
                f"签名 PIN 至少 {_LEAST_PIN} 位数字",
            )
        )
