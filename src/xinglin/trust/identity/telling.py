"""What a page is told of a session: account, positions with their names, pages.

docs/howto/accounts.md; the names come from Organization, Location and the roles.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from xinglin.cdr import types

from . import opaque, queries

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from xinglin.kernel.database import Database
    from xinglin.trust.model import Position
    from xinglin.trust.policy import Roles

    from .model import Account, SignedIn

Json = dict[str, Any]


class _Names(msgspec.Struct):
    """What of a resource its name is made of."""

    name: Any = None


class Teller:
    """Puts numbers into words."""

    def __init__(self, db: Database, roles: Roles) -> None:
        self._db = db
        self._roles = roles

    async def session(self, who: SignedIn, now: datetime) -> Json:
        """The answer of GET /auth/session."""
        account, session = who.account, who.session
        held = [one.position for one in await queries.positions(self._db, account.id, now)]
        people = [one for one in (account.practitioner, account.patient) if one is not None]
        named = await self.named((*numbers(held), *people))
        told = {one.id: self.position(one, named) for one in held}
        current = told.get(session.position) if session.position else None
        role = self._roles.get(current["role"]) if current else None
        return {
            "signedIn": True,
            "csrf": opaque.csrf_of(who.cookie),
            "account": self.account(account, named),
            "position": current,
            "positions": list(told.values()),
            "expires": session.expires,
            "shared": session.shared,
            "pin": False,
            "stepUpUntil": session.step_up if session.step_up and session.step_up > now else None,
            "mustChange": account.must_change,
            "pages": list(role.pages) if role else [],
        }

    def account(self, account: Account, named: dict[int, Json]) -> Json:
        """An account, without what it proves itself by."""
        return {
            "id": account.id,
            "user": account.name,
            "name": self.name(account),
            "practitioner": _reference(account.practitioner, named),
            "patient": _reference(account.patient, named),
        }

    @staticmethod
    def name(account: Account) -> Json:
        """The name to show, in both languages."""
        zh, en = account.name_zh, account.name_en
        return {"zh": zh or en or account.name, "en": en or zh or account.name}

    def role(self, code: str) -> Json:
        """The name of a role."""
        role = self._roles.get(code)
        return {"zh": role.name.zh, "en": role.name.en} if role else {"zh": code, "en": code}

    def position(self, one: Position, named: dict[int, Json]) -> Json:
        """A position in words."""
        return {
            "id": one.id,
            "role": one.role,
            "roleName": self.role(one.role),
            "organization": named.get(one.organization) if one.organization else None,
            "units": [named[rid] for rid in one.units if rid in named],
        }

    async def named(self, rids: Iterable[int]) -> dict[int, Json]:
        """Reference and name of resources by their numbers."""
        wanted = tuple(set(rids))
        if not wanted:
            return {}
        found: dict[int, Json] = {}
        for rid, type_, id_, body in await queries.resources(self._db, wanted):
            reference = f"{types.name(type_)}/{id_}"
            name = msgspec.json.decode(body, type=_Names).name if body else None
            found[rid] = {"reference": reference, "name": name if isinstance(name, str) else id_}
        return found


def numbers(held: Sequence[Position]) -> list[int]:
    """The rids that positions mention."""
    own = [one.organization for one in held if one.organization is not None]
    return [*own, *(rid for one in held for rid in one.units)]


def _reference(rid: int | None, named: dict[int, Json]) -> str | None:
    found = named.get(rid) if rid is not None else None
    return found["reference"] if found else None
