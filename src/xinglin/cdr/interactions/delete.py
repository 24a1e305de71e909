"""A tombstone: the versions stay in history, the index rows go.

https://hl7.org/fhir/R4/http.html#delete
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xinglin.cdr.context import retrying

from . import image, match, sight
from .draft import Draft
from .result import Result
from .write import write_one

if TYPE_CHECKING:
    from xinglin.cdr.access import Access
    from xinglin.cdr.context import Context


async def delete(
    ctx: Context, access: Access, type_: str, id_: str, *, if_match: str | None = None
) -> Result:
    """Delete it; what is deleted already, never was or may not be seen is answered alike."""
    image.check_type(type_)
    image.check_id(id_)
    if not access.allows(type_, "d"):
        raise sight.forbidden(type_)

    async def attempt() -> Result:
        async with ctx.db.acquire() as connection:
            seen = await sight.look(ctx, connection, access, (type_, id_), ("d", "r"))
            draft = Draft(type_, id_, None, seen.stored if seen else None)
            if not seen or not draft.live or not seen.may("d"):
                draft.old = None
                match.check(draft, if_match)
                return nothing(type_, id_)
            match.check(draft, if_match)
            return await write_one(ctx, connection, access, draft)

    return await retrying(attempt)


def nothing(type_: str, id_: str) -> Result:
    """There was nothing to delete: the state is what was asked for."""
    return Result(status=204, type=type_, id=id_)
