"""What a named unit stands for: a bed for its ward and department, a doctor for a department.

HL7 FHIR R4: location.html (partOf, managingOrganization), organization.html (partOf),
practitionerrole.html, healthcareservice.html, careteam.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from . import queries, reading
from .reading import Name, local, strip_none

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from xinglin.fhir.search import SearchParameters

    from .queries import Source

Level = Literal["own", "colleague", "above"]
"""The unit itself with its ward and department; the department of a person; the campus."""
Units = dict[int, Level]

UP: Final = (
    ("Location", "partof"),
    ("Location", "organization"),
    ("Organization", "partof"),
    ("PractitionerRole", "practitioner"),
    ("PractitionerRole", "organization"),
    ("HealthcareService", "organization"),
    ("HealthcareService", "location"),
    ("CareTeam", "participant"),
)
ROLES_OF: Final = ("PractitionerRole", "practitioner")
TYPES: Final = frozenset(
    {"Organization", "Location", "PractitionerRole", "HealthcareService", "CareTeam"}
)
_INSIDE: Final = frozenset({"bd", "ro", "ca"})
"""Beds, rooms and cabinets: nobody is appointed to them."""
_SITES: Final = frozenset({"si", "jdn"})
_DEPARTMENTS: Final = frozenset({"dept", "team"})
_DEPTH: Final = 12


class Node(msgspec.Struct, frozen=True):
    """One unit as it is stored; ``body`` None: referred to, but not there."""

    rid: int
    type: str
    id: str
    body: dict[str, Any] | None


class Structure:
    """The units that some resources name, with what is above them."""

    def __init__(self, nodes: Collection[Node], roles: dict[int, list[int]]) -> None:
        self._by_name = {(one.type, one.id): one for one in nodes}
        self._by_rid = {one.rid: one for one in nodes}
        self._roles = roles

    @classmethod
    async def load(
        cls, source: Source, known: SearchParameters, rids: Collection[int]
    ) -> Structure:
        """What these units stand for, in two statements."""
        roles = await queries.roles_of(source, queries.sources(known, ROLES_OF), rids)
        roots = {*rids, *(one for found in roles.values() for one in found)}
        rows = await queries.above(source, roots, queries.sources(known, *UP))
        return cls([Node(*row) for row in rows], roles)

    def units(self, name: Name) -> Units:
        """Everything a unit stands for, by number."""
        found: Units = {}
        for level, rid in self._walk(name, 0):
            # The nearer reason wins: a doctor's own department is no mere colleague's.
            if found.get(rid) != "own":
                found[rid] = level
        return found

    def _walk(self, name: Name, depth: int) -> Iterator[tuple[Level, int]]:
        node = self._by_name.get(name)
        if node is None or depth > _DEPTH:
            return
        walk = _WALKS.get(node.type)
        if walk is not None:
            yield from walk(self, node, depth)

    def practitioner(self, node: Node, depth: int) -> Iterator[tuple[Level, int]]:
        """A person, and the departments the person works in."""
        yield "own", node.rid
        for rid in self._roles.get(node.rid, ()):
            role = self._by_rid.get(rid)
            body = role.body if role else None
            if body is not None and body.get("active") is not False:
                yield from self._as_colleagues(body.get("organization"), depth)

    def role(self, node: Node, depth: int) -> Iterator[tuple[Level, int]]:
        """A person in a department, named as such: the department is asked as well."""
        body = node.body or {}
        person = local(body.get("practitioner"), "Practitioner")
        found = self._by_name.get(person) if person else None
        if found is not None:
            yield "own", found.rid
        yield from self._refer(body.get("organization"), depth)

    def service(self, node: Node, depth: int) -> Iterator[tuple[Level, int]]:
        """A service: who provides it, and where."""
        body = node.body or {}
        yield "own", node.rid
        yield from self._refer(body.get("providedBy"), depth)
        for place in reading.dicts(body.get("location")):
            yield from self._refer(place, depth)

    def team(self, node: Node, depth: int) -> Iterator[tuple[Level, int]]:
        """A team: its members."""
        yield "own", node.rid
        for one in reading.dicts((node.body or {}).get("participant")):
            if depth < _DEPTH:
                yield from self._refer(one.get("member"), depth)

    def place(self, node: Node, depth: int) -> Iterator[tuple[Level, int]]:
        """A place: the ward around it, and the department that runs it."""
        kind, body = _kind(node.body), node.body or {}
        if kind in _SITES:
            return
        upward = local(body.get("partOf"), "Location")
        above = self._by_name.get(upward) if upward else None
        if kind not in _INSIDE or above is None:
            yield "own", node.rid
        yield from self._refer(body.get("managingOrganization"), depth)
        if above is not None:
            yield from self._walk((above.type, above.id), depth + 1)

    def organization(self, node: Node, depth: int) -> Iterator[tuple[Level, int]]:
        """A department with those it is part of; then the campus and the institution."""
        yield ("own" if self._is_department(node) else "above"), node.rid
        body = node.body or {}
        upward = local(body.get("partOf"), "Organization")
        above = self._by_name.get(upward) if upward else None
        # The group as a whole is nobody's unit.
        if above is not None and (above.body or {}).get("partOf") is not None:
            yield from self._walk((above.type, above.id), depth + 1)

    @staticmethod
    def _is_department(node: Node) -> bool:
        """By its type; where none is given, whatever is not known to be a campus."""
        kinds = reading.codes((node.body or {}).get("type"))
        return not kinds or bool(kinds & _DEPARTMENTS)

    def _refer(self, reference: Any, depth: int) -> Iterator[tuple[Level, int]]:
        for name in strip_none([local(reference)]):
            yield from self._walk(name, depth + 1)

    def _as_colleagues(self, reference: Any, depth: int) -> Iterator[tuple[Level, int]]:
        for level, rid in self._refer(reference, depth):
            yield ("colleague" if level == "own" else level), rid


def is_inside(body: dict[str, Any]) -> bool:
    """Whether it is a bed or a room, to which nobody is appointed."""
    return body["resourceType"] == "Location" and _kind(body) in _INSIDE


def _kind(body: dict[str, Any] | None) -> str:
    codes = reading.codes((body or {}).get("physicalType"))
    return next(iter(sorted(codes)), "")


_WALKS: Final[dict[str, Callable[[Structure, Node, int], Iterator[tuple[Level, int]]]]] = {
    "Practitioner": Structure.practitioner,
    "PractitionerRole": Structure.role,
    "HealthcareService": Structure.service,
    "CareTeam": Structure.team,
    "Location": Structure.place,
    "Organization": Structure.organization,
}
