"""Terminology in the repository: kept in step by writes, asked by searches and by its operations.

https://hl7.org/fhir/R4/terminology-service.html; https://hl7.org/fhir/R4/search.html#token
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xinglin.fhir import json
from xinglin.kernel.errors import NotFound
from xinglin.terminology import TYPES, project

from .access import Access
from .interactions import sight

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xinglin.kernel.database import Connection
    from xinglin.terminology import Terminology

    from .interactions.draft import Written
    from .repository import Repository
    from .search.build.builder import Codes

_HOLDERS = {
    "CodeSystem": "select rid from code_system where url = $1 and rid is not null",
    "ValueSet": "select rid from value_set where url = $1 and rid is not null",
    "ConceptMap": "select rid from concept_map where url = $1 and rid is not null",
}


class Vocabulary:
    """The terminology service as search and operations see it."""

    def __init__(self, terminology: Terminology, repository: Repository) -> None:
        self.service = terminology
        self._repository = repository
        repository.on_write(TYPES, _keep_in_step)

    async def locate(self, access: Any, type_: str, id_: str) -> int:
        """The number of a resource that the caller may see; raises NotFound or Gone."""
        await self._repository.read(access, type_, id_)
        context = self._repository.context
        numbers = await context.references.resolve(context.db, {(type_, id_)})
        return numbers[type_, id_]

    async def check(self, access: Access, type_: str, url: str | None) -> None:
        """Refuse what is asked by address if the resources that hold it may not be read.

        What is built in, or was loaded from files, is for all who may read the type at all.
        """
        node = access.predicate(type_, "r")
        if node is None:
            return
        if not access.allows(type_, "r"):
            raise sight.forbidden(type_)
        context = self._repository.context
        rids = [row[0] for row in await context.db.fetch(_HOLDERS[type_], url)]
        seen = await sight.told(context, context.db, access, rids, ("r",))
        if rids and not any("r" in one.letters for one in seen.values()):
            raise sight.absent(type_, url or "")

    async def expand(self, value_set: str) -> Codes | None:
        """See `search.build.builder.Terminology`."""
        url = value_set
        if "://" not in value_set and not value_set.startswith("urn:"):
            found = await self._address(value_set.removeprefix("ValueSet/"))
            if found is None:
                return None
            url = found
        try:
            return tuple(await self.service.codes_in(url))
        except NotFound:
            return None

    async def below(self, system: str, code: str) -> Codes | None:
        """See `search.build.builder.Terminology`."""
        return await self._lineage(system, code, above=False)

    async def above(self, system: str, code: str) -> Codes | None:
        """See `search.build.builder.Terminology`."""
        return await self._lineage(system, code, above=True)

    async def _lineage(self, system: str, code: str, *, above: bool) -> Codes | None:
        try:
            found = await self.service.lineage(system, code, above=above)
        except NotFound:
            return None
        return tuple((system, one) for one in found)

    async def _address(self, id_: str) -> str | None:
        try:
            result = await self._repository.read(Access.local(), "ValueSet", id_)
        except NotFound:
            return None
        return json.decode(result.body).get("url")


async def _keep_in_step(connection: Connection, written: Sequence[Written]) -> None:
    for one in written:
        await project(connection, one.rid, one.resource)
