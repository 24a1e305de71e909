"""The group as files: one NDJSON file for each type, as bulk import reads them.

https://hl7.org/fhir/uv/bulkdata/; newline-delimited JSON.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import IO, TYPE_CHECKING

from xinglin.fhir import json

from . import group

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from .codes import Json
    from .world import World


def everything(world: World, watch: Callable[[int], object] | None = None) -> Iterator[Json]:
    """All resources of a world, organisation first; ``watch`` hears how many patients are made."""
    yield group.marker(world.seed, world.patients, world.anchor.isoformat())
    yield from group.resources(world.patients)
    for number in range(world.patients):
        yield from world.resources(number)
        if watch is not None:
            watch(number + 1)


def write(
    world: World, folder: Path, watch: Callable[[int], object] | None = None
) -> dict[str, int]:
    """Write ``<Type>.ndjson`` files into a folder; answers how many resources of each type."""
    folder.mkdir(parents=True, exist_ok=True)
    counts: dict[str, int] = {}
    files: dict[str, IO[bytes]] = {}
    with ExitStack() as stack:
        for resource in everything(world, watch):
            type_ = resource["resourceType"]
            if type_ not in files:
                path = folder / f"{type_}.ndjson"
                files[type_] = stack.enter_context(path.open("wb", buffering=1 << 20))
            files[type_].write(json.encode(resource))
            files[type_].write(b"\n")
            counts[type_] = counts.get(type_, 0) + 1
    return counts
