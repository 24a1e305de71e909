"""Index rows into and out of their tables, for many resources in few statements.

Tables: migrations/0001_core.sql. Nothing here begins or ends a transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xinglin.cdr.index.rows import Rows
    from xinglin.kernel.database import Connection

TABLES: Final = {
    "key": {"k": "bigint"},
    "dat": {"k": "bigint", "lo": "bigint", "hi": "bigint"},
    "num": {"k": "bigint", "lo": "numeric", "hi": "numeric"},
    "str": {"k": "bigint", "v": "text", "x": "bigint"},
    "pdate": {"k": "bigint", "lo": "bigint"},
}
"""Columns and their types, without ``rid``."""


def records(pairs: Iterable[tuple[int, Rows]]) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of several resources by table, each with its rid at the end, in key order."""
    found: dict[str, list[tuple[Any, ...]]] = {table: [] for table in TABLES}
    for rid, rows in pairs:
        found["key"] += [(k, rid) for k in rows.key]
        found["dat"] += [(*row, rid) for row in rows.dat]
        found["num"] += [(*row, rid) for row in rows.num]
        found["str"] += [(*row, rid) for row in rows.str]
        found["pdate"] += [(*row, rid) for row in rows.pdate]
    for table in found.values():
        # In order, writers that touch the same pages meet there in the same order.
        table.sort()
    return found


async def insert(connection: Connection, pairs: Iterable[tuple[int, Rows]]) -> None:
    """Add rows; those that are there already stay."""
    for table, rows in records(pairs).items():
        if rows:
            await connection.execute(
                f"insert into {table} ({', '.join(TABLES[table])}, rid) "
                f"select * from {_unnest(table)} on conflict do nothing",
                *_columns(rows),
            )


async def delete(connection: Connection, pairs: Iterable[tuple[int, Rows]]) -> None:
    """Remove rows; those that are not there are no error."""
    for table, rows in records(pairs).items():
        if rows:
            same = " and ".join(f"t.{name} = w.{name}" for name in (*TABLES[table], "rid"))
            await connection.execute(
                f"delete from {table} t using {_unnest(table)} where {same}", *_columns(rows)
            )


async def copy(connection: Connection, pairs: Iterable[tuple[int, Rows]]) -> None:
    """Add rows of resources that have none yet: the fast way, for bulk loading."""
    for table, rows in records(pairs).items():
        if rows:
            await connection.copy_records_to_table(
                table, records=rows, columns=[*TABLES[table], "rid"]
            )


def _unnest(table: str) -> str:
    columns = {**TABLES[table], "rid": "bigint"}
    arrays = ", ".join(f"${n}::{type_}[]" for n, type_ in enumerate(columns.values(), 1))
    return f"unnest({arrays}) as w({', '.join(columns)})"


def _columns(rows: list[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
