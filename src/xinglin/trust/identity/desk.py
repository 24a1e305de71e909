"""What all of sign-in works with: who is there, opening and ending sessions, cookies.

OWASP Session Management Cheat Sheet; docs/adr/0009-sign-in.md.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from xinglin.kernel.errors import Forbidden, Issue, Unauthenticated
from xinglin.trust.room import Answer, set_cookie

from . import events, opaque, queries
from .authorise import COOKIE, SAFE, check_csrf
from .limits import Limiter, Source
from .model import Account, Session, SignedIn
from .password_rules import Rules
from .passwords import Hasher
from .shared import queries as pins
from .telling import Teller

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from xinglin.cdr.repository import Repository
    from xinglin.kernel.clock import Clock
    from xinglin.kernel.database import Database
    from xinglin.kernel.settings import SignInSettings
    from xinglin.trust.policy import Roles
    from xinglin.trust.room import Ask

    from .authorise import Authoriser
    from .events import Audit

DEVICE = "xinglin-device"
_DEVICE_SECONDS = 400 * 24 * 3600
STEP_UP = timedelta(minutes=10)


class Desk:
    """One for each process."""

    def __init__(
        self,
        repository: Repository,
        settings: SignInSettings,
        authorise: Authoriser,
        roles: Roles,
        *,
        demo: Callable[[], bool] = lambda: False,
        audit: Audit = events.log,
        hasher: Hasher | None = None,
    ) -> None:
        self.db: Database = repository.context.db
        self.clock: Clock = repository.context.clock
        self.settings = settings
        self.authorise = authorise
        self.roles = roles
        self.audit = audit
        self.hasher = hasher or Hasher()
        self.rules = Rules(settings.breached_file)
        self.limits = Limiter(self.db, self.clock)
        self.teller = Teller(self.db, roles)
        self.demo = demo

    # -- who is there -----------------------------------------------------------------------------

    async def present(self, ask: Ask) -> SignedIn | None:
        """Who is signed in by the cookie of a request, if anybody."""
        cookie = ask.cookie(COOKIE)
        if cookie is None:
            return None
        session = await queries.session_of(self.db, opaque.hashed(cookie), self.clock.now())
        account = await queries.account_by_id(self.db, session.account) if session else None
        if session is None or account is None or not account.active:
            return None
        return SignedIn(account, session, cookie)

    async def signed_in(self, ask: Ask) -> SignedIn:
        """Whoever is signed in, by a page of ours; raises Unauthenticated or Forbidden."""
        found = await self.present(ask)
        if found is None:
            raise Unauthenticated(
                Issue("login", "Nobody is signed in. Sign in.", "尚未登录，请先登录。")
            )
        if ask.request.method not in SAFE:
            check_csrf(ask.request, found.cookie)
            await queries.touch(self.db, found.session.id, self.clock.now())
        return found

    def stepped_up(self, who: SignedIn) -> None:
        """Whether it is the owner who sits there; raises Forbidden with the code ``step-up``."""
        if who.session.step_up is None or who.session.step_up <= self.clock.now():
            raise Forbidden(
                Issue(
                    "login",
                    "Confirm first that it is you: password, PIN or passkey.",
                    "请先确认是本人：密码、PIN 或通行密钥。",
                ),
                headers={"X-Step-Up": "required"},
            )

    def device(self, ask: Ask) -> bytes | None:
        """The hash of the device's own cookie."""
        cookie = ask.cookie(DEVICE)
        return opaque.hashed(cookie) if cookie else None

    def source(self, ask: Ask) -> Source:
        """Where a request comes from."""
        return Source(ask.address, self.device(ask))

    # -- sessions ---------------------------------------------------------------------------------

    async def open(
        self,
        ask: Ask,
        account: Account,
        method: str,
        *,
        shared: bool = False,
        until: datetime | None = None,
    ) -> Answer:
        """A new session, as a page is told of it."""
        who, headers = await self.enter(ask, account, method, shared=shared, until=until)
        content = await self.teller.session(who, self.clock.now())
        device = headers[1][1].decode().partition("=")[2].partition(";")[0]
        content["pin"] = await self.has_pin(opaque.hashed(device), account.id)
        return Answer(content, headers=headers)

    async def enter(
        self,
        ask: Ask,
        account: Account,
        method: str,
        *,
        shared: bool = False,
        until: datetime | None = None,
        proven: bool | None = None,
    ) -> tuple[SignedIn, list[tuple[bytes, bytes]]]:
        """A new session with a new secret, whatever the browser sent; the one it had ends.

        ``proven``: it was the owner, just now; None: as the method is. The headers set the cookies
        of session and device, in this order.
        """
        now = self.clock.now()
        proven = method in ("password", "passkey") if proven is None else proven
        before = await self.present(ask)
        position = None if account.must_change else await self._position(account)
        secret, device = opaque.new(), ask.cookie(DEVICE) or opaque.new()
        minutes = self.settings.shared_idle_minutes if shared else self.settings.idle_minutes
        made = Session(
            id=0,
            account=account.id,
            position=position,
            method=method,
            created=now,
            last=now,
            idle=timedelta(minutes=minutes),
            expires=until or now + timedelta(hours=self.settings.hours),
            step_up=now + STEP_UP if proven else None,
            shared=shared,
            device=ask.browser,
            address=ask.address,
        )
        async with self.db.transaction() as connection:
            if before:
                await queries.end_session(connection, before.session.id, before.account.id, now)
            number = await queries.add_session(connection, opaque.hashed(secret), made)
        if before:
            await self.changed()
        if method not in ("pin", "demo"):
            await self.limits.remember(opaque.hashed(device), account.id)
        await self.told(ask, "sign-in", account, session=number, note=method)
        session = await queries.session_of(self.db, opaque.hashed(secret), now)
        assert session  # noqa: S101  made above
        headers = [
            set_cookie(COOKIE, secret, secure=ask.secure),
            set_cookie(DEVICE, device, secure=ask.secure, seconds=_DEVICE_SECONDS),
        ]
        return SignedIn(account, session, secret), headers

    async def has_pin(self, device: bytes | None, account: int) -> bool:
        """Whether the account may come back on this device by its PIN."""
        return device is not None and await pins.known(self.db, device, account, self.clock.now())

    async def _position(self, account: Account) -> int | None:
        now = self.clock.now()
        held = [one.position.id for one in await queries.positions(self.db, account.id, now)]
        last = await queries.last_position(self.db, account.id)
        return last if last in held else next(iter(held), None)

    async def changed(self) -> None:
        """A right ended: told to the other processes, and to this one at once."""
        await queries.changed(self.db)
        self.authorise.forget()

    async def told(
        self,
        ask: Ask,
        kind: str,
        account: Account | None = None,
        *,
        status: int = 200,
        session: int = 0,
        note: str = "",
    ) -> None:
        """Tell the audit trail.

        Names of accounts that do not exist are not kept: people type passwords there.
        """
        await self.audit(
            events.Event(
                kind=kind,
                status=status,
                account=account.id if account else 0,
                actor=account.name if account else "",
                session=session,
                address=ask.address,
                note=note,
            )
        )
