"""Who asks, until sign-in exists: whoever reaches loopback, acting for a campus or institution.

The header ``X-Acting-Organization: Organization/…`` names it; see docs/adr on homes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from xinglin.cdr.access import Access
from xinglin.kernel.errors import Issue, Malformed

if TYPE_CHECKING:
    from xinglin.cdr.http import Request
    from xinglin.cdr.repository import Repository

HEADER = b"x-acting-organization"
_KEPT = 1024


class LocalOperator:
    """All access; what is written belongs to the institution that the header names."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._known: dict[str, Access] = {}

    async def __call__(self, request: Request) -> Access:
        """The access of a request; raises Malformed or NotFound for an unknown institution."""
        named = request.header(HEADER)
        if named is None:
            return Access.local()
        found = self._known.get(named)
        if found is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
            found = self._known[named] = await self._acting(named)
        return found

    async def _acting(self, named: str) -> Access:
        type_, _, id_ = named.partition("/")
        if type_ != "Organization" or not id_:
            raise Malformed(
                Issue(
                    "value",
                    f'X-Acting-Organization: "{named[:80]}" should be Organization/<id>',
                    f"X-Acting-Organization：“{named[:80]}”应为 Organization/<id>",
                    ("http.X-Acting-Organization",),
                )
            )
        local = Access.local()
        await self._repository.read(local, type_, id_)
        context = self._repository.context
        numbers = await context.references.resolve(context.db, {(type_, id_)})
        return structs.replace(local, home=numbers[type_, id_])
