"""What the units stand for, remembered by a process: asking each time doubles the cost of a write.

docs/adr/0013-policy.md. Organisations and places change seldom; a write of one counts up the
version in its transaction, and every process looks at that at most twice a second.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from . import queries
from .structure import Structure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from xinglin.cdr.context import Context

    from .reading import Name
    from .structure import Units

POLL = 0.5  # seconds
KEPT = 20_000


class Standing:
    """The units named lately, with what they stand for."""

    def __init__(self, context: Context, tick: Callable[[], float] = time.monotonic) -> None:
        self._context = context
        self._tick = tick
        self._known: dict[Name, Units] = {}
        self._version = -1
        self._looked = float("-inf")

    def forget(self) -> None:
        """Something moved: look everything up again."""
        self._known.clear()

    async def of(self, names: Mapping[Name, int]) -> Callable[[Name], Units]:
        """What these units (name to rid) stand for."""
        await self._poll()
        missing = {name: rid for name, rid in names.items() if name not in self._known}
        if missing:
            await self._load(missing)
        found = {name: self._known.get(name, {}) for name in names}
        return lambda name: found.get(name, {})

    async def _load(self, missing: Mapping[Name, int]) -> None:
        known = self._context.indexer.params
        version = self._version
        loaded = await Structure.load(self._context.db, known, set(missing.values()))
        if len(self._known) > KEPT:
            self.forget()
        if version == self._version:
            self._known.update({name: loaded.units(name) for name in missing})

    async def _poll(self) -> None:
        now = self._tick()
        if now - self._looked < POLL:
            return
        self._looked = now
        version = await queries.structure_version(self._context.db)
        if version != self._version:
            self._version = version
            self.forget()
