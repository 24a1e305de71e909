"""Numbers of resources by type and id; the first mention of a local reference reserves one.

So local references are never hashed or rewritten, and compartments hold even where the target
comes later: migrations/0001_core.sql, ``resource.ver`` 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xinglin.cdr import types
from xinglin.kernel.database import Database

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    import asyncpg

    from xinglin.kernel.database import Connection

Name = tuple[str, str]
_LIMIT = 1 << 16
_FIND = (
    "select w.type, w.id, r.rid from unnest($1::smallint[], $2::text[]) w(type, id) cross join "
    "lateral (select rid from resource where type = w.type and id = w.id offset 0) r"
)
_RESERVE = (
    "insert into resource (rid, type, id, ver, updated) "
    "select rid, type, id, 0, now() from unnest($1::smallint[], $2::text[], $3::bigint[]) "
    "w(type, id, rid) on conflict (type, id) do nothing"
)


class References:
    """(type, id) -> rid. A committed number never changes, so it is kept for the process."""

    def __init__(self, allocate: Callable[[Any, int], Awaitable[list[int]]]) -> None:
        self._allocate = allocate
        self._known: dict[Name, int] = {}

    def known(self, name: Name) -> int | None:
        """The number, where this process has seen it committed."""
        return self._known.get(name)

    def remember(self, numbers: dict[Name, int]) -> None:
        """Keep numbers that are committed."""
        if len(self._known) + len(numbers) > _LIMIT:
            self._known.clear()
        self._known.update(numbers)

    async def resolve(
        self, source: Connection | Database, names: Collection[Name]
    ) -> dict[Name, int]:
        """The numbers of all of them, reserving those that nobody has mentioned yet.

        Rows are reserved in sorted order, so that two writers cannot wait for each other. Through
        the `Database` the reservation commits by itself (a number is no fact: a read of it answers
        404) and nobody waits for a longer transaction; it is then remembered at once.
        """
        found = {name: rid for name in names if (rid := self._known.get(name)) is not None}
        missing = sorted((types.number(t), i, (t, i)) for t, i in names if (t, i) not in found)
        if not missing:
            return found
        fresh = await self._find(source, missing)
        lacking = [entry for entry in missing if entry[2] not in fresh]
        if lacking:
            rids = await self._allocate(source, len(lacking))
            await source.execute(_RESERVE, *_columns(lacking), rids)
            fresh.update(await self._find(source, lacking))
        if isinstance(source, Database) or not source.is_in_transaction():
            self.remember(fresh)
        return found | fresh

    @staticmethod
    async def _find(
        source: Connection | Database, entries: list[tuple[int, str, Name]]
    ) -> dict[Name, int]:
        rows: list[asyncpg.Record] = await source.fetch(_FIND, *_columns(entries))
        return {(types.name(row[0]), row[1]): row[2] for row in rows}


def _columns(entries: list[tuple[int, str, Name]]) -> tuple[list[int], list[str]]:
    return [entry[0] for entry in entries], [entry[1] for entry in entries]
