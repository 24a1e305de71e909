"""The audit trail of one process: its chain, its heads, and the way in for other rooms.

docs/adr/0010-audit.md.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from xinglin.kernel.telemetry import log

from . import heads, slots
from .alerts import Watch
from .anchor import Anchor
from .model import Event
from .observer import Observer
from .recover import recover
from .writer import Writer

if TYPE_CHECKING:
    from pathlib import Path

    from xinglin.kernel.clock import Clock
    from xinglin.kernel.database import Database
    from xinglin.kernel.settings import AuditSettings

_log = log("audit")


class Trail:
    """Opened when a process starts to serve, closed when it has ended."""

    def __init__(self, writer: Writer, anchor: Anchor, database: Database) -> None:
        self.writer = writer
        self.observer = Observer(writer, database)
        self._anchor = anchor
        self._stop = asyncio.Event()
        self._anchoring = asyncio.create_task(anchor.serve(self._stop))
        self._watching = asyncio.create_task(Watch(database).serve(self._stop))

    @classmethod
    async def open(
        cls, database: Database, node: int, clock: Clock, data: Path, settings: AuditSettings
    ) -> Trail:
        """Take a chain up; the first row tells of the start, and of what was wrong before it."""
        folder = data / heads.FOLDER
        signer = heads.Signer.of(data / "keys")

        def expected(number: int) -> slots.Known | None:
            return slots.known(heads.last(folder, number, signer.public))

        writer = Writer(database.dsn, node, clock, expected=expected)
        anchor = Anchor(
            writer,
            signer,
            folder,
            witness_file=settings.witness_file,
            witness_url=settings.witness_url,
        )
        await writer.open()
        before = writer.head.seq
        for note in writer.notes:
            _log.error("audit chain not as signed: run xinglin audit verify", where=note)
        trail = cls(writer, anchor, database)
        notes = "; ".join((f"process {os.getpid()}", *writer.notes))
        await trail.record(Event("start", actor="xinglin", note=notes))
        if count := await recover(database, writer, before):
            _log.warning("requests that were cut off", count=count)
        return trail

    async def record(self, event: Event) -> None:
        """Return when the event is durable; raises Unavailable when it cannot be kept."""
        await self.writer.record(event)

    async def close(self) -> None:
        """Tell of the end, and sign it."""
        self.writer.record(Event("stop", actor="xinglin", note=f"process {os.getpid()}"))
        await self.writer.close()
        self._stop.set()
        await self._anchoring
        await self._watching
        await self._anchor.finish()
