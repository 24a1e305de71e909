"""Looking after accounts without a page: for the command line and for demo data.

docs/howto/accounts.md. Whoever reaches the database this way may do everything.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from . import queries
from .administration import accounts as acting
from .administration import queries as changing
from .local_tokens import unknown
from .model import Account, Held
from .names import folded
from .password_rules import Rules
from .passwords import Hasher
from .shared import queries as pins

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xinglin.kernel.clock import Clock
    from xinglin.kernel.database import Database
    from xinglin.trust.policy import Roles


class Listed(msgspec.Struct, frozen=True):
    """An account with the positions of now."""

    account: Account
    positions: list[Held]
    last: datetime | None


class Clerk:
    """``breached``: an operator's file of known passwords; empty: none."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        roles: Roles,
        *,
        breached: str = "",
        hasher: Hasher | None = None,
    ) -> None:
        self._db = db
        self._clock = clock
        self._roles = roles
        self._rules = Rules(breached)
        self._hasher = hasher or Hasher()

    async def account(self, user: str) -> Account:
        """Raises NotFound."""
        found = await queries.account(self._db, folded(user))
        if found is None:
            raise unknown(user)
        return found

    async def add(
        self,
        user: str,
        zh: str = "",
        en: str = "",
        *,
        practitioner: str | None = None,
        patient: str | None = None,
        demo: bool = False,
    ) -> int:
        """A new account without password; references as FHIR writes them. Raises Conflict."""
        values: dict[str, Any] = {"name_zh": zh, "name_en": en, "demo": demo}
        for name, reference, kind in (
            ("practitioner", practitioner, "Practitioner"),
            ("patient", patient, "Patient"),
        ):
            values[name] = await acting.resource(self._db, reference, (kind,), name)
        return await acting.add(self._db, user, **values)

    async def list(self) -> list[Listed]:
        """All accounts by name."""
        now = self._clock.now()
        found = await changing.search(self._db, "", None, now, most=10_000)
        last = await changing.last_sign_in(self._db, found)
        told: list[Listed] = []
        for number in found:
            account = await queries.account_by_id(self._db, number)
            if account is not None:
                held = await queries.positions(self._db, number, now)
                told.append(Listed(account, held, last.get(number)))
        return told

    async def lock(self, user: str) -> None:
        """Close an account; what is signed in ends."""
        account = await self.account(user)
        await acting.close(self._db, account.id, self._clock.now())
        await queries.changed(self._db)

    async def unlock(self, user: str) -> None:
        """Open an account again."""
        account = await self.account(user)
        await queries.set_active(self._db, account.id, active=True)

    async def password(self, user: str, new: str, *, must_change: bool = False) -> None:
        """Set a password; raises Invalid. All sessions and tokens of the account end."""
        account = await self.account(user)
        await self._rules.check(new, account.name, account.name_zh, account.name_en)
        hash_ = await self._hasher.hash(new)
        now = self._clock.now()
        async with self._db.transaction() as connection:
            await queries.set_password(connection, account.id, hash_, now, must_change=must_change)
            await queries.end_sessions(connection, account.id, now)
            await pins.forget(connection, account.id)
        await queries.changed(self._db)

    async def link(self, user: str) -> tuple[str, datetime]:
        """The secret of a link by which the owner sets a password, and its end."""
        account = await self.account(user)
        return await acting.link(self._db, account.id, self._clock.now())

    async def give(
        self,
        user: str,
        role: str,
        organization: str | None = None,
        units: Sequence[str] = (),
        *,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> int:
        """A position; raises Invalid for a role, organisation or unit that is not there."""
        account = await self.account(user)
        acting.check_role(self._roles, role)
        home = await acting.resource(self._db, organization, ("Organization",), "organization")
        rids = [await acting.resource(self._db, one, acting.UNITS, "units") for one in units]
        made = await queries.add_position(
            self._db,
            account.id,
            role,
            organization=home,
            units=[rid for rid in rids if rid is not None],
            since=since or self._clock.now(),
            until=until,
        )
        await queries.changed(self._db)
        return made

    async def take(self, user: str, position: int) -> bool:
        """End a position; whether the account had it."""
        account = await self.account(user)
        ended = await changing.end_position(self._db, account.id, position, self._clock.now())
        await queries.changed(self._db)
        return ended
