"""My account: my sessions, my position, my password, proving again that it is me.

NIST SP 800-63B section 5 (sessions) and 5.3 (reauthentication); OWASP Session Management.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from xinglin.kernel.errors import Forbidden, Issue, Malformed, NotFound
from xinglin.trust.room import Answer, missing

from . import opaque, queries
from .administration import queries as links
from .desk import STEP_UP
from .shared import queries as pins

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from xinglin.trust.room import Ask, Room

    from .desk import Desk
    from .model import Account, SignedIn


class Chosen(msgspec.Struct, forbid_unknown_fields=True):
    """A position."""

    id: int


class Proof(msgspec.Struct, forbid_unknown_fields=True):
    """One of them."""

    password: str | None = None
    pin: str | None = None
    passkey: dict[str, Any] | None = None


class NewPassword(msgspec.Struct, forbid_unknown_fields=True):
    """With the old password, or by a link."""

    new: str
    old: str | None = None
    link: str | None = None


class Own:
    """The handlers. ``prove_pin`` and ``prove_passkey`` are given by the rooms that have them."""

    def __init__(
        self,
        desk: Desk,
        prove_pin: Callable[[Ask, SignedIn, str], Awaitable[bool]],
        prove_passkey: Callable[[Ask, SignedIn, dict[str, Any]], Awaitable[bool]],
    ) -> None:
        self._desk = desk
        self._prove_pin = prove_pin
        self._prove_passkey = prove_passkey

    def register(self, room: Room) -> None:
        """Put them into the room."""
        room.add("POST", "position", self.position)
        room.add("GET", "sessions", self.sessions)
        room.add("DELETE", "sessions/{}", self.end)
        room.add("POST", "step-up", self.step_up)
        room.add("POST", "password", self.password)

    async def position(self, ask: Ask) -> Answer:
        """Go on in another position."""
        desk = self._desk
        who, given = await desk.signed_in(ask), await ask.json(Chosen)
        now = desk.clock.now()
        held = await queries.positions(desk.db, who.account.id, now)
        if who.account.must_change or given.id not in [one.position.id for one in held]:
            raise NotFound(
                Issue(
                    "not-found",
                    "You do not have this position now. Load the page again.",
                    "您目前没有该岗位，请重新载入页面。",
                )
            )
        await queries.set_position(desk.db, who.session.id, given.id)
        await desk.changed()
        await desk.told(ask, "position", who.account, session=who.session.id, note=str(given.id))
        return await self.told(ask, who)

    async def told(self, ask: Ask, who: SignedIn) -> Answer:
        """The session as it is now."""
        desk, now = self._desk, self._desk.clock.now()
        session = await queries.session_of(desk.db, opaque.hashed(who.cookie), now)
        account = await queries.account_by_id(desk.db, who.account.id)
        if session is None or account is None:
            raise missing()
        fresh = msgspec.structs.replace(who, session=session, account=account)
        content = await desk.teller.session(fresh, now)
        content["pin"] = await desk.has_pin(desk.device(ask), account.id)
        return Answer(content)

    async def sessions(self, ask: Ask) -> Answer:
        """Where I am signed in."""
        desk = self._desk
        who = await desk.signed_in(ask)
        found = await queries.sessions(desk.db, who.account.id, desk.clock.now())
        return Answer(
            [
                {
                    "id": one.id,
                    "current": one.id == who.session.id,
                    "device": one.device,
                    "address": one.address,
                    "since": one.created,
                    "last": one.last,
                    "expires": one.expires,
                    "method": one.method,
                    "shared": one.shared,
                }
                for one in found
            ]
        )

    async def end(self, ask: Ask) -> Answer:
        """Sign out elsewhere."""
        desk = self._desk
        who = await desk.signed_in(ask)
        number, now = ask.number(), desk.clock.now()
        if not await queries.end_session(desk.db, number, who.account.id, now):
            raise missing()
        await desk.changed()
        await desk.told(ask, "sign-out", who.account, session=number, note="remote")
        return Answer(status=204)

    async def step_up(self, ask: Ask) -> Answer:
        """Prove again that it is me; raises Forbidden or TooMany."""
        desk = self._desk
        who, given = await desk.signed_in(ask), await ask.json(Proof)
        counted = await desk.limits.enter(f"step-up {who.account.id}", desk.source(ask))
        if not await self._proved(ask, who, given):
            await desk.told(ask, "step-up", who.account, status=401, session=who.session.id)
            raise _not_proved()
        await desk.limits.succeeded(counted)
        await queries.set_step_up(desk.db, who.session.id, desk.clock.now() + STEP_UP)
        await desk.told(ask, "step-up", who.account, session=who.session.id)
        return await self.told(ask, who)

    async def _proved(self, ask: Ask, who: SignedIn, given: Proof) -> bool:
        match given:
            case Proof(password=str(password), pin=None, passkey=None):
                return await self._desk.hasher.verify(who.account.password, password)
            case Proof(password=None, pin=str(pin), passkey=None):
                return await self._prove_pin(ask, who, pin)
            case Proof(password=None, pin=None, passkey=dict(passkey)):
                return await self._prove_passkey(ask, who, passkey)
            case _:
                raise Malformed(
                    Issue(
                        "structure",
                        "Send one of password, pin and passkey",
                        "请只发送 password、pin、passkey 之一",
                    )
                )

    async def password(self, ask: Ask) -> Answer:
        """A new password; every other session ends."""
        given = await ask.json(NewPassword)
        if given.link is not None:
            return await self._by_link(ask, given.link, given.new)
        desk = self._desk
        who = await desk.signed_in(ask)
        counted = await desk.limits.enter(f"password {who.account.id}", desk.source(ask))
        kept = who.account.password
        if not await desk.hasher.verify(kept, given.old or ""):
            await desk.told(ask, "password", who.account, status=401, session=who.session.id)
            raise _not_proved()
        await desk.limits.succeeded(counted)
        await self._set(who.account, given.new, but=who.session.id)
        if who.session.position is None:
            held = await queries.positions(desk.db, who.account.id, desk.clock.now())
            first = held[0].position.id if held else None
            await queries.set_position(desk.db, who.session.id, first)
        await desk.told(ask, "password", who.account, session=who.session.id)
        return await self.told(ask, who)

    async def _by_link(self, ask: Ask, link: str, new: str) -> Answer:
        desk = self._desk
        hash_, now = opaque.hashed(link), desk.clock.now()
        number = await links.found(desk.db, hash_, now)
        account = await queries.account_by_id(desk.db, number) if number else None
        if account is None or not account.active:
            raise NotFound(
                Issue(
                    "not-found",
                    "This link was used already or is over. Ask an administrator for another.",
                    "该链接已使用或已过期，请向管理员索取新的链接。",
                )
            )
        await self._set(account, new, link=hash_)
        await desk.told(ask, "password", account, note="link")
        return Answer(status=204)

    async def _set(
        self, account: Account, new: str, *, but: int | None = None, link: bytes | None = None
    ) -> None:
        desk = self._desk
        await desk.rules.check(new, account.name, account.name_zh, account.name_en)
        hash_ = await desk.hasher.hash(new)
        now = desk.clock.now()
        async with desk.db.transaction() as connection:
            if link is not None and not await links.use(connection, link):
                raise missing()
            await queries.set_password(connection, account.id, hash_, now)
            await queries.end_sessions(connection, account.id, now, but=but)
            await pins.forget(connection, account.id)
        await desk.changed()


def _not_proved() -> Forbidden:
    """Not 401: the session itself goes on."""
    return Forbidden(Issue("security", "That was not right. Try again.", "验证未通过，请重试。"))
