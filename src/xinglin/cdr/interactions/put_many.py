"""Many resources under their ids in one transaction: what bulk import writes with.

https://hl7.org/fhir/R4/http.html#update, for each of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xinglin.cdr import store, types
from xinglin.cdr.context import retrying

from .draft import Draft
from .write import foresee, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xinglin.cdr.access import Access
    from xinglin.cdr.context import Context
    from xinglin.cdr.store import Stored


async def put_many(ctx: Context, access: Access, resources: Sequence[dict[str, Any]]) -> None:
    """Write all or none; they are valid, each has an id, and no two have the same name.

    What is there already as it is given is left alone, so that doing it again does nothing.
    """
    wanted = [(types.number(one["resourceType"]), one["id"]) for one in resources]

    def drafts(rows: Sequence[Stored]) -> list[Draft]:
        known = {(row.type, row.id): row for row in rows}
        return [
            Draft(one["resourceType"], one["id"], one, known.get(name))
            for one, name in zip(resources, wanted, strict=True)
        ]

    async def attempt() -> None:
        there = await store.named(ctx.db, wanted)
        if not there:
            # All are new: one statement, which a writer of the same name makes fail and try again.
            await write(ctx, ctx.db, access, drafts(()), bodies=False)
            return
        await foresee(ctx, ctx.db, drafts(()))
        async with ctx.db.transaction() as connection:
            rows = await store.locked(connection, wanted)
            await write(ctx, connection, access, drafts(rows), bodies=False)
        ctx.notify()

    await retrying(attempt)
