"""What a chart says of its patient, said of another: references found, changed, and put back.

https://hl7.org/fhir/R4/references.html; FHIR R5, Patient-merge: references are moved to the target.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from xinglin.cdr import store, types
from xinglin.cdr.index import KeySpace
from xinglin.cdr.interactions.draft import Draft
from xinglin.cdr.interactions.write import write
from xinglin.fhir import json

from .queries import Tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from xinglin.cdr.access import Access
    from xinglin.cdr.context import Context
    from xinglin.cdr.store import Stored
    from xinglin.kernel.database import Connection

# Who looked, and who signed what, was so at its time; Patients are linked, not moved.
STAY: Final = frozenset(("AuditEvent", "Provenance", "Patient"))
_SLICE: Final = 200
Path = list[str | int]


def places(resource: Any, wanted: str, at: Path | None = None) -> Iterator[Path]:
    """Where the resource refers to ``wanted`` (``Patient/x``)."""
    path = at or []
    if isinstance(resource, dict):
        for key, value in resource.items():
            if key == "reference" and value == wanted:
                yield [*path, key]
            elif isinstance(value, dict | list):
                yield from places(value, wanted, [*path, key])
    elif isinstance(resource, list):
        for n, value in enumerate(resource):
            yield from places(value, wanted, [*path, n])


def pointed(resource: dict[str, Any], paths: Sequence[Path], old: str, new: str) -> dict[str, Any]:
    """The resource, where it says ``old`` at these places, saying ``new``."""
    for path in paths:
        holder: Any = resource
        try:
            for step in path[:-1]:
                holder = holder[step]
            if holder[path[-1]] == old:
                holder[path[-1]] = new
        except (KeyError, IndexError, TypeError):
            continue  # changed since: what was taken out needs no putting back
    return resource


async def away(
    ctx: Context,
    connection: Connection,
    access: Access,
    pair: tuple[tuple[int, str], tuple[int, str]],
    merge: int,
) -> int:
    """Move the chart of one patient, (rid, id), to the other; returns how much it was."""
    (gone, old), (_, new) = pair
    rows = await Tables.chart(connection, KeySpace.patient(gone), [types.number(t) for t in STAY])
    moved = 0
    for part in _slices(rows):
        changed: list[tuple[Stored, dict[str, Any]]] = []
        kept: list[tuple[int, str]] = []
        for stored in await _locked(connection, part):
            resource = json.decode(stored.body.encode())
            found = list(places(resource, f"Patient/{old}"))
            if found:
                pointed(resource, found, f"Patient/{old}", f"Patient/{new}")
                changed.append((stored, resource))
                kept.append((stored.rid, msgspec.json.encode(found).decode()))
        await _write(ctx, connection, access, changed)
        await Tables.moved(connection, merge, kept)
        moved += len(changed)
    return moved


async def back(
    ctx: Context, connection: Connection, access: Access, merge: int, pair: tuple[str, str]
) -> int:
    """Undo it: each reference that was changed, and nothing else that was written since."""
    old, new = (f"Patient/{id_}" for id_ in pair)
    rows = await Tables.brought(connection, merge)
    paths = {row["rid"]: msgspec.json.decode(row["paths"]) for row in rows}
    returned = 0
    for part in _slices(rows):
        changed = [
            (stored, pointed(json.decode(stored.body.encode()), paths[stored.rid], new, old))
            for stored in await _locked(connection, part)
        ]
        await _write(ctx, connection, access, changed)
        returned += len(changed)
    return returned


def _slices(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), _SLICE):
        yield rows[start : start + _SLICE]


async def _locked(connection: Connection, rows: Sequence[Any]) -> list[Stored]:
    found = await store.locked(connection, [(row["type"], row["id"]) for row in rows])
    return [stored for stored in found if not stored.deleted and not stored.node]


async def _write(
    ctx: Context,
    connection: Connection,
    access: Access,
    changed: Sequence[tuple[Stored, dict[str, Any]]],
) -> None:
    drafts = [Draft(types.name(old.type), old.id, resource, old) for old, resource in changed]
    if drafts:
        await write(ctx, connection, access, drafts, bodies=False)
