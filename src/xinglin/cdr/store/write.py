"""Writes many images of resources in one or two statements.

Layout: migrations/0001_core.sql; the statements are in `statements`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from xinglin.cdr.index import Rows

from . import single, statements

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from xinglin.kernel.database import Connection, Database

NOTHING = Rows()


class Stale(Exception):
    """Somebody else wrote a version in between; the caller reads again and retries."""


@dataclass(slots=True)
class Write:
    """One image on its way into the database.

    ``old`` is the version it supersedes: 0 where there is none, or only a number reserved by a
    reference; ``fresh`` says that there is no row at all. ``encounter`` is the rid of the encounter
    whose home it takes, where that is not known yet. ``before`` holds the index rows to replace.
    """

    rid: int
    type: int
    id: str
    old: int
    op: str
    body: str
    rows: Rows = field(default_factory=Rows)
    before: Rows = field(default_factory=lambda: NOTHING)
    fresh: bool = False
    home: int | None = None
    encounter: int | None = None


async def apply(
    connection: Connection | Database, at: datetime, node: int, plan: int, writes: Sequence[Write]
) -> None:
    """Write all of them, or raise; `Stale` where a version is not the one that was read."""
    created = [write for write in writes if write.fresh]
    changed = [write for write in writes if not write.fresh]
    head = (at, plan, node)
    if len(created) == 1:
        await _create_one(connection, head, created[0])
    elif created:
        await _create(connection, head, created)
    if len(changed) == 1:
        await _change_one(connection, head, changed[0])
    elif changed:
        await _change(connection, head, changed)


async def _create_one(
    connection: Connection | Database, head: tuple[Any, ...], write: Write
) -> None:
    tables, rows = _pack_one(write.rows, NOTHING)
    text = single.create(tables, by_encounter=write.encounter is not None)
    await connection.fetch(
        text,
        *head,
        write.rid,
        write.type,
        write.id,
        write.home,
        write.encounter,
        write.rows.refs,
        write.rows.present,
        write.body,
        *rows,
    )


async def _change_one(
    connection: Connection | Database, head: tuple[Any, ...], write: Write
) -> None:
    gone, old_rows = _pack_one(write.before, write.rows)
    new, new_rows = _pack_one(write.rows, write.before)
    text = single.change(gone, new, by_encounter=write.encounter is not None)
    written = await connection.fetch(
        text,
        *head,
        write.rid,
        write.old,
        write.op == "D",
        write.home,
        write.encounter,
        write.rows.refs,
        write.rows.present,
        write.body,
        write.op.encode(),
        *old_rows,
        *new_rows,
    )
    if not written:
        raise Stale


def _pack_one(rows: Rows, other: Rows) -> tuple[tuple[str, ...], list[list[Any]]]:
    """(tables that have rows, their columns without rid) of the rows that the other lacks."""
    tables: list[str] = []
    columns: list[list[Any]] = []
    keys = rows.key - other.key
    if keys:
        tables.append("key")
        columns.append(sorted(keys))
    for table in ("dat", "num", "str", "pdate"):
        mine: set[tuple[Any, ...]] = getattr(rows, table)
        mine = mine - getattr(other, table) if mine else mine
        if mine:
            tables.append(table)
            columns += map(list, zip(*mine, strict=True))
    return tuple(tables), columns


async def _create(
    connection: Connection | Database, head: tuple[Any, ...], writes: list[Write]
) -> None:
    tables, rows = _pack((write.rows, None, write.rid) for write in writes)
    text = statements.create(tables, by_encounter=any(w.encounter for w in writes))
    columns = [
        [w.rid for w in writes],
        [w.type for w in writes],
        [w.id for w in writes],
        [w.home for w in writes],
        [w.encounter for w in writes],
        [_refs(w.rows) for w in writes],
        [w.rows.present for w in writes],
        [w.body for w in writes],
    ]
    await connection.fetch(text, *head, *columns, *rows)


async def _change(
    connection: Connection | Database, head: tuple[Any, ...], writes: list[Write]
) -> None:
    gone, old_rows = _pack((w.before, w.rows, w.rid) for w in writes)
    new, new_rows = _pack((w.rows, w.before, w.rid) for w in writes)
    text = statements.change(gone, new, by_encounter=any(w.encounter for w in writes))
    columns = [
        [w.rid for w in writes],
        [w.old for w in writes],
        [w.op == "D" for w in writes],
        [w.home for w in writes],
        [w.encounter for w in writes],
        [_refs(w.rows) for w in writes],
        [w.rows.present for w in writes],
        [w.body for w in writes],
        [w.op.encode() for w in writes],
    ]
    written = await connection.fetch(text, *head, *columns, *old_rows, *new_rows)
    if len(written) != len(writes):
        raise Stale


def _refs(rows: Rows) -> str:
    return "{" + ",".join(map(str, rows.refs)) + "}"


def _pack(
    parts: Iterable[tuple[Rows, Rows | None, int]],
) -> tuple[tuple[str, ...], list[list[Any]]]:
    """(tables that have rows, their columns) of the rows that the other image does not have."""
    key: list[tuple[int, int]] = []
    wide: dict[str, list[tuple[Any, ...]]] = {"dat": [], "num": [], "str": [], "pdate": []}
    for rows, other, rid in parts:
        keys = rows.key - other.key if other else rows.key
        key += [(k, rid) for k in keys]
        for table, found in wide.items():
            mine: set[tuple[Any, ...]] = getattr(rows, table)
            if mine and other:
                mine = mine - getattr(other, table)
            found += [(*row, rid) for row in mine]
    key.sort()
    packed = {"key": key, **wide}
    tables = tuple(table for table, found in packed.items() if found)
    columns = [list(column) for table in tables for column in zip(*packed[table], strict=True)]
    return tables, columns
