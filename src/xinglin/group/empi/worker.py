"""Matches what was written without being asked about: imports, interfaces, other nodes.

Several processes share the work out; a batch over everything is the same work.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Final

import structlog

from xinglin.cdr import store, types
from xinglin.cdr.access import Access
from xinglin.cdr.context import retrying
from xinglin.cdr.index import KeySpace
from xinglin.kernel.errors import Refusal

from . import blocking, linking, moving
from .index import unpack
from .matching import at_least
from .queries import Tables
from .weights import Score, compare

if TYPE_CHECKING:
    import asyncpg

    from .index import Index
    from .model import Traits

CHUNK: Final = 400
_REST: Final = 5.0
_TROUBLE: Final = 20.0
_BREATH: Final = 200
_ACTOR: Final = "patient index"
_log = structlog.get_logger()
Row = tuple[int, int, Score]


class Worker:
    """One a process."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._access = Access.local()

    async def serve(self, stop: asyncio.Event) -> None:
        """Fill in what the index does not know, then match what is new, until told to stop."""
        filled, well = False, True
        while not stop.is_set():
            try:
                if not filled:
                    await self._fill(stop)
                    filled = True
                if not await self.step():
                    await self.sweep()
                    await _wait(stop, _REST)
                well = True
            except Exception as error:  # noqa: BLE001  matching waits, the platform goes on
                if well:
                    _log.error("the patient index waits, and tries again", exc_info=error)
                well = False
                await _wait(stop, _TROUBLE)

    async def _fill(self, stop: asyncio.Event) -> None:
        async for _ in self._index.fill():
            if stop.is_set():
                return

    async def step(self, count: int = CHUNK) -> int:
        """Match some records that are new; returns how many."""
        ctx = self._index.ctx
        async with ctx.db.transaction() as connection:
            new = {r["patient"]: r["traits"] for r in await Tables.unmatched(connection, count)}
            if not new:
                return 0
            mine = {rid: unpack(text) for rid, text in new.items()}
            keys = [(rid, k) for rid, traits in mine.items() for k in self._index.keys(traits)]
            rows = await Tables.others(connection, keys, blocking.CAP)
            theirs = {other for _, other in rows} - mine.keys()
            texts = await Tables.traits(connection, list(theirs))
            found = await self._weigh(mine, texts, rows)
            review = [(a, b, s.bits, s.grade) for a, b, s in found]
            if review:
                await Tables.pairs(connection, review)
            await Tables.matched(connection, list(new))
        await self._link([one for one in found if one[2].grade == "certain"])
        return len(new)

    async def _weigh(
        self, mine: dict[int, Traits], texts: dict[int, str], rows: list[asyncpg.Record]
    ) -> list[Row]:
        known = mine | {rid: unpack(text) for rid, text in texts.items()}
        found: list[Row] = []
        for turn, (one, other) in enumerate(rows):
            if turn % _BREATH == _BREATH - 1:
                await asyncio.sleep(0)
            if other in known:
                score = compare(known[one], known[other])
                if at_least(score, "possible"):
                    found.append((one, other, score))
        return found

    async def _link(self, certain: list[Row]) -> None:
        """What is certain is linked at once; the records themselves say so, and the feed."""
        pairs = [(one, two, score.bits) for one, two, score in certain]
        if not pairs:
            return
        try:
            await linking.link_many(self._index, self._access, pairs, _ACTOR)
        except Refusal as refusal:
            _log.warning("certain pairs were not linked; they are in the queue", why=str(refusal))

    async def sweep(self) -> int:
        """What was written to a replaced record since (an old label, a late result) goes after."""
        ctx = self._index.ctx
        stay = [types.number(name) for name in moving.STAY]
        moved = 0
        for row in await Tables.late(ctx.db, KeySpace.patient(0), stay):
            names = {
                one.rid: one.id for one in await store.by_rid(ctx.db, (row["gone"], row["kept"]))
            }
            gone, kept = (row["gone"], names[row["gone"]]), (row["kept"], names[row["kept"]])
            try:
                moved += await retrying(partial(self._bring, row["merge"], (gone, kept)))
            except Refusal as refusal:
                _log.warning("what came late was not moved", why=str(refusal))
        return moved

    async def _bring(self, merge: int, pair: tuple[tuple[int, str], tuple[int, str]]) -> int:
        ctx = self._index.ctx
        async with ctx.db.transaction() as connection:
            if not await Tables.standing(connection, merge):
                return 0
            moved = await moving.away(ctx, connection, self._access, pair, merge)
        ctx.notify()
        return moved


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
