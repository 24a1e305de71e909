"""Many resources under their ids in one transaction: what bulk import writes with.

https://hl7.org/fhir/R4/http.html#update, for each of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xinglin.cdr import store, types
from xinglin.cdr.context import retrying

from .draft import Draft
from .write import write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xinglin.cdr.access import Access
    from xinglin.cdr.context import Context


async def put_many(ctx: Context, access: Access, resources: Sequence[dict[str, Any]]) -> None:
    """Write all or none; they are valid, each has an id, and no two have the same name.

    What is there already as it is given is left alone, so that doing it again does nothing.
    """

    async def attempt() -> None:
        async with ctx.db.transaction() as connection:
            wanted = [(types.number(one["resourceType"]), one["id"]) for one in resources]
            rows = await store.locked(connection, wanted)
            known = {(row.type, row.id): row for row in rows}
            drafts = [
                Draft(one["resourceType"], one["id"], one, known.get(name))
                for one, name in zip(resources, wanted, strict=True)
            ]
            await write(ctx, connection, access, drafts)
        ctx.notify()

    await retrying(attempt)
