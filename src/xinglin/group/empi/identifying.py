"""An unknown emergency patient identified later: the record gets its person, or joins another.

spec/clinical.md, section 7.2 (unknown patient).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xinglin.cdr.context import retrying
from xinglin.fhir import json

from . import matching, patients
from .queries import Tables
from .registering import Registered

if TYPE_CHECKING:
    from xinglin.cdr.access import Access

    from .index import Index

Json = dict[str, Any]
_SAID: Final = (
    "name", "gender", "birthDate", "telecom", "address", "maritalStatus", "contact", "photo",
    "communication", "multipleBirthBoolean", "multipleBirthInteger",
)  # fmt: skip


async def identify(
    index: Index, access: Access, id_: str, person: Json, *, decided: bool
) -> Registered:
    """Write the person's data into the record; where he probably is known already, ask first."""
    ctx = index.ctx

    async def attempt() -> Registered:
        async with ctx.db.transaction() as connection:
            stored = (await patients.locked(ctx, connection, access, [id_]))[id_]
            traits = matching.asked(access, person)
            found = await matching.find(index, connection, access, traits, leave=stored.rid)
            if not decided and any(matching.at_least(one.score, "probable") for one in found):
                return Registered({}, tuple(found), rid=stored.rid)
            made = known(patients.content(stored), person)
            result = (await patients.put(ctx, connection, access, [(stored, made)]))[0]
            if found:
                rows = [(stored.rid, o.rid, o.score.bits, o.score.grade) for o in found]
                await Tables.pairs(connection, rows)
            pair = (stored.rid, stored.rid)
            await Tables.tell(connection, "identified", pair, access.actor, "")
        ctx.notify()
        made = json.decode(result.body) if result.body else {}
        return Registered(made, tuple(found), rid=stored.rid)

    return await retrying(attempt)


def known(record: Json, person: Json) -> Json:
    """The record with what is known now; its numbers stay, the old name is kept as a nickname."""
    made = {**record, **{key: person[key] for key in _SAID if key in person}}
    if "name" in person and "name" in record:
        made["name"] = [*person["name"], *({**one, "use": "old"} for one in record["name"])]
    have = record.get("identifier", [])
    made["identifier"] = [*have, *(one for one in person.get("identifier", ()) if one not in have)]
    if not made["identifier"]:
        del made["identifier"]
    return made
