"""Carries the head of this process's chain out of the database, every second.

docs/adr/0010-audit.md: a file beside the database, a second file and an address by settings.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections import deque
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import msgspec

from xinglin.kernel.telemetry import log

from . import heads
from .heads import Head

if TYPE_CHECKING:
    from .heads import Signer, State
    from .writer import Writer

INTERVAL = 1.0
_UNSENT = 10_000  # heads kept for a witness that does not answer
_log = log("audit")


class Anchor:
    """Signs and files heads. ``witness_file``, ``witness_url``: empty where there is none."""

    def __init__(
        self,
        writer: Writer,
        signer: Signer,
        folder: Path,
        *,
        witness_file: str = "",
        witness_url: str = "",
    ) -> None:
        self._writer = writer
        self._signer = signer
        self._folder = folder
        self._witness_file = Path(witness_file) if witness_file else None
        self._witness_url = witness_url
        self._unsent: deque[bytes] = deque(maxlen=_UNSENT)
        self._told = (0, -1)

    async def serve(self, stop: asyncio.Event) -> None:
        """Until told to stop; what the last second brought is signed when it ends."""
        await self._tick("start")
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), INTERVAL)
            await self._tick("")

    async def finish(self) -> None:
        """After the writer has closed: the chain ends here until somebody takes it up."""
        await self._tick("stop")

    async def _tick(self, state: State) -> None:
        for writer, end, how in self._writer.left():
            await self._file(Head(_now(), writer, end.seq, end.hash.hex(), how))
        link, fresh = self._writer.head, self._writer.take_digests()
        here = self._writer.number, link.seq
        if here == self._told and not state:
            await self._send()
            return
        self._told = here
        first = link.seq - len(fresh) + 1 if fresh else 0
        rows = base64.b64encode(b"".join(fresh)).decode()
        await self._file(
            Head(_now(), self._writer.number, link.seq, link.hash.hex(), state, first, rows)
        )

    async def _file(self, head: Head) -> None:
        line = msgspec.json.encode(self._signer.sign(head))
        try:
            await asyncio.to_thread(heads.append, self._folder / f"{head.at[:10]}.ndjson", line)
        except OSError as error:
            _log.error("audit head not filed", exc_info=error)
        if self._witness_file:
            try:
                await asyncio.to_thread(heads.append, self._witness_file, line)
            except OSError as error:
                _log.error("audit witness file not written", exc_info=error)
        if self._witness_url:
            self._unsent.append(line)
            await self._send()

    async def _send(self) -> None:
        if not self._unsent:
            return
        lines = b"\n".join(self._unsent) + b"\n"
        try:
            async with httpx.AsyncClient(timeout=5) as client:
                answer = await client.post(
                    self._witness_url,
                    content=lines,
                    headers={"Content-Type": "application/x-ndjson"},
                )
                answer.raise_for_status()
        except httpx.HTTPError as error:
            _log.warning("audit witness does not answer", error=type(error).__name__)
            return
        self._unsent.clear()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
