"""The group in a real repository: loaded in-process, stopped, gone on with, and read back.

https://hl7.org/fhir/R4/http.html#transaction
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from xinglin.cdr.access import Access
from xinglin.cdr.assembly import assemble
from xinglin.fhir import json
from xinglin.kernel.clock import SystemClock
from xinglin.simulator import Inside, World, load

if TYPE_CHECKING:
    from xinglin.kernel.database import Database
    from xinglin.simulator import Progress


class Stopped(RuntimeError):
    """Somebody pulled the plug."""


async def test_loaded_stopped_and_gone_on_with(db: Database) -> None:
    assembly = await assemble(db, SystemClock())
    inside = Inside(assembly.repository, Access.local())
    world = World(9, patients=14)

    def stop(progress: Progress) -> None:
        if progress.done == 6:
            raise Stopped

    with pytest.raises(ExceptionGroup):
        await load(inside, world, report=stop, patience=())
    end = await load(inside, world)
    assert end.done == 14
    for number in (0, 7, 13):
        for resource in world.resources(number):
            stored = await inside.read(resource["resourceType"], resource["id"])
            assert stored is not None
            del stored["meta"]["versionId"], stored["meta"]["lastUpdated"]
            sent = json.decode(json.encode({"meta": {}, **resource}))
            assert stored == sent
    assert await inside.read("Patient", "nobody") is None
    found = await db.fetchval("select body from resource where id = 'xg-demonstration-data'")
    assert "虚构" in msgspec.json.decode(found)["text"]["div"]
    await assembly.repository.close()
