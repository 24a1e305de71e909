"""``$register``: a new patient, unless there is one already and nobody has decided.

Issue 3: warn, never block. docs/howto/patient-index.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from xinglin.cdr.context import retrying
from xinglin.cdr.interactions import hidden, image, sight
from xinglin.cdr.interactions.draft import Draft
from xinglin.cdr.interactions.write import write
from xinglin.fhir import json
from xinglin.kernel.ids import uuid7

from . import blocking, matching, newborn, patients
from .matching import Found
from .queries import Tables

if TYPE_CHECKING:
    from xinglin.cdr.access import Access
    from xinglin.kernel.database import Connection

    from .index import Index

Json = dict[str, Any]
_STRONG = ("i|NI", "n|")


class Registered(msgspec.Struct, frozen=True):
    """``patient`` is empty where candidates are to be looked at first."""

    patient: Json
    found: tuple[Found, ...] = ()
    created: bool = False
    location: str = ""
    rid: int = 0


async def register(
    index: Index, access: Access, patient: Json, *, decided: bool, reason: str, mother: str = ""
) -> Registered:
    """Create it; where somebody probably is the same, only if ``decided``."""
    image.check_type("Patient")
    image.check(patient, "Patient")
    hidden.refuse_subsetted(patient)
    if not access.allows("Patient", "c"):
        raise sight.forbidden("Patient")
    return await retrying(
        lambda: _attempt(index, access, patient, decided=decided, reason=reason, mother=mother)
    )


async def _attempt(
    index: Index, access: Access, patient: Json, *, decided: bool, reason: str, mother: str
) -> Registered:
    ctx = index.ctx
    traits = matching.asked(access, patient)
    # Two clerks with the same person before them: the second waits, and then sees the first's.
    strong = [key for key in blocking.keys(traits) if key.startswith(_STRONG)]
    async with ctx.db.transaction() as connection:
        await Tables.lock(connection, sorted(index.hashed(strong)))
        found = await matching.find(index, connection, access, traits)
        if not decided and any(matching.at_least(one.score, "probable") for one in found):
            return Registered({}, tuple(found))
        made = await _create(index, connection, access, patient, mother)
        rid = made[1]
        await Tables.matched(connection, [rid])
        if found:
            rows = [(rid, one.rid, one.score.bits, one.score.grade) for one in found]
            await Tables.pairs(connection, rows)
        if found and decided:
            await Tables.tell(connection, "new", (rid, found[0].rid), access.actor, reason)
    ctx.notify()
    return Registered(made[0], tuple(found), created=True, location=made[2], rid=rid)


async def _create(
    index: Index, connection: Connection, access: Access, patient: Json, mother: str
) -> tuple[Json, int, str]:
    """(what the caller may read of it, its number, its address)."""
    ctx = index.ctx
    id_ = uuid7()
    own = await patients.one(ctx, connection, access, mother) if mother else None
    result = (await write(ctx, connection, access, [Draft("Patient", id_, patient)]))[0]
    if own is not None:
        await newborn.join(ctx, connection, patients.elevated(access), id_, own)
    rid = await ctx.references.resolve(connection, {("Patient", id_)})
    body = json.decode(result.body) if result.body else {}
    return body, rid["Patient", id_], result.location
