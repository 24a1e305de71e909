"""The consumer of the change feed that keeps words and pairs of characters of free text.

docs/adr/0006-late-text-index.md; HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/search.html#content.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Final

import msgspec

from xinglin.cdr.index.keys import PARAM_SHIFT, RID_MASK
from xinglin.kernel.feed import Consumer
from xinglin.kernel.feed.reading import TRANSFER, lag

from . import grams

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xinglin.cdr.index import KeySpace
    from xinglin.fhir.search import SearchParameters
    from xinglin.kernel.database import Connection, Database
    from xinglin.kernel.feed import Batch

NAME: Final = "search-text"
BATCH: Final = 300
# Names are what people search the middle of; other strings are looked through.
NAMES: Final = frozenset(("name", "family", "given", "title"))
_NEW: Final = "select rid, type, body from resource where rid = any($1) and not deleted and ver > 0"
_OLD: Final = (
    "select w.rid, r.type, h.body from unnest($1::bigint[]) w(rid) join resource r on r.rid = w.rid"
    " cross join lateral (select body from history where history.rid = w.rid and op <> 'D'"
    " order by ver desc limit 20) h"
)
_STRINGS: Final = "select rid, k, v from str where rid = any($1)"
_ADD: Final = (
    "insert into gram (k, rid) select * from unnest($1::bigint[], $2::bigint[])"
    " on conflict do nothing"
)
_DROP: Final = (
    "delete from gram g using unnest($1::bigint[], $2::bigint[]) d(k, rid)"
    " where g.k = d.k and g.rid = d.rid"
)
_LATE: Final = (
    "select distinct rid from change where (xid, seq) > ($1::text::xid8, $2::bigint) limit $3"
)

Row = tuple[int, int]
"""(k, rid)."""


class TextIndex:
    """Words of narratives and contents, pairs of characters of names."""

    def __init__(self, database: Database, registry: SearchParameters, keys: KeySpace) -> None:
        self.consumer = Consumer(NAME, database)
        self._database = database
        self._keys = keys
        self._text: dict[int, int] = {}
        self._content: dict[int, int] = {}
        self._named: set[int] = set()
        for number, type_ in enumerate(registry.types, 1):
            for code, param in registry.for_type(type_).items():
                if code == "_text":
                    self._text[number] = param.id
                elif code == "_content":
                    self._content[number] = param.id
                elif code in NAMES and param.kind == "string":
                    self._named.update(param.sources)

    def covers(self, source: int) -> bool:
        """Whether the strings of this parameter have their pairs of characters here."""
        return source in self._named

    async def catch_up(self, deadline: float) -> tuple[bool, list[int]]:
        """Read on to the newest change that can be read.

        Answers whether it got there in time (``time.monotonic``), and what is committed behind
        that (other transactions hold it back), at most 2,000 numbers.
        """
        while time.monotonic() < deadline:
            if not await self.step():
                async with self._database.acquire() as connection:
                    position = await self.consumer.position()
                    rows = await connection.fetch(_LATE, str(position.xid), position.seq, 2000)
                if len(rows) < 2000:
                    return True, [row["rid"] for row in rows]
                await asyncio.sleep(0.02)
        return False, []

    async def behind(self) -> int:
        """How many changes are still to be read, counted to 100,000."""
        async with self._database.acquire() as connection:
            return await lag(connection, await self.consumer.position())

    async def step(self) -> bool:
        """Take in one batch; whether there is more."""
        async with self.consumer.poll(BATCH) as batch:
            if batch.connection is not None:
                await self.handle(batch)
        return batch.more

    async def handle(self, batch: Batch) -> None:
        """Bring the grams of everything that changed to what its current version says."""
        connection = batch.connection
        changes = [change for change in batch.changes if change.op != TRANSFER]
        if connection is None or not changes:
            return
        rids = sorted({change.rid for change in changes})
        again = sorted({change.rid for change in changes if change.ver > 1})
        new = await self._wanted(connection, rids)
        old: set[Row] = set()
        for rid, type_, body in await connection.fetch(_OLD, again) if again else ():
            old |= {(k, rid) for k in self.keys_of(type_, body)}
        gone = sorted(old - new)
        if gone:
            await connection.execute(_DROP, *_columns(gone))
        if new:
            await connection.execute(_ADD, *_columns(sorted(new)))

    async def _wanted(self, connection: Connection, rids: list[int]) -> set[Row]:
        found: set[Row] = set()
        for rid, type_, body in await connection.fetch(_NEW, rids):
            found.update((k, rid) for k in self.keys_of(type_, body))
        for rid, k, value in await connection.fetch(_STRINGS, rids):
            source = k >> PARAM_SHIFT
            if k >= 0 and not k & RID_MASK and source in self._named:
                found.update((self._keys.gram(source, one), rid) for one in grams.pairs(value))
        return found

    def keys_of(self, type_: int, body: str) -> Iterable[int]:
        """Keys of the words of a stored body."""
        resource: dict[str, Any] = msgspec.json.decode(body)
        narrative = grams.narrative(resource)
        gram = self._keys.gram
        if narrative:
            for word in grams.of(narrative):
                yield gram(self._text[type_], word)
        for word in grams.of_many([narrative, *grams.strings(resource)]):
            yield gram(self._content[type_], word)


def _columns(rows: list[Row]) -> tuple[list[int], list[int]]:
    return [k for k, _ in rows], [rid for _, rid in rows]
