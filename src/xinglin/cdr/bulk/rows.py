"""The SQL of exports: bodies in one pass over one snapshot, in a form that needs no decoding.

Text COPY doubles the backslashes of JSON; CSV with quote 0x01 and delimiter 0x02, which JSON cannot
hold unescaped, leaves the bytes as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xinglin.cdr import store
from xinglin.cdr.index import COMPARTMENT_PATIENT, KeySpace
from xinglin.cdr.search.sql import Statement
from xinglin.fhir import definitions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from xinglin.cdr.search.ir import Node
    from xinglin.kernel.database import Connection

    from .request import ExportRequest

Lines = "Callable[[int, bytes], None]"

_LIVE = "select r.type, r.body from resource r where not r.deleted and r.ver > 0"
_DELETED = (
    "select r.rid, r.type, r.id from resource r where r.deleted and r.updated >= $1"
    " and ($2::smallint[] is null or r.type = any($2)) and {seen} order by r.rid"
)
_NUMBERS = "select rid from resource where type = $1 and id = any($2::text[])"


async def statement(
    connection: Connection,
    wanted: ExportRequest,
    node: Node | None = None,
    only: list[int] | None = None,
) -> tuple[str, list[Any]]:
    """The query of an export and its arguments; columns are type number and body.

    ``node``: what Access demands. ``only``: of these resources. Without it, types that have a
    filter are left out: theirs are found by search.
    """
    statement = Statement()
    sql, args = _LIVE, statement.args
    if node is not None:
        sql += f" and {statement.row(node, 'r')}"
    if only is not None:
        args.append(only)
        sql += f" and r.rid = any(${len(args)}::bigint[])"
    elif wanted.filters:
        args.append([definitions.type_number(type_) for type_ in wanted.filtered])
        sql += f" and r.type <> all(${len(args)}::smallint[])"
    if wanted.types:
        args.append([definitions.type_number(type_) for type_ in wanted.types])
        sql += f" and r.type = any(${len(args)}::smallint[])"
    if wanted.since is not None:
        args.append(wanted.since)
        sql += f" and r.updated >= ${len(args)}"
    if wanted.patients is not None:
        patient = definitions.type_number("Patient")
        found = await connection.fetch(_NUMBERS, patient, list(wanted.patients))
        args.append([KeySpace.patient(row["rid"]) for row in found])
        sql += f" and r.rid in (select rid from key where k = any(${len(args)}::bigint[]))"
    elif wanted.scope == "patients":
        args.extend(KeySpace.ref_range(COMPARTMENT_PATIENT))
        sql += (
            f" and r.rid in (select rid from key"
            f" where k between ${len(args) - 1}::bigint and ${len(args)}::bigint)"
        )
    return sql, args


async def copy(
    connection: Connection,
    sql: str,
    args: Sequence[Any],
    take: Callable[[bytes], Awaitable[None]],
) -> None:
    """Stream the rows as lines ``number 0x02 body``, in chunks that may end within a line."""
    await connection.copy_from_query(
        sql, *args, output=take, format="csv", quote="\x01", escape="\x01", delimiter="\x02"
    )


async def deleted(
    connection: Connection, wanted: ExportRequest, node: Node | None = None
) -> list[tuple[int, str, str]]:
    """(rid, type, id) of what was deleted since, as far as what is kept of it may be seen."""
    types = [definitions.type_number(type_) for type_ in wanted.types] or None
    names = definitions.resource_types()
    statement = Statement()
    statement.args += [wanted.since, types]
    text = _DELETED.replace("{seen}", store.condition(statement, node))
    rows = await connection.fetch(text, *statement.args)
    return [(row["rid"], names[row["type"] - 1], row["id"]) for row in rows]


class Splitter:
    """Cuts the stream into lines and hands each to the file of its type."""

    def __init__(self, write: Callable[[int, bytes, int], None]) -> None:
        self._write = write
        self._rest = b""
        self.count = 0

    def feed(self, chunk: bytes) -> None:
        """Take a chunk; write what is whole, joined by type."""
        lines = (self._rest + chunk).split(b"\n")
        self._rest = lines.pop()
        parts: dict[bytes, list[bytes]] = {}
        for line in lines:
            number, _, body = line.partition(b"\x02")
            parts.setdefault(number, []).append(body)
        for number, bodies in parts.items():
            bodies.append(b"")
            self._write(int(number), b"\n".join(bodies), len(bodies) - 1)
        self.count += len(lines)
