"""The 5,307 files of the official R4 package are PUT and read back equal, to the last zero.

But for meta.versionId and meta.lastUpdated; those that the specification itself gets wrong are
refused, and listed in known_bad_examples.json with the reason.
"""

from __future__ import annotations

import asyncio
import json as plain
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xinglin.cdr.access import Access
from xinglin.cdr.repository import Repository
from xinglin.fhir.json import decode
from xinglin.kernel.errors import Invalid, Malformed

if TYPE_CHECKING:
    from xinglin.kernel.database import Database

KNOWN_BAD = plain.loads((Path(__file__).parents[1] / "known_bad_examples.json").read_text())
WRITERS = 4


def lexical(body: bytes) -> dict[str, Any]:
    """The resource with its numbers as text, without what the server owns."""
    resource = plain.loads(body, parse_float=str, parse_int=str)
    meta = resource.pop("meta", {})
    kept = {key: value for key, value in meta.items() if key not in ("versionId", "lastUpdated")}
    return {**resource, "meta": kept}


class RoundTrip:
    def __init__(self, repository: Repository, package: Path) -> None:
        self.repository = repository
        self.package = package
        self.access = Access.local()
        self.refused: set[str] = set()
        self.changed: list[str] = []
        self.count = 0

    async def run(self) -> None:
        waiting: asyncio.Queue[tuple[str, bytes] | None] = asyncio.Queue(WRITERS)
        async with asyncio.TaskGroup() as group:
            for _ in range(WRITERS):
                group.create_task(self.writer(waiting))
            with tarfile.open(self.package) as archive:
                for member in archive:
                    name = member.name.rpartition("/")[2]
                    if name.endswith(".json") and name not in ("package.json", ".index.json"):
                        await waiting.put((name, archive.extractfile(member).read()))
            for _ in range(WRITERS):
                await waiting.put(None)

    async def writer(self, waiting: asyncio.Queue[tuple[str, bytes] | None]) -> None:
        while item := await waiting.get():
            await self.one(*item)

    async def one(self, name: str, body: bytes) -> None:
        resource = decode(body)
        type_, id_ = resource["resourceType"], resource["id"]
        self.count += 1
        try:
            await self.repository.update(self.access, type_, id_, resource)
        except (Invalid, Malformed):
            self.refused.add(name)
            return
        stored = await self.repository.read(self.access, type_, id_)
        if lexical(stored.body) != lexical(body):
            self.changed.append(name)


async def test_every_official_example_is_put_and_read_back(
    db: Database, official_package: Path
) -> None:
    repository = await Repository.open(db)
    trip = RoundTrip(repository, official_package)
    await trip.run()
    await repository.close()
    assert trip.count == 5306
    assert trip.changed == []
    assert trip.refused == set(KNOWN_BAD)
