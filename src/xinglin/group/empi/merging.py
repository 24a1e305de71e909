"""Merge and unmerge: one record stays, the other points to it; undone exactly, whatever came since.

FHIR R4 Patient.link (replaces, replaced-by); HL7 v2 A40; docs/adr/0011-patient-index.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from xinglin.cdr.context import retrying
from xinglin.fhir import json
from xinglin.kernel.errors import Conflict, Invalid, Issue

from . import moving, patients
from .queries import Tables
from .traits import of_patient

if TYPE_CHECKING:
    from xinglin.cdr.access import Access
    from xinglin.cdr.store import Stored
    from xinglin.kernel.database import Connection

    from .index import Index

Json = dict[str, Any]
# What the record that stays is given where it has nothing of its own.
FILLED: Final = (
    "name", "telecom", "gender", "birthDate", "deceasedBoolean", "deceasedDateTime", "address",
    "maritalStatus", "photo", "contact", "communication", "generalPractitioner",
)  # fmt: skip
_CHOICES: Final = {"deceasedBoolean": "deceasedDateTime", "deceasedDateTime": "deceasedBoolean"}


class Merged(msgspec.Struct, frozen=True):
    """What came of it. ``number`` 0: only looked at."""

    number: int
    patient: Json
    moved: int
    rids: tuple[int, int] = (0, 0)


class Added(msgspec.Struct):
    """All that undoing a merge needs."""

    identifiers: list[Any]
    filled: dict[str, Any]
    active: bool | None
    pair: str = ""
    """What had been said of the two before."""

    def packed(self) -> str:
        """As it is kept; numbers keep their lexical form."""
        return json.encode(
            {
                "identifiers": self.identifiers,
                "filled": self.filled,
                "active": self.active,
                "pair": self.pair,
            }
        ).decode()


def survivor(kept: Json, gone: Json) -> tuple[Json, Added]:
    """The record that stays, and what of it comes from the other.

    It keeps all that it says; it is given what it does not say, and every number of the other, as
    old ones, so that who brings the old card is found.
    """
    own = [(one.get("system"), one.get("value")) for one in kept.get("identifier", ())]
    extra = [
        {**one, "use": "old"}
        for one in gone.get("identifier", ())
        if (one.get("system"), one.get("value")) not in own
    ]
    filled = {
        key: gone[key]
        for key in FILLED
        if key in gone and key not in kept and _CHOICES.get(key) not in kept
    }
    made = {**kept, **filled}
    if extra:
        made["identifier"] = [*kept.get("identifier", ()), *extra]
    active = gone.get("active")
    return made, Added(extra, filled, active if isinstance(active, bool) else None)


def restored(kept: Json, added: Added) -> Json:
    """The record that stayed, without what the merge gave it and nobody has changed since."""
    made = {key: value for key, value in kept.items() if added.filled.get(key) != value}
    identifiers = [one for one in kept.get("identifier", ()) if one not in added.identifiers]
    made.pop("identifier", None)
    if identifiers:
        made["identifier"] = identifiers
    return {key: made[key] for key in kept if key in made}


async def merge(
    index: Index,
    access: Access,
    source: str,
    target: str,
    *,
    reason: str = "",
    confirmed: bool = False,
    preview: bool = False,
) -> Merged:
    """Have ``source`` be replaced by ``target``, which gets its chart."""
    ctx = index.ctx

    async def attempt() -> Merged:
        async with ctx.db.transaction() as connection:
            rows = await patients.locked(ctx, connection, access, (source, target))
            gone, kept = rows[source], rows[target]
            await _check(connection, gone, kept, confirmed=confirmed)
            made, added = survivor(patients.content(kept), patients.content(gone))
            made = patients.with_link(made, source, "replaces")
            said = await Tables.pair(connection, kept.rid, gone.rid)
            added.pair = str(said["state"]) if said else ""
            if preview:
                return Merged(0, made, 0, (kept.rid, gone.rid))
            number = await Tables.merge(
                connection, (kept.rid, gone.rid), added.packed(), access.actor, reason
            )
            whole = patients.elevated(access)
            old = patients.with_link(patients.content(gone), target, "replaced-by")
            await patients.put(
                ctx,
                connection,
                whole,
                [(kept, made), (gone, {**old, "active": False})],
                bodies=False,
            )
            pair = (gone.rid, source), (kept.rid, target)
            moved = await moving.away(ctx, connection, whole, pair, number)
            await Tables.decide(connection, (kept.rid, gone.rid), "merged", access.actor, reason)
            await Tables.tell(connection, "merge", (kept.rid, gone.rid), access.actor, reason)
            result = await patients.one(ctx, connection, access, target)
        ctx.notify()
        return Merged(number, patients.content(result), moved, (kept.rid, gone.rid))

    return await retrying(attempt)


async def unmerge(index: Index, access: Access, source: str, *, reason: str = "") -> Merged:
    """Undo the merge by which ``source`` was replaced."""
    ctx = index.ctx

    async def attempt() -> Merged:
        async with ctx.db.transaction() as connection:
            first = await patients.one(ctx, connection, access, source)
            row = await Tables.merge_of(connection, first.rid)
            if row is None:
                raise _not_merged(source)
            other = row["id"]
            rows = await patients.locked(ctx, connection, access, (source, other))
            gone, kept = rows[source], rows[other]
            row = await Tables.merge_of(connection, gone.rid)
            if row is None:
                raise _not_merged(source)
            if await Tables.merge_of(connection, kept.rid):
                raise _later(other)
            whole = patients.elevated(access)
            if not await Tables.standing(connection, row["merge"]):
                raise _not_merged(source)
            moved = await moving.back(ctx, connection, whole, row["merge"], (source, other))
            added = Added(**json.decode(row["added"].encode()))
            changed = [
                (kept, _kept_back(kept, source, added)),
                (gone, _gone_back(gone, other, added)),
            ]
            await patients.put(ctx, connection, whole, changed, bodies=False)
            await Tables.undone(connection, row["merge"], access.actor)
            # Who were linked before are linked again; else somebody has just said they are two.
            state = "linked" if added.pair == "linked" else "different"
            await Tables.decide(connection, (kept.rid, gone.rid), state, access.actor, reason)
            await Tables.tell(connection, "unmerge", (kept.rid, gone.rid), access.actor, reason)
            result = await patients.one(ctx, connection, access, source)
        ctx.notify()
        rids = kept.rid, gone.rid
        return Merged(row["merge"], patients.content(result), moved, rids)

    return await retrying(attempt)


def _kept_back(kept: Stored, source: str, added: Added) -> Json:
    return patients.without_link(restored(patients.content(kept), added), source, "replaces")


def _gone_back(gone: Stored, target: str, added: Added) -> Json:
    patient = patients.without_link(patients.content(gone), target, "replaced-by")
    if added.active is None:
        patient.pop("active", None)
    else:
        patient["active"] = added.active
    return patient


async def _check(connection: Connection, gone: Stored, kept: Stored, *, confirmed: bool) -> None:
    for one in (gone, kept):
        if patients.has_link(patients.content(one), "replaced-by") or await Tables.merge_of(
            connection, one.rid
        ):
            raise Conflict(
                Issue(
                    "conflict",
                    f"Patient/{one.id} is merged into another record already. Use that one, or "
                    "undo the merge first.",
                    f"Patient/{one.id} 已并入另一条记录。请使用那条记录，或先撤销该合并。",
                )
            )
    mine, theirs = (
        {n.value for n in of_patient(patients.content(one)).numbers if n.verified}
        for one in (gone, kept)
    )
    if mine and theirs and mine != theirs and not confirmed:
        raise Invalid(
            Issue(
                "business-rule",
                "These two have different identity numbers, both of them right: they are two "
                "people unless somebody has looked at the papers. Send confirm=true if you have.",
                "两条记录的身份证号不同且都有效：除非有人核对过证件，否则应是两个人。"
                "如已核对，请加上 confirm=true。",
            )
        )


def _not_merged(source: str) -> Conflict:
    return Conflict(
        Issue(
            "conflict",
            f"Patient/{source} is not merged into another record: there is nothing to undo.",
            f"Patient/{source} 没有并入其他记录：无可撤销。",
        )
    )


def _later(other: str) -> Conflict:
    return Conflict(
        Issue(
            "conflict",
            f"Patient/{other} has been merged further since. Undo that merge first.",
            f"Patient/{other} 之后又被合并。请先撤销那次合并。",
        )
    )
