"""Confidential patients: whose record is opened only for those who treat them.

v3-Confidentiality (R restricted, V very restricted): http://terminology.hl7.org/CodeSystem/;
docs/adr/0013-policy.md. Staff who are patients are confidential by themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xinglin.cdr import types

from . import queries, reading
from .kinds import Lasting, shipped
from .reading import Name, local, strip_none

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from xinglin.cdr.context import Context
    from xinglin.cdr.interactions.draft import Written
    from xinglin.kernel.database import Connection

Json = dict[str, Any]
CONFIDENTIALITY: Final = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
TYPES: Final = frozenset({"Patient", "Person", "Practitioner"})
_SURE: Final = frozenset({"level3", "level4"})
LABEL: Final = "label"
STAFF: Final = "staff"


class Sealing:
    """Keeps the table ``sealed`` in step, in the transaction of each write."""

    def __init__(self, context: Context, lasting: Lasting | None = None) -> None:
        self._context = context
        self._lasting = lasting or shipped()

    async def __call__(self, connection: Connection, written: Sequence[Written]) -> None:
        """Seal and unseal the patients that these writes concern."""
        concerned = {one.rid: one.resource or {} for one in written if one.type == "Patient"}
        others = await self._others(connection, written)
        missing = others - concerned.keys()
        if missing:
            concerned |= await queries.bodies_of(connection, missing)
        if concerned:
            reasons = await self.reasons(connection, concerned)
            await queries.seal(connection, list(concerned), reasons)

    async def reasons(self, connection: Connection, patients: Mapping[int, Json]) -> dict[int, str]:
        """Why each of these patients is confidential; those that are not are left out."""
        found: dict[int, str] = {}
        labels = set(self._lasting.sealed.labels)
        for rid, patient in patients.items():
            if reading.labels(patient, CONFIDENTIALITY) & labels:
                found[rid] = LABEL
        rest = {rid: one for rid, one in patients.items() if rid not in found and one}
        for rid in await self._staff(connection, rest):
            found[rid] = STAFF
        return found

    async def _staff(self, connection: Connection, patients: Mapping[int, Json]) -> set[int]:
        """Those who have the number of a member of staff, or are known to be one."""
        keys = {k: rid for rid, one in patients.items() for k in self._keys("Practitioner", one)}
        found = {keys[k] for k in await queries.having(connection, list(keys))}
        params = queries.sources(self._context.indexer.params, ("Person", "link"))
        people = await queries.referring(connection, params, list(patients))
        if people:
            names = {("Patient", one["id"]): rid for rid, one in patients.items() if "id" in one}
            for person in (await queries.bodies_of(connection, people)).values():
                if _linked(person, "Practitioner"):
                    found |= {names[name] for name in _linked(person, "Patient") if name in names}
        return found

    def _keys(self, type_: str, resource: Json) -> list[int]:
        """The index keys that a resource of the type with these identifiers would have."""
        params = queries.sources(self._context.indexer.params, (type_, "identifier"))
        return [
            self._context.indexer.keys.token(param, one["system"], one["value"])
            for one in reading.dicts(resource.get("identifier"))
            if isinstance(one.get("system"), str) and isinstance(one.get("value"), str)
            for param in params
        ]

    async def _others(self, connection: Connection, written: Sequence[Written]) -> set[int]:
        """Patients whom a write about somebody else concerns."""
        names: set[Name] = set()
        keys: list[int] = []
        for one in written:
            for image in (one.before or {}, one.resource or {}):
                if one.type == "Person":
                    names |= set(_linked(image, "Patient"))
                elif one.type == "Practitioner":
                    keys += self._keys("Patient", image)
        numbers: Collection[int] = ()
        if names:
            numbers = (await self._context.references.resolve(connection, names)).values()
        return {*numbers, *await queries.holders(connection, keys)}


def _linked(person: Json, type_: str) -> list[Name]:
    if person.get("active") is False:
        return []
    return strip_none(
        local(one.get("target"), type_)
        for one in reading.dicts(person.get("link"))
        if one.get("assurance") in _SURE
    )


async def compare(context: Context, sealing: Sealing, *, repair: bool = False) -> int:
    """How many patients are sealed and should not be, or the reverse; ``repair`` puts it right."""
    wrong, after = 0, 0
    number = [types.number("Patient")]
    while page := await queries.page(context.db, number, after, 500):
        async with context.db.transaction() as connection:
            bodies = await queries.bodies(connection, page)
            wanted = await sealing.reasons(connection, bodies)
            stored = await queries.sealed_of(connection, page)
            if wanted != stored:
                wrong += len(wanted.items() ^ stored.items())
                if repair:
                    await queries.seal(connection, page, wanted)
        after = page[-1]
    return wrong
