"""How far a position reaches at this moment: its campuses, its units with the duty, its colleagues.

docs/adr/0013-policy.md; trees of organisations are kept for a minute, duty for half of one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from . import duty, queries, structure

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable

    from xinglin.cdr.assembly import Assembly
    from xinglin.kernel.database import Database
    from xinglin.trust.model import Grant, Position

    from .kinds import Lasting
    from .narrowing import Part

T = TypeVar("T")
_TREE_SECONDS: Final = 60.0
_DUTY_SECONDS: Final = 30.0
_KEPT: Final = 10_000
_PART_OF: Final = (("Organization", "partof"), ("Location", "partof"))


class Reach:
    """What the relations of a position come to; ``campuses`` None: all of them."""

    def __init__(
        self,
        campuses: tuple[int, ...] | None,
        units: tuple[int, ...],
        colleagues: tuple[int, ...],
        opened: tuple[int, ...],
    ) -> None:
        self._campuses = campuses
        self._units = units
        self.colleagues = colleagues
        self.opened = opened

    def limits(self, part: Part, grant: Grant) -> dict[str, Any] | None:
        """The limits of a `Scope`; None: it lets nothing through."""
        made: dict[str, Any] = {}
        match part.relation:
            case "own-patients":
                made["units"] = self._units
            case "campus-patients" if self._campuses is not None:
                made["units"] = self._campuses
            case "campus" if self._campuses is not None:
                made["homes"] = self._campuses
            case "self":
                made["patients"] = _some(grant.patient)
            case "dependants":
                made["units"] = _some(grant.patient)
            case "launch":
                made["patients"] = _some(grant.launch_patient)
            case _:
                pass
        if part.patient is not None:
            if made.get("patients", (part.patient,)) != (part.patient,):
                return None
            made["patients"] = (part.patient,)
        return None if () in made.values() else made


class Reaches:
    """Finds them, and keeps for a while what seldom changes."""

    def __init__(
        self, assembly: Assembly, database: Database, lasting: Lasting, tick: Callable[[], float]
    ) -> None:
        self._context = assembly.repository.context
        self._database = database
        self._lasting = lasting
        self._tick = tick
        self._kept: dict[Hashable, tuple[float, Any]] = {}

    def forget(self) -> None:
        """Ask again for everything."""
        self._kept.clear()

    async def of(self, grant: Grant, position: Position) -> Reach:
        """The reach of this moment."""
        campuses = None
        if position.organization is not None:
            campuses = await self.tree((position.organization,))
        own = await self.tree(position.units) if position.units else ()
        person = grant.practitioner
        if person is not None:
            own = (*own, person, *await self._duty(person))
        units = tuple(sorted(set(own)))
        colleagues = await self._colleagues(position.units, person)
        return Reach(campuses, units, colleagues, await self._opened(grant, units))

    async def _opened(self, grant: Grant, units: tuple[int, ...]) -> tuple[int, ...]:
        """The confidential patients that are open to them: one's own, and oneself."""
        kinds = self._lasting.sealed.kinds
        mine = (*units, *_some(grant.patient))
        found = await queries.opened(self._database, mine, kinds) if mine else ()
        return (*found, *_some(grant.patient))

    async def tree(self, roots: tuple[int, ...]) -> tuple[int, ...]:
        """The organisations and places, and all that is part of them."""
        sources = queries.sources(self._context.indexer.params, *_PART_OF)

        async def find() -> tuple[int, ...]:
            found = await queries.below(self._database, roots, sources)
            # No relation names a bed or a room: they would only make every query longer.
            bodies = await queries.bodies_of(self._database, found)
            inside = {rid for rid, one in bodies.items() if structure.is_inside(one)}
            return tuple(rid for rid in found if rid in roots or rid not in inside)

        return await self._known(("tree", roots), _TREE_SECONDS, find)

    async def _duty(self, person: int) -> tuple[int, ...]:
        async def find() -> tuple[int, ...]:
            return await duty.units(self._context, person)

        return await self._known(("duty", person), _DUTY_SECONDS, find)

    async def _colleagues(self, units: tuple[int, ...], person: int | None) -> tuple[int, ...]:
        """Who works in the same departments, oneself included."""
        known = self._context.indexer.params

        async def find() -> tuple[int, ...]:
            tree = await self.tree(units) if units else ()
            found = await queries.colleagues(self._database, known, tree) if tree else ()
            return tuple(sorted({*found, *_some(person)}))

        return await self._known(("colleagues", units, person), _TREE_SECONDS, find)

    async def _known(self, key: Hashable, seconds: float, find: Callable[[], Awaitable[T]]) -> T:
        now = self._tick()
        kept = self._kept.get(key)
        if kept is not None and now < kept[0]:
            return kept[1]
        found = await find()
        if len(self._kept) >= _KEPT:
            self._kept.clear()
        self._kept[key] = (now + seconds, found)
        return found


def _some(rid: int | None) -> tuple[int, ...]:
    return () if rid is None else (rid,)
