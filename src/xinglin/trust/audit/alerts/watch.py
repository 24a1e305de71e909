"""Follows all chains in the background and puts what is odd on the list of alerts.

docs/howto/audit.md. One process at a time; alerts and the place in each chain commit together.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import asyncpg

from xinglin.kernel.telemetry import log
from xinglin.trust.audit import chain
from xinglin.trust.audit import queries as trail

from . import people, queries
from .rules import Evaluation, Facts

if TYPE_CHECKING:
    from xinglin.kernel.database import Connection, Database
    from xinglin.trust.audit.model import Row

    from .rules import Hit

INTERVAL = 5.0
LIMIT = 200  # segments of a chain read at once
BREATH = 50  # rows looked at before others have their turn
_KEPT = 20_000
_log = log("audit")


class Watch:
    """The watcher of one process."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._zone = ""
        self._evaluation: Evaluation | None = None
        self._facts = Facts()
        self._staff: dict[int, dict[str, Any]] = {}
        self._patients: dict[int, dict[str, Any]] = {}

    async def serve(self, stop: asyncio.Event) -> None:
        """Until told to stop; a lost database is waited for.

        One process watches and goes on: another would have to read the last hour again.
        """
        while not stop.is_set():
            try:
                async with self._db.acquire() as connection:
                    if await queries.lead(connection):
                        try:
                            await self._watch(stop)
                        finally:
                            await queries.follow(connection)
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                _log.warning("alerts wait", error=type(error).__name__)
            self._evaluation = None
            await _pause(stop, INTERVAL)

    async def _watch(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            more = await self.once()
            await _pause(stop, 0.05 if more else INTERVAL)

    async def once(self) -> bool:
        """Read what is new; whether there is more."""
        if not self._zone:
            self._zone = await queries.zone(self._db)
        async with self._db.transaction() as connection:
            if not await queries.alone(connection):
                self._evaluation = None  # another watches: windows would be out of date
                return False
            return await self._read(connection)

    async def _read(self, connection: Connection) -> bool:
        evaluation = self._evaluation or await self._remembered(connection)
        places = await queries.positions(connection)
        rows: list[Row] = []
        moved: dict[int, int] = {}
        more = False
        for writer in await trail.writers(connection):
            found = await queries.segments(connection, writer, places.get(writer, 0), LIMIT)
            for one in found:
                rows += [chain.read(line) for line in one["entries"].split("\n")]
                await asyncio.sleep(0)  # requests are answered by the same loop
            if found:
                moved[writer] = found[-1]["seq"]
                more |= len(found) == LIMIT
        rows.sort(key=lambda row: row.at)
        await self._learn(connection, rows)
        hits: list[Hit] = []
        for count, row in enumerate(rows):
            hits += evaluation.hits(row, self._facts)
            if count % BREATH == 0:
                await asyncio.sleep(0)
        if hits:
            await queries.raise_alerts(connection, self._zone, hits)
        for writer, seq in moved.items():
            await queries.move(connection, writer, seq)
        self._evaluation = evaluation
        return more

    async def _remembered(self, connection: Connection) -> Evaluation:
        """Windows as they were, from what was read already."""
        evaluation = Evaluation(ZoneInfo(self._zone))
        back = datetime.now(UTC) - timedelta(minutes=evaluation.minutes)
        for one in await queries.since(connection, back):
            for line in one["entries"].split("\n"):
                evaluation.hits(chain.read(line), Facts())
            await asyncio.sleep(0)
        return evaluation

    async def _learn(self, connection: Connection, rows: list[Row]) -> None:
        """Look up who the people and patients of these rows are; kept for a while."""
        if len(self._patients) > _KEPT:
            self._patients, self._staff, self._facts = {}, {}, Facts()
        pairs = {(row.event.account, rid) for row in rows for rid in row.event.patients}
        facts = self._facts
        accounts = {account for account, _ in pairs if account} - self._staff.keys()
        for one in await queries.people(connection, accounts) if accounts else ():
            self._staff[one["id"]] = json.loads(one["body"] or "{}")
            if one["patient"]:
                facts.own[one["id"]] = one["patient"]
        patients = {rid for _, rid in pairs} - self._patients.keys()
        for one in await queries.records(connection, patients) if patients else ():
            record = json.loads(one["body"] or "{}")
            self._patients[one["rid"]] = record
            facts.labels[one["rid"]] = people.labels(record)
        if rows:
            facts.sealed = await queries.sealed(connection)
        for account, rid in pairs - facts.relatives.keys():
            sign = people.signal(self._staff.get(account, {}), self._patients.get(rid, {}))
            facts.relatives[account, rid] = sign


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
