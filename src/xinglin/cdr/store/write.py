"""Writes many images of resources in one or two statements.

Layout: migrations/0001_core.sql; the statements are in `statements`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from xinglin.cdr.index import Rows

from . import literals, single, statements

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from xinglin.cdr.context import Related
    from xinglin.kernel.database import Connection, Database

NOTHING = Rows()
_WIDE = ("dat", "num", "str", "pdate")
Packed = dict[str, list[tuple[Any, ...]]]


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
    related: Related | None = None


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
    rows = _pack_one(write.rows, NOTHING)
    tables = _tables(rows)
    says = write.related is not None and bool(write.related.rows)
    text = single.create(tables, by_encounter=write.encounter is not None, related=says)
    await connection.fetch(
        text,
        *head,
        write.rid,
        write.type,
        write.id,
        write.home,
        write.encounter,
        literals.plain(write.rows.refs),
        write.rows.present,
        write.body,
        *_patients(write),
        *_columns(rows, tables, -1),
        *(_related(write.related) if says else ()),
    )


def _related(said: Related | None) -> list[Any]:
    """The columns of `single._related`."""
    if said is None:
        return []
    columns = list(zip(*said.rows, strict=True)) or [()] * 5
    return [
        *map(literals.plain, columns[:3]),
        literals.texts("-infinity" if one is None else one.isoformat() for one in columns[3]),
        literals.texts("infinity" if one is None else one.isoformat() for one in columns[4]),
        said.kept,
    ]


async def _change_one(
    connection: Connection | Database, head: tuple[Any, ...], write: Write
) -> None:
    old = _pack_one(write.before, write.rows)
    new = _pack_one(write.rows, write.before)
    gone, added = _both(_tables(old), _tables(new))
    buried = write.op == "D"
    text = single.change(
        gone,
        added,
        by_encounter=write.encounter is not None,
        buried=buried,
        related=write.related is not None,
    )
    if buried:
        gone = tuple(table for table in gone if table not in single.BY_RID)
    written = await connection.fetch(
        text,
        *head,
        write.rid,
        write.old,
        buried,
        write.home,
        write.encounter,
        literals.plain(write.rows.refs),
        write.rows.present,
        write.body,
        write.op.encode(),
        *_patients(write),
        *_columns(old, gone, -1),
        *_columns(new, added, -1),
        *_related(write.related),
    )
    if not written:
        raise Stale


async def _create(
    connection: Connection | Database, head: tuple[Any, ...], writes: list[Write]
) -> None:
    rows = _pack((write.rows, NOTHING, write.rid) for write in writes)
    tables = _tables(rows)
    text = statements.create(tables, by_encounter=any(w.encounter for w in writes))
    columns = [
        literals.plain(w.rid for w in writes),
        literals.plain(w.type for w in writes),
        [w.id for w in writes],
        literals.numbers(w.home for w in writes),
        literals.numbers(w.encounter for w in writes),
        [literals.plain(w.rows.refs) for w in writes],
        literals.plain(w.rows.present for w in writes),
        [w.body for w in writes],
        *_patients_of(writes),
    ]
    await connection.fetch(text, *head, *columns, *_columns(rows, tables))


async def _change(
    connection: Connection | Database, head: tuple[Any, ...], writes: list[Write]
) -> None:
    old = _pack((w.before, w.rows, w.rid) for w in writes)
    new = _pack((w.rows, w.before, w.rid) for w in writes)
    gone, added = _both(_tables(old), _tables(new))
    text = statements.change(gone, added, by_encounter=any(w.encounter for w in writes))
    columns = [
        literals.plain(w.rid for w in writes),
        literals.plain(w.old for w in writes),
        literals.plain(w.op == "D" for w in writes),
        literals.numbers(w.home for w in writes),
        literals.numbers(w.encounter for w in writes),
        [literals.plain(w.rows.refs) for w in writes],
        literals.plain(w.rows.present for w in writes),
        [w.body for w in writes],
        literals.plain(w.op for w in writes),
        *_patients_of(writes),
    ]
    written = await connection.fetch(
        text, *head, *columns, *_columns(old, gone), *_columns(new, added)
    )
    if len(written) != len(writes):
        raise Stale


def _patients(write: Write) -> tuple[int | None, str | None]:
    """The columns ``patient`` and ``patients``, bound one by one."""
    patient, patients = write.rows.patient(write.rid)
    return patient, None if patients is None else literals.plain(patients)


def _patients_of(writes: list[Write]) -> tuple[str, list[str | None]]:
    """The same, as arrays."""
    found = [_patients(write) for write in writes]
    return literals.numbers(one for one, _ in found), [several for _, several in found]


def _pack_one(rows: Rows, other: Rows) -> Packed:
    """The rows, without rid, that the other image does not have."""
    packed: Packed = {"key": [(k,) for k in sorted(rows.key - other.key)]}
    for table in _WIDE:
        mine: set[tuple[Any, ...]] = getattr(rows, table)
        packed[table] = list(mine - getattr(other, table)) if mine else []
    return packed


def _pack(parts: Iterable[tuple[Rows, Rows, int]]) -> Packed:
    """The rows, with rid, that the other image does not have."""
    key: list[tuple[int, int]] = []
    packed: Packed = {"key": key, **{table: [] for table in _WIDE}}
    for rows, other, rid in parts:
        key += [(k, rid) for k in (rows.key - other.key if other.key else rows.key)]
        for table in _WIDE:
            mine: set[tuple[Any, ...]] = getattr(rows, table)
            if mine:
                theirs: set[tuple[Any, ...]] = getattr(other, table)
                packed[table] += [(*row, rid) for row in (mine - theirs if theirs else mine)]
    key.sort()
    return packed


def _tables(packed: Packed) -> tuple[str, ...]:
    return tuple(table for table, rows in packed.items() if rows)


def _both(gone: tuple[str, ...], added: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The tables to name in a statement that removes and adds.

    The same for both, where there are both: 64 statements a connection instead of a thousand, as
    each of them takes memory in the database.
    """
    if not gone or not added:
        return gone, added
    either = tuple(table for table in statements.TABLES if table in gone or table in added)
    return either, either


def _columns(packed: Packed, tables: tuple[str, ...], end: int | None = None) -> list[str]:
    """The columns of the tables; ``end`` -1: without rid, which is the last."""
    columns: list[str] = []
    for table in tables:
        rows = packed[table]
        if not rows:
            columns += ["{}"] * len(statements.TABLES[table][:end])
        elif table == "str":
            k, v, *rest = zip(*rows, strict=True)
            columns += [literals.plain(k), literals.texts(v), *map(literals.plain, rest)]
        else:
            columns += map(literals.plain, zip(*rows, strict=True))
    return columns
