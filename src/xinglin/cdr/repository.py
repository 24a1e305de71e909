"""The repository: every interaction of the RESTful API as a method that takes an `Access` first.

https://hl7.org/fhir/R4/http.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from .access import Access
    from .interactions.result import Result, Return

Resource = dict[str, Any]
Params = Sequence[tuple[str, str]]
PatchBody = Resource | list[Any]


class Interactions(Protocol):
    """The interactions; headers come as the raw text of the header, criteria as a query string.

    Refusals are raised as `xinglin.kernel.errors.Refusal`. A read of a deleted resource raises
    `Gone`. 304 and ``Prefer`` are the edge's business (`Result` says version and date).
    """

    async def read(self, access: Access, type_: str, id_: str) -> Result:
        """The current version."""
        ...

    async def vread(self, access: Access, type_: str, id_: str, version: str) -> Result:
        """One version."""
        ...

    async def create(
        self, access: Access, type_: str, resource: Resource, *, if_none_exist: str | None = None
    ) -> Result:
        """A new resource, its id given by the server."""
        ...

    async def update(
        self,
        access: Access,
        type_: str,
        id_: str,
        resource: Resource,
        *,
        if_match: str | None = None,
        if_none_match: str | None = None,
    ) -> Result:
        """A new version; creates the resource where nothing has that id."""
        ...

    async def update_where(
        self,
        access: Access,
        type_: str,
        criteria: str,
        resource: Resource,
        *,
        if_match: str | None = None,
        if_none_match: str | None = None,
    ) -> Result:
        """Conditional update."""
        ...

    async def patch(
        self,
        access: Access,
        type_: str,
        id_: str,
        patch: PatchBody,
        *,
        if_match: str | None = None,
    ) -> Result:
        """A list is a JSON Patch, a Parameters resource a FHIRPath Patch."""
        ...

    async def patch_where(
        self,
        access: Access,
        type_: str,
        criteria: str,
        patch: PatchBody,
        *,
        if_match: str | None = None,
    ) -> Result:
        """Conditional patch."""
        ...

    async def delete(
        self, access: Access, type_: str, id_: str, *, if_match: str | None = None
    ) -> Result:
        """A tombstone; deleting what is deleted is no error."""
        ...

    async def delete_where(self, access: Access, type_: str, criteria: str) -> Result:
        """Conditional delete."""
        ...

    async def history(
        self, access: Access, type_: str | None, id_: str | None, params: Params, *, base: str
    ) -> Result:
        """Instance, type (id None) or system (both None) history, as a Bundle."""
        ...

    async def bundle(
        self,
        access: Access,
        bundle: Resource,
        *,
        base: str,
        prefer: Return = "representation",
        strict: bool = False,
        lang: str = "en",
    ) -> Result:
        """A batch or a transaction, as the Bundle's type says."""
        ...
