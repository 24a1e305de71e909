"""Setting a PIN, who may switch here, switching.

docs/adr/0009-sign-in.md: the PIN is worth something on this device only, and this shift only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from xinglin.kernel.errors import Forbidden, Issue
from xinglin.trust.identity import queries as accounts
from xinglin.trust.identity.names import LONGEST, folded
from xinglin.trust.identity.password_rules import check_pin
from xinglin.trust.identity.signing_in import wrong
from xinglin.trust.room import Answer

from . import queries

if TYPE_CHECKING:
    from xinglin.trust.identity.desk import Desk
    from xinglin.trust.identity.model import SignedIn
    from xinglin.trust.room import Ask, Room


class NewPin(msgspec.Struct, forbid_unknown_fields=True):
    """With the password, as the session may have been left open by another."""

    pin: str
    password: str = ""


class ByPin(msgspec.Struct, forbid_unknown_fields=True):
    """Who comes back."""

    user: str
    pin: str


class Shared:
    """The handlers."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def register(self, room: Room) -> None:
        """Put them into the room."""
        room.add("POST", "pin", self.set)
        room.add("GET", "shared", self.users)
        room.add("POST", "switch", self.switch)

    async def set(self, ask: Ask) -> Answer:
        """A PIN for this device; raises Forbidden without full sign-in or right password."""
        desk = self._desk
        who, given = await desk.signed_in(ask), await ask.json(NewPin)
        check_pin(given.pin)
        device = desk.device(ask)
        until = await queries.shift_end(desk.db, who.session.id)
        if until is None or device is None:
            raise Forbidden(
                Issue(
                    "forbidden",
                    "A PIN is set after signing in by password or passkey on this computer.",
                    "请先在本机用密码或通行密钥登录，再设置 PIN。",
                )
            )
        counted = await desk.limits.enter(f"password {who.account.id}", desk.source(ask))
        if not await self._owner(who, given.password):
            raise Forbidden(
                Issue("security", "The password is not right.", "密码不正确。", ("password",))
            )
        await desk.limits.succeeded(counted)
        hash_ = await desk.hasher.hash(given.pin)
        await queries.put(desk.db, device, who.account.id, hash_, until)
        await desk.told(ask, "pin", who.account, session=who.session.id)
        content = await desk.teller.session(who, desk.clock.now())
        return Answer({**content, "pin": True})

    async def _owner(self, who: SignedIn, password: str) -> bool:
        """By the password; whoever has none (passkeys only) by having proved it just now."""
        if who.account.password:
            return await self._desk.hasher.verify(who.account.password, password)
        until = who.session.step_up
        return until is not None and until > self._desk.clock.now()

    async def users(self, ask: Ask) -> Answer:
        """Who may come back on this device."""
        desk = self._desk
        device = desk.device(ask)
        if device is None:
            return Answer([])
        found = await queries.users(desk.db, device, desk.clock.now())
        told: list[dict[str, Any]] = [
            {"user": name, "name": {"zh": zh or en or name, "en": en or zh or name}}
            for name, zh, en in found
        ]
        return Answer(told)

    async def switch(self, ask: Ask) -> Answer:
        """The next colleague at this computer; raises Unauthenticated."""
        desk = self._desk
        given = await ask.json(ByPin)
        device, now = desk.device(ask), desk.clock.now()
        name = folded(given.user[: 4 * LONGEST])
        counted = await desk.limits.enter(f"pin {name}", desk.source(ask))
        found = await queries.enter(desk.db, device, name, now) if device else None
        right = await desk.hasher.verify(found[1] if found else "", given.pin)
        account = await accounts.account_by_id(desk.db, found[0]) if found else None
        if device is None or found is None or account is None or not right:
            await desk.told(ask, "sign-in", account, status=401, note="pin")
            raise wrong()
        await desk.limits.succeeded(counted)
        await queries.right(desk.db, device, account.id)
        return await desk.open(ask, account, "pin", shared=True, until=found[2])

    async def prove(self, ask: Ask, who: SignedIn, pin: str) -> bool:
        """Whether it is the PIN of whoever is signed in."""
        desk = self._desk
        device, name = desk.device(ask), folded(who.account.name)
        found = await queries.enter(desk.db, device, name, desk.clock.now()) if device else None
        right = await desk.hasher.verify(found[1] if found else "", pin)
        if device and right:
            await queries.right(desk.db, device, who.account.id)
        return right
