"""Programs, looked after by administrators of the group.

docs/howto/register-a-program.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from xinglin.trust.identity import GROUP, administrator
from xinglin.trust.room import Answer

from .clients import Client, Kind
from .register import Register

if TYPE_CHECKING:
    from xinglin.trust.identity import Desk
    from xinglin.trust.room import Ask, Room


class NewClient(msgspec.Struct, forbid_unknown_fields=True):
    """A program as a page sends it."""

    id: str
    kind: Kind = "public"
    name: dict[str, str] = {}
    redirects: tuple[str, ...] = ()
    scopes: str = ""
    launch: str = ""
    logout: str = ""
    jwks: str = ""
    jwksUri: str = ""  # noqa: N815  as JSON has it
    user: str = ""
    trusted: bool = False
    introspects: bool = False


class Programs:
    """The handlers."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._register = Register(desk.db, desk.clock, desk.roles)

    def register(self, room: Room) -> None:
        """Put them into the room."""
        room.add("GET", "clients", self.list)
        room.add("POST", "clients", self.add)
        room.add("DELETE", "clients/{}", self.remove)

    async def list(self, ask: Ask) -> Answer:
        """All of them."""
        await administrator(self._desk, ask, GROUP)
        return Answer([_told(one) for one in await self._register.list()])

    async def add(self, ask: Ask) -> Answer:
        """Register a program, or change it; the answer has its secret, once."""
        who = await administrator(self._desk, ask, GROUP)
        given = await ask.json(NewClient)
        wanted = Client(
            id=given.id,
            name_zh=given.name.get("zh", ""),
            name_en=given.name.get("en", ""),
            kind=given.kind,
            jwks=given.jwks,
            jwks_uri=given.jwksUri,
            redirects=given.redirects,
            launch_uri=given.launch,
            logout_uri=given.logout,
            scopes=given.scopes,
            trusted=given.trusted,
            introspects=given.introspects,
        )
        secret = await self._register.add(wanted, given.user)
        await self._desk.told(ask, "client", note=f"{given.id} by {who.account}")
        return Answer({"id": given.id, "secret": secret or None}, status=201)

    async def remove(self, ask: Ask) -> Answer:
        """It is known no more."""
        who = await administrator(self._desk, ask, GROUP)
        await self._register.remove(ask.params[0])
        await self._desk.changed()
        await self._desk.told(ask, "client", note=f"{ask.params[0]} removed by {who.account}")
        return Answer(status=204)


def _told(one: Client) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind,
        "name": {"zh": one.name_zh, "en": one.name_en},
        "redirects": one.redirects,
        "scopes": one.scopes,
        "launch": one.launch_uri,
        "logout": one.logout_uri,
        "jwks": one.jwks,
        "jwksUri": one.jwks_uri,
        "account": one.account,
        "trusted": one.trusted,
        "introspects": one.introspects,
        "active": one.active,
    }
