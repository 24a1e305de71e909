"""Reads rows together with what an `Access` says of them: one statement, whoever asks for whatever.

docs/adr/0008-access-in-sql.md. What is absent and what is forbidden is told by the same statement.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from xinglin.cdr.search.allowed import asked, relaxed
from xinglin.cdr.search.guards import Facts, Mine
from xinglin.cdr.search.sql import Statement

from .read import COLUMNS, Stored

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from xinglin.cdr.search.ir import Node
    from xinglin.kernel.database import Connection, Database

_FACTS = (
    "select unit, patient from relation where unit = any($1::bigint[]) and"
    " patient = any($2::bigint[]) and since <= now() and until > now()"
    " union all select 0, patient from sealed where patient = any($2::bigint[])"
)
_WIDTH = COLUMNS.count(",") + 1


async def visible(
    source: Connection | Database, type_: int, id_: str, node: Node | None
) -> Stored | None:
    """The current version if the condition holds for it; a tombstone by what is kept of it."""
    text, args = _visible(node)
    row = await source.fetchrow(text, type_, id_, *args)
    return Stored(*row) if row else None


@lru_cache(maxsize=4096)
def _visible(node: Node | None) -> tuple[str, list[Any]]:
    """The text of the statement, and its parameters after type and id."""
    statement = Statement()
    named = f"r.type = {statement.bind(None)} and r.id = {statement.bind(None)}"
    text = f"select {COLUMNS} from resource r where {named}"
    if node is not None:
        text += f" and {condition(statement, node)}"
    return text, statement.args[2:]


async def named(
    source: Connection | Database,
    type_: int,
    id_: str,
    nodes: Sequence[Node | None],
    *,
    hide: bool,
) -> tuple[Stored, tuple[bool, ...]] | None:
    """The current version, and which of the conditions hold; with ``hide`` only if any does."""
    statement = Statement()
    text = f"r.type = {statement.bind(type_)} and r.id = {statement.bind(id_)}"
    rows = await _told(source, statement, text, nodes, hide=hide)
    return rows[0] if rows else None


async def numbered(
    source: Connection | Database, rids: Collection[int], nodes: Sequence[Node | None]
) -> dict[int, tuple[Stored, tuple[bool, ...]]]:
    """The rows with these numbers, and which of the conditions hold for each."""
    statement = Statement()
    text = f"r.rid = any({statement.bind(list(rids), '::bigint[]')})"
    return {
        stored.rid: (stored, held)
        for stored, held in await _told(source, statement, text, nodes, hide=False)
    }


async def _told(
    source: Connection | Database,
    statement: Statement,
    where: str,
    nodes: Sequence[Node | None],
    *,
    hide: bool,
) -> list[tuple[Stored, tuple[bool, ...]]]:
    columns = ", ".join(f"{condition(statement, node)} as f{i}" for i, node in enumerate(nodes))
    text = (
        f"select {COLUMNS}, f.* from resource r cross join lateral (select {columns} offset 0) f"
        f" where {where}"
    )
    if hide:
        text += f" and ({' or '.join(f'f.f{i}' for i in range(len(nodes)))})"
    rows: list[Any] = [tuple(row) for row in await source.fetch(text, *statement.args)]
    return [(Stored(*row[:_WIDTH]), row[_WIDTH:]) for row in rows]


def condition(statement: Statement, node: Node | None) -> str:
    """The condition on a row ``r`` of ``resource``; of a tombstone, by what is kept of it."""
    if node is None:
        return "true"
    left = relaxed(node)
    if left == node:
        return f"coalesce({statement.row(node, 'r')}, false)"
    kept = statement.row(left, "r")
    return f"coalesce(case when r.deleted then {kept} else {statement.row(node, 'r')} end, false)"


async def facts(
    source: Connection | Database, nodes: Iterable[Node | None], patients: Collection[int]
) -> Facts:
    """What the conditions ask about the patients; no statement where they ask nothing."""
    guards = {guard for node in nodes if node is not None for guard in asked(node)}
    if not guards:
        return Facts()
    units = {unit for guard in guards if isinstance(guard, Mine) for unit in guard.units}
    rows = await source.fetch(_FACTS, sorted(units), sorted(patients))
    return Facts(
        frozenset((row[0], row[1]) for row in rows if row[0]),
        frozenset(row[1] for row in rows if not row[0]),
    )
