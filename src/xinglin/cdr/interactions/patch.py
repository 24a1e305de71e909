"""Change parts of a resource: JSON Patch and FHIRPath Patch.

https://hl7.org/fhir/R4/http.html#patch, https://hl7.org/fhir/R4/fhirpatch.html; RFC 6902
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xinglin.cdr import types
from xinglin.cdr.context import retrying
from xinglin.fhir import json
from xinglin.fhir import patch as patches

from . import hidden, image, match, read, sight
from .draft import Draft
from .write import write_one

if TYPE_CHECKING:
    from xinglin.cdr.access import Access
    from xinglin.cdr.context import Context

    from .result import Result
    from .sight import Seen

Body = dict[str, Any] | list[Any]


async def patch(
    ctx: Context,
    access: Access,
    type_: str,
    id_: str,
    body: Body,
    *,
    if_match: str | None = None,
) -> Result:
    """Apply it to the current version; what comes out is validated as an update is."""
    image.check_type(type_)
    image.check_id(id_)

    async def attempt() -> Result:
        async with ctx.db.acquire() as connection:
            seen = await sight.look(ctx, connection, access, (type_, id_), ("u", "r"))
            if seen is None:
                raise sight.absent(type_, id_)
            return await write_one(
                ctx, connection, access, draft(seen, body, if_match, access.hides(type_))
            )

    return await retrying(attempt)


def draft(seen: Seen, body: Body, if_match: str | None, hides: tuple[str, ...] = ()) -> Draft:
    """What is to be written; ``hides``: elements that the patch must not see."""
    old = seen.stored
    type_ = types.name(old.type)
    made = Draft(type_, old.id, {}, old)
    if not old.ver or not seen.may("u"):
        raise sight.absent(type_, old.id)
    if old.deleted:
        raise read.gone(type_, old.id, old.ver)
    match.check(made, if_match)
    before = json.decode(old.body.encode())
    resource = hidden.without(before, hides)
    changed = (
        patches.json_patch(resource, body, fhir=True)
        if isinstance(body, list)
        else patches.fhirpath_patch(resource, body)
    )
    if "id" not in changed:
        raise image.other_id(None, type_, old.id)
    if hides:
        changed = hidden.restored(hides, type_, before, changed)
    image.check(changed, type_, old.id)
    made.resource = changed
    return made
