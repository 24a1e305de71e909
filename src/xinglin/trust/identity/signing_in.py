"""Sign-in by password, demo sign-in, sign-out, what session this is.

OWASP Authentication Cheat Sheet: one answer for a wrong name and a wrong password, in one time.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

import msgspec

from xinglin.kernel.errors import Issue, NotFound, Unauthenticated
from xinglin.trust.room import Answer, set_cookie

from . import queries
from .authorise import COOKIE
from .names import LONGEST, folded
from .telling import numbers

if TYPE_CHECKING:
    from typing import Any

    from xinglin.trust.room import Ask, Room

    from .desk import Desk
    from .model import Account


_PROXIED = (b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"via")


class ByPassword(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a sign-in."""

    user: str
    password: str
    shared: bool = False


class ByName(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a demo sign-in."""

    user: str


class SigningIn:
    """The handlers."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.provider: Any = None  # the hospital's own provider, as the page shows it

    def register(self, room: Room) -> None:
        """Put them into the room."""
        room.add("GET", "session", self.session)
        room.add("POST", "sign-in", self.sign_in)
        room.add("POST", "demo", self.demo)
        room.add("POST", "sign-out", self.sign_out)

    async def session(self, ask: Ask) -> Answer:
        """Who is signed in here, or how one may sign in."""
        desk = self._desk
        who = await desk.present(ask)
        if who is None:
            provider = await self.provider() if self.provider else None
            demo = await self._demo_accounts() if self._demo_here(ask) else []
            return Answer({"signedIn": False, "demo": demo, "provider": provider})
        content = await desk.teller.session(who, desk.clock.now())
        content["pin"] = await desk.has_pin(desk.device(ask), who.account.id)
        return Answer(content)

    async def sign_in(self, ask: Ask) -> Answer:
        """By name and password; raises Unauthenticated or TooMany."""
        desk = self._desk
        given = await ask.json(ByPassword)
        name = folded(given.user[: 4 * LONGEST])
        counted = await desk.limits.enter(name, desk.source(ask))
        account = await queries.account(desk.db, name)
        usable = account is not None and account.active
        kept = account.password if account and usable else ""
        right = await desk.hasher.verify(kept, given.password)
        if account is None or not usable or not right:
            await desk.told(ask, "sign-in", account, status=401, note="password")
            raise wrong()
        await desk.limits.succeeded(counted)
        await self._rehash(account, given.password)
        return await desk.open(ask, account, "password", shared=given.shared)

    async def _rehash(self, account: Account, password: str) -> None:
        if self._desk.hasher.outdated(account.password):
            fresh = await self._desk.hasher.hash(password)
            await queries.rehash(self._desk.db, account.id, account.password, fresh)

    async def demo(self, ask: Ask) -> Answer:
        """By a click: only on this machine, only with demo data."""
        given = await ask.json(ByName)
        account = None
        if self._demo_here(ask):
            account = await queries.account(self._desk.db, folded(given.user[: 4 * LONGEST]))
        if account is None or not account.active or not account.demo:
            raise NotFound(
                Issue("not-found", "There is no such demo account here", "此处没有该示例账号")
            )
        return await self._desk.open(ask, account, "demo")

    async def sign_out(self, ask: Ask) -> Answer:
        """End the session; the cookie goes too."""
        desk = self._desk
        who = await desk.present(ask)
        if who is not None:
            who = await desk.signed_in(ask)  # with its CSRF token
            await queries.end_session(desk.db, who.session.id, who.account.id, desk.clock.now())
            await desk.changed()
            await desk.told(ask, "sign-out", who.account, session=who.session.id)
        gone = set_cookie(COOKIE, "", secure=ask.secure, seconds=0)
        return Answer(status=204, headers=[gone])

    def _demo_here(self, ask: Ask) -> bool:
        # A proxy of this machine, of which we were not told, brings everybody from loopback.
        passed_on = any(ask.request.header(one) is not None for one in _PROXIED)
        here = _loopback(ask.address) and not passed_on and not ask.secure
        return self._desk.settings.demo and here and self._desk.demo()

    async def _demo_accounts(self) -> list[dict[str, Any]]:
        desk = self._desk
        found = await queries.demo_accounts(desk.db, desk.clock.now())
        named = await desk.teller.named(numbers([position for _, position in found]))
        told: list[dict[str, Any]] = []
        for account, position in found:
            words = desk.teller.position(position, named)
            place = [*words["units"], *([words["organization"]] if words["organization"] else [])]
            where = " · ".join(one["name"] for one in place)
            told.append(
                {
                    "user": account.name,
                    "name": desk.teller.name(account),
                    "role": position.role,
                    "roleName": words["roleName"],
                    "place": {"zh": where, "en": where},
                }
            )
        return told


def wrong() -> Unauthenticated:
    """The one answer to a wrong name, a wrong password, a closed account, one without password."""
    return Unauthenticated(
        Issue(
            "login",
            "Account name and password do not fit together.",
            "账号与密码不匹配。",
        )
    )


def _loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
