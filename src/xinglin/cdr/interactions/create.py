"""A new resource, its id given by the server.

https://hl7.org/fhir/R4/http.html#create
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xinglin.cdr.context import retrying
from xinglin.kernel.ids import uuid7

from . import conditional, hidden, image, sight
from .draft import Draft
from .write import write_one

if TYPE_CHECKING:
    from xinglin.cdr.access import Access
    from xinglin.cdr.context import Context

    from .result import Result


async def create(
    ctx: Context,
    access: Access,
    type_: str,
    resource: dict[str, Any],
    *,
    if_none_exist: str | None = None,
) -> Result:
    """Create it; under ``If-None-Exist`` only where nothing meets the criteria."""
    image.check_type(type_)
    image.check(resource, type_)
    hidden.refuse_subsetted(resource)
    if not access.allows(type_, "c"):
        raise sight.forbidden(type_)
    if if_none_exist is not None:
        return await conditional.create(ctx, access, type_, resource, if_none_exist)
    return await retrying(lambda: write_one(ctx, ctx.db, access, Draft(type_, uuid7(), resource)))
