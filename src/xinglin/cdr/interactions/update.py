"""A new version of a resource; creates it where nothing has that id.

https://hl7.org/fhir/R4/http.html#update
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xinglin.cdr.context import retrying

from . import hidden, image, match, sight
from .draft import Draft, unseen
from .write import write_one

if TYPE_CHECKING:
    from xinglin.cdr.access import Access
    from xinglin.cdr.context import Context

    from .result import Result


async def update(
    ctx: Context,
    access: Access,
    type_: str,
    id_: str,
    resource: dict[str, Any],
    *,
    if_match: str | None = None,
    if_none_match: str | None = None,
) -> Result:
    """Write it. The same content as the current version is answered with that version."""
    image.check_type(type_)
    image.check_id(id_)
    image.check(resource, type_, id_)
    hidden.refuse_subsetted(resource)
    if not (access.allows(type_, "u") or access.allows(type_, "c")):
        raise sight.forbidden(type_)

    async def attempt() -> Result:
        async with ctx.db.acquire() as connection:
            name = type_, id_
            seen = await sight.look(ctx, connection, access, name, ("r", "u"), hide=False)
            draft = Draft(type_, id_, resource, seen.stored if seen else None)
            match.check(draft if seen and seen.letters else unseen(draft), if_match, if_none_match)
            return await write_one(ctx, connection, access, draft)

    return await retrying(attempt)
