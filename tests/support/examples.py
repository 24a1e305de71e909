"""Does what an example of a role says, in the world of two campuses.

The language of examples is explained in docs/howto/write-a-policy.md.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from msgspec import structs
from tests.support import campuses

from xinglin.cdr import types
from xinglin.cdr.access import Access
from xinglin.cdr.search import SearchRequest
from xinglin.fhir import json
from xinglin.kernel.errors import Forbidden, NotFound
from xinglin.trust.model import Grant, Position

if TYPE_CHECKING:
    from xinglin.cdr.assembly import Assembly
    from xinglin.kernel.database import Database
    from xinglin.trust.policy import RolePolicy

DO = re.compile(
    r"(?P<act>read|search|create|update|delete) (?P<type>[A-Za-z]+)(?:/(?P<category>[\w-]+))?"
    r"(?:\.(?P<element>\w+))?(?: of (?P<patient>[\w-]+)| at (?P<campus>\w+))?"
)


class Stage:
    """Positions and resources as the examples name them."""

    def __init__(self, assembly: Assembly, db: Database, policy: RolePolicy) -> None:
        self._assembly = assembly
        self._repository = assembly.repository
        self._db = db
        self._policy = policy
        self._there: dict[tuple[str, str, str], str] = {}

    async def rid(self, type_: str, id_: str) -> int:
        """The number of a resource."""
        number = types.number(type_)
        found = await self._db.fetchval(
            "select rid from resource where type = $1 and id = $2", number, id_
        )
        assert found is not None, (type_, id_)
        return found

    async def grant(self, role: str, at: str) -> Grant:
        """Who ``at`` says: a patient, or somebody of a campus and a department."""
        if at.startswith("patient "):
            patient = await self.rid("Patient", at.removeprefix("patient "))
            return Grant(1, at, patient=patient, purpose="PATRQT", position=Position(1, role))
        campus, _, department = at.partition("/")
        organization = await self.rid("Organization", campus) if campus else None
        units = (await self.rid("Organization", f"{campus}-{department}"),) if department else ()
        purpose = self._policy.roles.get(role).purposes[0]  # pyright: ignore[reportOptionalMemberAccess]
        return Grant(1, role, purpose=purpose, position=Position(1, role, organization, units))

    async def allowed(self, role: str, at: str, do: str) -> bool:
        """Whether it can be done."""
        access = await self._policy.access(await self.grant(role, at))
        said = DO.fullmatch(do)
        assert said is not None, do
        try:
            return await self._done(access, said)
        except (Forbidden, NotFound):
            return False

    async def _done(self, access: Access, said: re.Match[str]) -> bool:
        type_, act = said["type"], said["act"]
        if act == "create":
            await self._repository.create(access, type_, self._body(said))
            return True
        id_ = await self._existing(said)
        if act == "search":
            request = SearchRequest(type_, (("_id", id_),))
            found = await self._assembly.engine.search(self._db, access, request)
            return bool(json.decode(found.body).get("entry"))
        if act == "delete":
            await self._repository.delete(access, type_, id_)
            return True
        if act == "update":
            kept = await self._repository.read(Access.local(), type_, id_)
            changed = {**json.decode(kept.body), "language": "zh"}
            await self._repository.update(access, type_, id_, changed)
            return True
        read = json.decode((await self._repository.read(access, type_, id_)).body)
        return said["element"] is None or said["element"] in read

    def _body(self, said: re.Match[str]) -> dict[str, Any]:
        if said["patient"]:
            return campuses.about(said["type"], said["patient"], said["category"] or "")
        made: dict[str, Any] = {"resourceType": said["type"]}
        if said["campus"]:
            made["managingOrganization"] = campuses.ref("Organization", said["campus"])
        return {**made, "name": "new"} if said["type"] == "Organization" else made

    async def _existing(self, said: re.Match[str]) -> str:
        """The resource that an example speaks of, made if it is not there yet."""
        type_, patient = said["type"], said["patient"]
        if type_ == "Patient" or patient is None:
            return patient or {"Organization": "A"}.get(type_) or await self._plain(type_)
        if type_ == "Encounter":
            return f"{patient}-e"
        name = (type_, patient, said["category"] or "")
        if name not in self._there:
            campus = await self.rid("Organization", patient[0].upper())
            local = structs.replace(Access.local(), home=campus)
            made = await self._repository.create(local, type_, self._body(said))
            self._there[name] = made.id
        return self._there[name]

    async def _plain(self, type_: str) -> str:
        return (await self._repository.create(Access.local(), type_, {"resourceType": type_})).id
