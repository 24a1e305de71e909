"""Entries and their open proposals in the repository; what belongs together is written together.

https://hl7.org/fhir/R4/http.html#transaction
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from msgspec import structs

from xinglin.cdr.access import Access
from xinglin.cdr.interactions.replying import Style
from xinglin.fhir import json
from xinglin.kernel.errors import Issue, NotFound

from . import changes

if TYPE_CHECKING:
    from xinglin.cdr.repository import Repository

Json = dict[str, Any]
_PAGE: Final = 100
_CODES: Final = ",".join(f"{changes.SYSTEM}|{kind}" for kind in ("change", "retire"))


def stewards(access: Access) -> Access:
    """The caller's name with the rights of the stewardship: Tasks and entries of the group.

    What the caller may do has been decided before, by team and by his own access to the entry.
    """
    return structs.replace(
        Access.local(),
        actor=access.actor,
        purpose=access.purpose,
        account=access.account,
        session=access.session,
        client=access.client,
        position=access.position,
    )


class Shelf:
    """Over one repository."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    async def entry(self, access: Access, type_: str, id_: str) -> Json:
        """One entry; raises NotFound where the access does not let it be read."""
        return json.decode((await self._repository.read(access, type_, id_)).body)

    async def create(self, access: Access, type_: str, content: Json) -> Json:
        """A new entry."""
        return json.decode((await self._repository.create(access, type_, content)).body)

    async def tasks(self, access: Access, query: str, most: int = _PAGE) -> list[Json]:
        """Tasks of a search."""
        ctx = self._repository.context
        assert ctx.search is not None  # noqa: S101  the assembly has search
        found = await ctx.search(ctx.db, access, ("Task",), query, Style(""))
        entries = json.decode(found.body).get("entry", [])
        return [one["resource"] for one in entries[:most]]

    async def open(self, access: Access, type_: str, id_: str) -> Json | None:
        """The proposal about an entry that is under way; None: there is none."""
        status = ",".join(changes.OPEN)
        query = f"focus={type_}/{id_}&code={quote(_CODES)}&status={status}&_count=1"
        return next(iter(await self.tasks(access, query)), None)

    async def under_way(self, access: Access, type_: str, id_: str) -> Json:
        """The same; raises NotFound."""
        found = await self.open(access, type_, id_)
        if found is None:
            raise NotFound(
                Issue(
                    "not-found",
                    f"Nothing is proposed about {type_}/{id_}; begin with $propose.",
                    f"{type_}/{id_} 没有待处理的变更；请先用 $propose 提出。",
                )
            )
        return found

    async def write(self, access: Access, *resources: Json) -> None:
        """All of them, or none; each only over the version that was read."""
        entry = [_request(one) for one in resources]
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entry}
        await self._repository.bundle(access, bundle, base="")


def _request(resource: Json) -> Json:
    type_, id_ = resource["resourceType"], resource.get("id")
    if not id_:
        return {"resource": resource, "request": {"method": "POST", "url": type_}}
    request: Json = {"method": "PUT", "url": f"{type_}/{id_}"}
    version = resource.get("meta", {}).get("versionId")
    if version:
        request["ifMatch"] = f'W/"{version}"'
    return {"resource": resource, "request": request}
