"""Puts into use what is published from a day that has come.

docs/adr/0015-stewardship.md. Every process looks; who comes second finds the version moved on.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

import structlog

from xinglin.cdr.access import Access
from xinglin.kernel.errors import Refusal

from . import changes
from .shelf import Shelf

if TYPE_CHECKING:
    from xinglin.cdr.repository import Repository
    from xinglin.kernel.clock import Clock

    from .operations import Stewardship

EVERY: Final = 60.0  # seconds
_log = structlog.get_logger()


class Publisher:
    """One a process."""

    def __init__(self, repository: Repository, clock: Clock, stewardship: Stewardship) -> None:
        self._shelf = Shelf(repository)
        self._clock = clock
        self._stewardship = stewardship

    async def serve(self, stop: asyncio.Event) -> None:
        """Until told to stop."""
        while not stop.is_set():
            try:
                await self.step()
            except Exception as error:  # noqa: BLE001  looked at again in a minute
                _log.error("what is due was not published", exc_info=error)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), EVERY)

    async def step(self) -> int:
        """Publish what is due; returns how many."""
        own = Access.local()
        done = 0
        query = f"code={changes.SYSTEM}|change,{changes.SYSTEM}|retire&status=ready&_count=100"
        for task in await self._shelf.tasks(own, query):
            if not changes.due(task, self._clock.now().date()):
                continue
            type_, id_, _ = changes.base_of(task)
            try:
                entry = await self._shelf.entry(own, type_, id_)
                await self._stewardship.put_into_use(own, task, entry)
                done += 1
            except Refusal as refusal:
                # Another process was first, or a steward has to decide: it stays on the work list.
                _log.warning("not published", task=task["id"], code=refusal.issues[0].code)
        return done
