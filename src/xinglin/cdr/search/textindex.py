"""The consumers of the change feed that keep words and pairs of characters of free text.

docs/adr/0006-late-text-index.md; HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/search.html#content.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Any, Final

import asyncpg
import msgspec

from xinglin.cdr.index.keys import PARAM_SHIFT, RID_MASK
from xinglin.kernel.feed import Consumer
from xinglin.kernel.feed.reading import TRANSFER, lag
from xinglin.kernel.telemetry import log

from . import grams

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xinglin.cdr.index import KeySpace
    from xinglin.fhir.search import SearchParameters
    from xinglin.kernel.database import Database
    from xinglin.kernel.feed import Batch

BATCH: Final = 300
PAUSE: Final = 5.0
"""Seconds between looks at the feed; searches read on by themselves."""
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
_STARTED: Final = "select true from feed_cursor where consumer = $1"
_LATE: Final = (
    "select distinct rid from change where (xid, seq) > ($1::text::xid8, $2::bigint) limit $3"
)

_log = log("search")
Row = tuple[int, int]
"""(k, rid)."""


class TextIndex:
    """What every index of free text does: read the feed, and say how far it is."""

    def __init__(self, consumer: Consumer, database: Database, keys: KeySpace) -> None:
        self.consumer = consumer
        self._database = database
        self._keys = keys

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
        raise NotImplementedError


class Words(TextIndex):
    """Words of narratives and contents. Large, so it is built when it is asked for first."""

    def __init__(self, database: Database, registry: SearchParameters, keys: KeySpace) -> None:
        super().__init__(Consumer("search-words", database), database, keys)
        self._text: dict[int, int] = {}
        self._content: dict[int, int] = {}
        for number, type_ in enumerate(registry.types, 1):
            for code, numbers in (("_text", self._text), ("_content", self._content)):
                param = registry.get(type_, code)
                if param is not None:
                    numbers[number] = param.id

    async def wanted(self) -> bool:
        """Whether somebody asked for it before."""
        async with self._database.acquire() as connection:
            return bool(await connection.fetchval(_STARTED, self.consumer.name))

    async def handle(self, batch: Batch) -> None:
        """See the class."""
        connection = batch.connection
        changes = [change for change in batch.changes if change.op != TRANSFER]
        if connection is None or not changes:
            return
        rids = sorted({change.rid for change in changes})
        again = sorted({change.rid for change in changes if change.ver > 1})
        new: set[Row] = set()
        for rid, type_, body in await connection.fetch(_NEW, rids):
            new.update((k, rid) for k in self.keys_of(type_, body))
        old: set[Row] = set()
        for rid, type_, body in await connection.fetch(_OLD, again) if again else ():
            old |= {(k, rid) for k in self.keys_of(type_, body)}
        gone = sorted(old - new)
        if gone:
            await connection.execute(_DROP, *_columns(gone))
        if new:
            await connection.execute(_ADD, *_columns(sorted(new)))

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


class Names(TextIndex):
    """Characters and pairs of characters of names and titles.

    Rows of names that are no more stay: whoever finds one looks at the string as well.
    """

    def __init__(self, database: Database, registry: SearchParameters, keys: KeySpace) -> None:
        types: list[int] = []
        self._named: set[int] = set()
        for number, type_ in enumerate(registry.types, 1):
            for code in NAMES:
                param = registry.get(type_, code)
                if param is not None and param.kind == "string":
                    types.append(number)
                    self._named.update(param.sources)
        super().__init__(Consumer("search-names", database, types=types), database, keys)

    def covers(self, source: int) -> bool:
        """Whether the strings of this parameter have their pairs of characters here."""
        return source in self._named

    async def handle(self, batch: Batch) -> None:
        """See the class."""
        if batch.connection is None:
            return
        found: set[Row] = set()
        rids = sorted({change.rid for change in batch.changes})
        for rid, k, value in await batch.connection.fetch(_STRINGS, rids):
            source = k >> PARAM_SHIFT
            if k >= 0 and not k & RID_MASK and source in self._named:
                found.update((self._keys.gram(source, one), rid) for one in grams.pairs(value))
        if found:
            await batch.connection.execute(_ADD, *_columns(sorted(found)))


class FreeText:
    """Both indexes of free text."""

    def __init__(self, database: Database, registry: SearchParameters, keys: KeySpace) -> None:
        self.words = Words(database, registry, keys)
        self.names = Names(database, registry, keys)

    async def step(self) -> bool:
        """Take in a batch of names, and one of words if they are wanted; whether there is more."""
        more = await self.names.step()
        return (await self.words.wanted() and await self.words.step()) or more

    async def serve(self, stop: asyncio.Event) -> None:
        """Keep them up until told to stop, with a tenth of a processor at most."""
        while not stop.is_set():
            started = time.monotonic()
            try:
                more = await self.step()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                _log.warning("free text waits", reason=type(error).__name__)
                more = False
            pause = max(0.05, 9 * (time.monotonic() - started)) if more else PAUSE
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)


def _columns(rows: list[Row]) -> tuple[list[int], list[int]]:
    return [k for k, _ in rows], [rid for _, rid in rows]
