"""Keeps the table ``relation`` in step with the resources it is derived from.

docs/adr/0013-policy.md. The repository calls it in the transaction of each write, so that a doctor
has access from the moment that the work is his, and never by an entry of hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xinglin.cdr import types
from xinglin.cdr.context import Related

from . import derivation, guardians, queries, structure
from .derivation import Reader
from .kinds import Kind, Lasting, shipped
from .reading import Name, Times, local, strip_none, texts
from .standing import Standing
from .structure import Structure

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from xinglin.cdr.context import Context
    from xinglin.cdr.interactions.draft import Written
    from xinglin.kernel.database import Connection

    from .derivation import Mention
    from .queries import Row, Source
    from .structure import Level, Units

Json = dict[str, Any]
INLINE = derivation.TYPES - structure.TYPES - {"Patient"}
"""Types of which a write says something of its own patient alone."""
SAYING = derivation.TYPES | guardians.TYPES
TYPES = SAYING | structure.TYPES
_MOVES = {
    "Location": ("partOf", "managingOrganization", "physicalType"),
    "Organization": ("partOf", "type"),
    "PractitionerRole": ("practitioner", "organization", "active"),
    "HealthcareService": ("providedBy", "location"),
    "CareTeam": ("participant",),
}
"""What of a unit says where it belongs."""


class Relations:
    """The projection: from resources to who has to do with whom."""

    def __init__(self, context: Context, lasting: Lasting | None = None) -> None:
        self._context = context
        self._lasting = lasting or shipped()
        self._reader = Reader(self._lasting, Times(context.indexer.dates))
        self._standing = Standing(context)

    def inline(self, type_: str) -> bool:
        """Whether nothing but the resource itself, and where units stand, has to be known."""
        return type_ in INLINE

    async def related(self, written: Written, numbers: Mapping[Name, int]) -> Related | None:
        """What one version says, for the statement that writes it; None: what is stored stays."""
        said = self._reader.mentions(written.resource) if written.resource else []
        if not said and (written.before is None or not self._reader.mentions(written.before)):
            return None
        names = {name for one in said for name in (one.unit, one.patient) if types.known(name[0])}
        others = names - numbers.keys()
        if others:
            numbers = {**numbers, **await self._resolve(self._context.db, others)}
        stands = await self._standing.of({one.unit: numbers[one.unit] for one in said})
        found = _lasting(_said(said, stands, numbers, written.rid), self._context.clock.now())
        rows = [
            (unit, patient, kind, since, until) for unit, patient, kind, _, since, until in found
        ]
        return Related(rows, int(Kind.BREAK_GLASS))

    async def __call__(self, connection: Connection, written: Sequence[Written]) -> None:
        """Derive anew what was written, and what depends on the units that were moved."""
        said = {one.rid: one.resource or {} for one in written if one.type in SAYING}
        before = [one.rid for one in written if one.type in SAYING and one.before is not None]
        await self._replace(connection, said, before)
        again = await self._depending(connection, written, said)
        if again:
            await self._replace(connection, await queries.bodies(connection, again), again)

    async def rows(self, source: Source, resources: Mapping[int, Json]) -> list[Row]:
        """What these resources say at this moment; nothing where all of it has already ended."""
        reader = Reader(self._lasting, Times(self._context.indexer.dates))
        saying = {
            rid: reader.mentions(one)
            for rid, one in resources.items()
            if one and one["resourceType"] in derivation.TYPES
        }
        kin = {
            rid: one
            for rid, one in resources.items()
            if one and one["resourceType"] in guardians.TYPES
        }
        found = await self._related(source, saying)
        if kin:
            found += await guardians.rows(source, reader, self._resolve, kin)
        return _lasting(found, self._context.clock.now())

    async def _replace(
        self, connection: Connection, resources: Mapping[int, Json], stale: Collection[int]
    ) -> None:
        if resources or stale:
            rows = await self.rows(connection, resources) if resources else []
            await queries.relate(connection, stale, rows)

    async def _resolve(self, source: Source, names: Collection[Name]) -> dict[Name, int]:
        return await self._context.references.resolve(source, names) if names else {}

    async def _related(self, source: Source, saying: Mapping[int, list[Mention]]) -> list[Row]:
        every = [one for found in saying.values() for one in found]
        if not every:
            return []
        names = {name for one in every for name in (one.unit, one.patient) if types.known(name[0])}
        numbers = await self._resolve(source, names)
        units = {numbers[one.unit] for one in every if one.unit in numbers}
        known = self._context.indexer.params
        stands = await Structure.load(source, known, units)
        return [
            row for rid, found in saying.items() for row in _said(found, stands.units, numbers, rid)
        ]

    async def _depending(
        self, connection: Connection, written: Sequence[Written], done: Collection[int]
    ) -> list[int]:
        """The sources whose units now stand for something else."""
        moved = [one for one in written if one.type in structure.TYPES and _moved(one)]
        again: list[int] = []
        if moved:
            await queries.structure_moved(connection)
            self._standing.forget()
            again += await queries.naming(connection, await self._touched(connection, moved))
        known = self._context.indexer.params
        kin = [one.rid for one in written if one.type == "RelatedPerson"]
        born = [one.rid for one in written if one.type == "Patient" and _born(one)]
        if born:
            params = queries.sources(known, ("RelatedPerson", "patient"))
            found = await queries.referring(connection, params, born)
            again += found
            kin += found
        if kin:
            params = queries.sources(known, ("Person", "link"))
            again += await queries.referring(connection, params, kin)
        return sorted(set(again) - set(done))

    async def _touched(self, connection: Connection, moved: Sequence[Written]) -> set[int]:
        """The units under which what has moved may have been counted."""
        names = {
            name
            for one in moved
            for image in (one.before, one.resource)
            for element in _MOVES[one.type]
            # Where it is now does not matter, but whose role it is does.
            if image is one.before or element == "practitioner"
            for name in strip_none(map(local, texts((image or {}).get(element))))
        }
        numbers = await self._resolve(connection, names)
        known = self._context.indexer.params
        stood = await Structure.load(connection, known, numbers.values())
        touched = {one.rid for one in moved} | set(numbers.values())
        for name in names:
            touched |= {rid for rid, level in stood.units(name).items() if level == "own"}
        return touched


def _said(
    found: Sequence[Mention],
    stands: Callable[[Name], Units],
    numbers: Mapping[Name, int],
    source: int,
) -> list[Row]:
    """The rows that what one resource mentions comes to."""
    made: dict[tuple[int, int, int, int], Row] = {}
    for one in found:
        for unit, level in stands(one.unit).items():
            row = _row(one, unit, level, numbers[one.patient], source)
            if row is not None:
                made[row[:4]] = _longer(made.get(row[:4]), row)
    return list(made.values())


def _row(one: Mention, unit: int, level: Level, patient: int, source: int) -> Row | None:
    kind, until = one.kind, one.until
    if level == "colleague":
        if not one.colleagues:
            return None
        kind = Kind.COLLEAGUE
    elif level == "above":
        if not one.above:
            return None
        until = one.campus
        kind = Kind.REGISTRATION if kind == Kind.REGISTRATION else Kind.VISIT
    return unit, patient, int(kind), source, one.since, until


def _longer(one: Row | None, other: Row) -> Row:
    """Both reasons, as one: from the earlier until the later."""
    if one is None:
        return other
    since = None if one[4] is None or other[4] is None else min(one[4], other[4])
    until = None if one[5] is None or other[5] is None else max(one[5], other[5])
    return (*other[:4], since, until)


def _lasting(rows: Collection[Row], now: datetime) -> list[Row]:
    """The rows of sources of which anything lasts.

    What has ended is kept beside what has not: by it the source is found when places move.
    """
    lasting = {row[3] for row in rows if row[5] is None or row[5] > now}
    return [row for row in rows if row[3] in lasting]


def _moved(one: Written) -> bool:
    before, after = one.before or {}, one.resource or {}
    return any(before.get(name) != after.get(name) for name in _MOVES[one.type]) or not after


def _born(one: Written) -> bool:
    return (one.before or {}).get("birthDate") != (one.resource or {}).get("birthDate")
