"""Accounts, positions and roles for the pages of administrators.

docs/howto/accounts.md.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from xinglin.kernel.errors import Invalid, Issue
from xinglin.trust.identity import queries as accounts
from xinglin.trust.identity.authorise import COOKIE
from xinglin.trust.identity.shared import queries as pins
from xinglin.trust.identity.telling import numbers
from xinglin.trust.room import Answer, missing

from . import accounts as acting
from . import queries
from .administrator import CAMPUS, Administrator, beyond

if TYPE_CHECKING:
    from xinglin.trust.identity.desk import Desk
    from xinglin.trust.identity.model import Account, Held
    from xinglin.trust.policy import Role
    from xinglin.trust.room import Ask, Room

Json = dict[str, Any]


class Text(msgspec.Struct, forbid_unknown_fields=True):
    """A name in both languages."""

    zh: str = ""
    en: str = ""


class NewAccount(msgspec.Struct, forbid_unknown_fields=True):
    """What a new account starts with."""

    user: str
    name: Text = msgspec.field(default_factory=Text)
    practitioner: str | None = None
    patient: str | None = None


class Change(msgspec.Struct, forbid_unknown_fields=True):
    """What of an account is to change; ``reset`` asks for a link that sets the password."""

    name: Text | None = None
    practitioner: str | msgspec.UnsetType | None = msgspec.UNSET
    patient: str | msgspec.UnsetType | None = msgspec.UNSET
    active: bool | None = None
    unlock: bool = False
    reset: bool = False


class NewPosition(msgspec.Struct, forbid_unknown_fields=True):
    """An appointment; times with zone."""

    role: str
    organization: str | None = None
    units: list[str] = []
    since: datetime | None = None
    until: datetime | None = None


class Administration:
    """The handlers."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def register(self, room: Room) -> None:
        """Put them into the room."""
        room.add("GET", "accounts", self.search)
        room.add("POST", "accounts", self.add)
        room.add("GET", "accounts/{}", self.one)
        room.add("PATCH", "accounts/{}", self.change)
        room.add("GET", "accounts/{}/positions", self.positions)
        room.add("POST", "accounts/{}/positions", self.add_position)
        room.add("DELETE", "accounts/{}/positions/{}", self.end_position)
        room.add("GET", "roles", self.roles)

    async def _administrator(self, ask: Ask) -> Administrator:
        return await administrator(self._desk, ask)

    async def _held(self, account: int) -> tuple[list[Held], list[Held]]:
        ever = await accounts.positions(self._desk.db, account)
        return await accounts.positions(self._desk.db, account, self._desk.clock.now()), ever

    async def _seen(self, ask: Ask, *, touch: bool) -> tuple[Administrator, Account, list[Held]]:
        """The account of the address, if it may be seen; ``touch``: if it may be changed."""
        administrator = await self._administrator(ask)
        account = await accounts.account_by_id(self._desk.db, ask.number())
        if account is None:
            raise missing()
        now, ever = await self._held(account.id)
        if not administrator.may_see(now, ever):
            raise missing()
        if touch and not administrator.may_touch(account.id, now, ever):
            raise beyond()
        return administrator, account, ever

    async def search(self, ask: Ask) -> Answer:
        """At most a hundred."""
        desk = self._desk
        administrator = await self._administrator(ask)
        words = (ask.request.parameter("q") or "").strip().casefold()[:100]
        campuses = None if administrator.campus is None else (administrator.campus,)
        found = await queries.search(desk.db, words, campuses, desk.clock.now())
        last = await queries.last_sign_in(desk.db, found)
        told: list[Json] = []
        for number in found:
            account = await accounts.account_by_id(desk.db, number)
            if account is not None:
                told.append({**await self._told(account), "lastSignIn": last.get(number)})
        return Answer(told)

    async def _told(self, account: Account, held: list[Held] | None = None) -> Json:
        desk, now = self._desk, self._desk.clock.now()
        if held is None:
            held = await accounts.positions(desk.db, account.id, now)
        people = [one for one in (account.practitioner, account.patient) if one is not None]
        named = await desk.teller.named((*numbers([one.position for one in held]), *people))
        return {
            **desk.teller.account(account, named),
            "active": account.active,
            "password": bool(account.password),
            "positions": [
                {
                    **desk.teller.position(one.position, named),
                    "since": one.since,
                    "until": one.until,
                }
                for one in held
            ],
        }

    async def one(self, ask: Ask) -> Answer:
        """An account."""
        _, account, _ = await self._seen(ask, touch=False)
        return Answer(await self._told(account))

    async def add(self, ask: Ask) -> Answer:
        """A new account, with a link by which its owner sets the password."""
        desk = self._desk
        administrator, given = await self._administrator(ask), await ask.json(NewAccount)
        values = await self._people(given.practitioner, given.patient)
        now = desk.clock.now()
        async with desk.db.transaction() as connection:
            number = await acting.add(
                connection, given.user, name_zh=given.name.zh, name_en=given.name.en, **values
            )
            secret, expires = await acting.link(connection, number, now)
        account = await accounts.account_by_id(desk.db, number)
        assert account  # noqa: S101  made above
        await desk.told(ask, "account", account, note=f"added by {administrator.account}")
        told = {**await self._told(account), **_link(ask, secret, expires)}
        return Answer(told, status=201)

    async def _people(self, practitioner: str | None, patient: str | None) -> Json:
        db = self._desk.db
        return {
            "practitioner": await acting.resource(
                db, practitioner, ("Practitioner",), "practitioner"
            ),
            "patient": await acting.resource(db, patient, ("Patient",), "patient"),
        }

    async def change(self, ask: Ask) -> Answer:
        """Names, open or closed, a new link."""
        desk = self._desk
        administrator, account, _ = await self._seen(ask, touch=True)
        given = await ask.json(Change)
        now = desk.clock.now()
        values: Json = {}
        if given.name is not None:
            values |= {"name_zh": given.name.zh, "name_en": given.name.en}
        people = await self._people(given.practitioner or None, given.patient or None)
        for name in ("practitioner", "patient"):
            if getattr(given, name) is not msgspec.UNSET:
                values[name] = people[name]
        if given.active or given.unlock:
            values["active"] = True
        more: Json = {}
        async with desk.db.transaction() as connection:
            if values:
                await queries.change(connection, account.id, values)
            if given.active is False:
                await acting.close(connection, account.id, now)
            if given.reset:
                await accounts.end_sessions(connection, account.id, now)
                await pins.forget(connection, account.id)
                more = _link(ask, *await acting.link(connection, account.id, now))
        await desk.changed()
        done = ", ".join([*values, *(["closed"] if given.active is False else []), *more][:8])
        note = f"changed by {administrator.account}: {done}"
        await desk.told(ask, "account", account, note=note)
        fresh = await accounts.account_by_id(desk.db, account.id)
        return Answer({**await self._told(fresh or account), **more})

    async def positions(self, ask: Ask) -> Answer:
        """All positions, past and coming ones too."""
        _, account, ever = await self._seen(ask, touch=False)
        return Answer((await self._told(account, ever))["positions"])

    async def add_position(self, ask: Ask) -> Answer:
        """A new position."""
        desk = self._desk
        administrator, account, _ = await self._seen(ask, touch=True)
        given = await ask.json(NewPosition)
        since = given.since or desk.clock.now()
        until = given.until
        if since.tzinfo is None or (until and (until.tzinfo is None or until <= since)):
            raise Invalid(
                Issue(
                    "value",
                    "Times need a zone, and the end is after the beginning.",
                    "时间须带时区，且结束晚于开始。",
                    ("until",),
                )
            )
        home = await acting.resource(desk.db, given.organization, ("Organization",), "organization")
        administrator.check_role(given.role, home)
        acting.check_role(desk.roles, given.role)
        units = [await acting.resource(desk.db, one, acting.UNITS, "units") for one in given.units]
        made = await accounts.add_position(
            desk.db,
            account.id,
            given.role,
            organization=home,
            units=[one for one in units if one is not None],
            since=since,
            until=until,
        )
        await desk.changed()
        note = f"position {made} {given.role} given by {administrator.account}"
        await desk.told(ask, "account", account, note=note)
        now, _ = await self._held(account.id)
        return Answer((await self._told(account, now))["positions"], status=201)

    async def end_position(self, ask: Ask) -> Answer:
        """A position is over."""
        desk = self._desk
        administrator, account, ever = await self._seen(ask, touch=True)
        wanted = ask.number(1)
        for one in ever:
            if one.position.id == wanted:
                administrator.check_role(one.position.role, one.position.organization)
        if not await queries.end_position(desk.db, account.id, wanted, desk.clock.now()):
            raise missing()
        await desk.changed()
        note = f"position {wanted} ended by {administrator.account}"
        await desk.told(ask, "account", account, note=note)
        return Answer(status=204)

    async def roles(self, ask: Ask) -> Answer:
        """Every role, for whoever is signed in."""
        desk = self._desk
        if await desk.present(ask) is None:
            await desk.authorise.grant(ask.request)
        return Answer([self._role(one) for one in desk.roles])

    def _role(self, role: Role) -> Json:
        return {
            "code": role.code,
            "name": role.name,
            "version": role.version,
            "description": role.description,
            "reviewedBy": role.reviewed_by,
            "purposes": role.purposes,
            "scopes": self._desk.roles.scopes(role.code),
            "pages": role.pages,
            "breakGlass": role.break_glass,
            "examples": role.examples,
        }


async def administrator(desk: Desk, ask: Ask, rank: int = CAMPUS) -> Administrator:
    """Who asks, by a page's cookie or by a token without scopes; raises Forbidden."""
    if ask.request.header(b"authorization") is None and ask.cookie(COOKIE):
        who = await desk.signed_in(ask)
        held = await accounts.positions(desk.db, who.account.id, desk.clock.now())
        current = [one.position for one in held if one.position.id == who.session.position]
        found = Administrator.of(who.account.id, current[0] if current else None)
    else:
        grant = await desk.authorise.grant(ask.request)
        # What a program was given for something else is not enough to look after accounts.
        found = Administrator.of(grant.account, grant.position if grant.scopes is None else None)
    if found.rank < rank:
        raise beyond()
    return found


def _link(ask: Ask, secret: str, expires: datetime) -> Json:
    # Behind the hash sign: browsers do not send it, so no log has it.
    return {"link": f"{ask.origin}/sign-in#link={secret}", "linkExpires": expires}
