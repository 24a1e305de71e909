"""Operations of the index itself: ``$match-rebuild`` and ``$match-status``.

Our own; docs/howto/patient-index.md.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from xinglin.cdr import types
from xinglin.cdr.interactions import sight
from xinglin.cdr.operations.registry import OWN_DEFINITION, Call, Registry, Reply

from . import replies
from .queries import Tables

if TYPE_CHECKING:
    from .index import Index

_log = structlog.get_logger()


class Upkeep:
    """The operations over one index."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._running: asyncio.Task[None] | None = None

    def register(self, table: Registry) -> None:
        """Make them callable."""
        name = f"{OWN_DEFINITION}match"
        table.register(
            "match-rebuild", ("system",), (), self.rebuild, changes=True,
            definition=f"{name}-rebuild",
        )  # fmt: skip
        table.register("match-status", ("system",), (), self.status, definition=f"{name}-status")

    async def rebuild(self, call: Call) -> Reply:
        """Forget all keys and make them anew, in the background; whoever may change all may."""
        if not call.access.total:
            raise sight.forbidden("Patient")
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())
        location = ("Content-Location", f"{call.base}/$match-status")
        return Reply((await self.status(call)).body, 202, (location,))

    async def _run(self) -> None:
        try:
            async for done in self._index.fill(anew=True):
                _log.info("patient index: made anew", done=done)
        except Exception as error:  # noqa: BLE001  it is told, and can be started again
            _log.error("the patient index was not made anew", exc_info=error)

    async def status(self, call: Call) -> Reply:
        """How many patients there are, are known, wait to be matched, wait to be looked at."""
        if not call.access.allows("Patient", "s"):
            raise sight.forbidden("Patient")
        row = await Tables.counts(self._index.ctx.db, types.number("Patient"))
        running = self._running is not None and not self._running.done()
        parts = [{"name": "rebuilding", "valueBoolean": running}]
        if row is not None:
            parts += [{"name": name, "valueInteger": value} for name, value in row.items()]
        return Reply(replies.parameters(*parts))
