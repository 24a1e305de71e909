"""What the parts of the provider share: the desk, the keys, addresses, who is signed in.

OpenID Connect Core 1.0; SMART App Launch 2.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from xinglin.cdr import types
from xinglin.cdr.interactions.replying import Style
from xinglin.fhir import json
from xinglin.kernel.errors import Refusal
from xinglin.trust.identity import queries as accounts
from xinglin.trust.model import Grant, Position

if TYPE_CHECKING:
    from datetime import datetime

    from xinglin.cdr.access import Access
    from xinglin.cdr.repository import Repository
    from xinglin.kernel.clock import Clock
    from xinglin.kernel.database import Database
    from xinglin.trust.identity import Desk
    from xinglin.trust.identity.model import Account, SignedIn
    from xinglin.trust.room import Ask

    from .keys import Keys

FOUND = 20  # patients shown to choose from


class Provider:
    """One for each process."""

    def __init__(self, desk: Desk, repository: Repository, keys: Keys) -> None:
        self.desk = desk
        self.repository = repository
        self.keys = keys
        self.db: Database = desk.db
        self.clock: Clock = desk.clock

    def now(self) -> datetime:
        """The present."""
        return self.clock.now()

    @staticmethod
    def issuer(ask: Ask) -> str:
        """Who signs: the public address."""
        return ask.origin

    @staticmethod
    def fhir(ask: Ask) -> str:
        """The FHIR base."""
        return f"{ask.origin}/fhir"

    async def grant(self, who: SignedIn) -> Grant:
        """What whoever is signed in may do, in the position of the session."""
        held = await accounts.positions(self.db, who.account.id, self.now())
        position = next(
            (one.position for one in held if one.position.id == who.session.position), None
        )
        return grant_of(who.account, position, session=who.session.id)

    async def access(self, grant: Grant) -> Access:
        """The same as an access; raises Forbidden."""
        return await self.desk.authorise.access(grant)

    async def patient(self, grant: Grant, reference: str) -> int | None:
        """The number of a patient whom the grant lets see; None: no such one."""
        type_, _, id_ = reference.partition("/")
        if type_ != "Patient" or not id_:
            return None
        try:
            access = await self.access(grant)
            await self.repository.read(access, "Patient", id_)
        except Refusal:
            return None
        numbers = await self.repository.context.references.resolve(self.db, {("Patient", id_)})
        return numbers["Patient", id_]

    async def found(self, ask: Ask, grant: Grant, words: str) -> list[dict[str, Any]]:
        """Patients by name or number, as FHIR search finds them for this grant."""
        search = self.repository.context.search
        if search is None or not words.strip():
            return []
        told: dict[str, dict[str, Any]] = {}
        for name in ("name", "identifier"):
            query = urlencode({name: words.strip()[:100], "_count": str(FOUND)})
            try:
                access = await self.access(grant)
                result = await search(self.db, access, ("Patient",), query, Style(self.fhir(ask)))
            except Refusal:
                continue
            for entry in json.decode(result.body).get("entry", []):
                told.setdefault(entry["resource"]["id"], entry["resource"])
        return list(told.values())[:FOUND]

    async def reference(self, rid: int | None) -> str | None:
        """Type and id of a resource by its number."""
        if rid is None:
            return None
        found = await accounts.resources(self.db, (rid,))
        return f"{types.name(found[0][1])}/{found[0][2]}" if found else None


def grant_of(account: Account, position: Position | None, **more: Any) -> Grant:
    """A grant of an account in a position."""
    return Grant(
        account=account.id,
        name=account.name,
        practitioner=account.practitioner,
        patient=account.patient,
        position=position,
        **more,
    )
