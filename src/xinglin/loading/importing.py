"""``xinglin import``: wave by wave, chunk by chunk, taken up again where it ended.

Design, section 5; issue "command line": in dependency order, resumable, with a report.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from xinglin.kernel.errors import Refusal

from . import chunks, sources, stubs
from .client import Answer, diagnostics

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .client import Client
    from .journal import Journal

PARALLEL = 3


class Refused(msgspec.Struct, frozen=True):
    """One thing that did not get in, and why."""

    file: str
    entry: str
    status: int
    why: str


class Tally(msgspec.Struct):
    """What an import came to. ``earlier`` counts chunks that an earlier run had done."""

    done: int = 0
    earlier: int = 0
    refused: list[Refused] = []


class Watch(Protocol):
    """Who is told how far it is."""

    def wave(self, number: int, of: int, size: int) -> None:
        """A wave of files begins; ``size`` in packed bytes."""
        ...

    def file(self, source: sources.Source, tally: Tally) -> None:
        """A file is through."""
        ...


async def run(
    client: Client,
    waves: list[list[sources.Source]],
    journal: Journal,
    institution: str,
    watch: Watch,
    *,
    stand_in: bool = False,
) -> Tally:
    """Import everything; raises Unavailable when the server is gone for good.

    ``stand_in``: make what is referred to by an identifier and is not there.
    """
    tally = Tally()
    for number, wave in enumerate(waves, 1):
        watch.wave(number, len(waves), sum(source.size for source in wave))
        # The largest first: the last to finish is then a small one.
        queue = sorted(wave, key=lambda source: -source.size)
        job = _Job(client, journal, institution, watch, tally, iter(queue), stand_in)
        async with asyncio.TaskGroup() as crew:
            for _ in range(min(PARALLEL, len(queue))):
                crew.create_task(job.work())
    return tally


@dataclass(slots=True)
class _Job:
    """One wave, shared by a few workers."""

    client: Client
    journal: Journal
    institution: str
    watch: Watch
    tally: Tally
    queue: Iterator[sources.Source]
    stand_in: bool

    async def work(self) -> None:
        """Take files until there are none."""
        for source in self.queue:
            await self._file(source)
            self.watch.file(source, self.tally)

    async def _file(self, source: sources.Source) -> None:
        key = f"{self.client.base} {self.institution} {source.key}"
        if self.journal.state(key, -1) == "done":
            self.tally.earlier += 1
            return
        before = len(self.tally.refused)
        try:
            await self._chunks(source, key)
        except Refusal as refusal:
            if refusal.status >= 500:
                raise
            self._refuse(source.path, "", refusal.status, str(refusal))
        # What was refused is tried again next time: the reason may have been mended.
        if len(self.tally.refused) == before:
            self.journal.note(key, -1, "done")

    async def _chunks(self, source: sources.Source, key: str) -> None:
        for chunk in chunks.of(source, self.institution):
            if self.journal.state(key, chunk.number) == "done":
                self.tally.earlier += 1
            elif await self._chunk(chunk):
                self.journal.note(key, chunk.number, "done")

    async def _chunk(self, chunk: chunks.Chunk) -> bool:
        """Whether all of it got in."""
        answer = await self.client.post(chunk.bundle)
        if answer.status == 412 and self.stand_in:
            missing = stubs.bundle(chunk.bundle)
            if missing and (await self.client.post(missing)).fine:
                answer = await self.client.post(chunk.bundle)
        if not answer.fine and chunk.source.kind == "ndjson" and chunk.size > 1:
            # One bad line must not keep the other lines out.
            answer = await self.client.post({**chunk.bundle, "type": "batch"})
        if answer.fine:
            return self._count(chunk, answer)
        self._refuse(chunk.source.path, "", answer.status, answer.diagnostics())
        return False

    def _count(self, chunk: chunks.Chunk, answer: Answer) -> bool:
        before = len(self.tally.refused)
        entries: list[Any] = answer.body.get("entry", [])
        for label, entry in zip(chunk.labels, entries, strict=False):
            response = entry.get("response", {})
            status = int(response.get("status", "500")[:3])
            if status < 300:
                self.tally.done += 1
            else:
                why = diagnostics(response.get("outcome"))
                self._refuse(chunk.source.path, label, status, why)
        return len(self.tally.refused) == before

    def _refuse(self, file: Path, entry: str, status: int, why: str) -> None:
        self.tally.refused.append(Refused(str(file), entry, status, why))


def write_report(tally: Tally, path: Path) -> None:
    """One JSON line for each thing refused."""
    lines = (msgspec.json.encode(one) for one in tally.refused)
    path.write_bytes(b"".join(line + b"\n" for line in lines))
