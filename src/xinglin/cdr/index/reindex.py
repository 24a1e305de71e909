"""Re-indexing: rows made anew by the current plan, in batches, resumable, with progress.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/searchparameter.html (new parameters need it). A run goes
down the rids; what was committed meanwhile by a process that did not know the plan yet is looked
through at the end.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final, NamedTuple, cast

import asyncpg
import structlog

from xinglin.cdr.index import plans, store, stored
from xinglin.cdr.index.keys import KeySpace
from xinglin.fhir.search import search_parameters

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from xinglin.cdr.index.dictionary import Dictionary
    from xinglin.cdr.index.indexer import Indexer
    from xinglin.cdr.index.rows import Rows
    from xinglin.kernel.database import Connection, Database

_log = structlog.get_logger()
BATCH: Final = 200
GRACE: Final = 10.0
"""Seconds after its start before a run may end: by then every process knows the plan."""
PAUSE: Final = 2.0
"""Seconds between looks for a new plan."""
_FIRST: Final = (1 << 63) - 1
_COUNT: Final = "select count(*) from key where k = any($1::bigint[])"
_ESTIMATE: Final = (
    "select greatest(reltuples, 0)::bigint from pg_class where oid = 'resource'::regclass"
)
_LATE: Final = (
    "select distinct c.rid from change c join resource r on r.rid = c.rid "
    "where c.seq > $1 and r.plan < $2 and (cardinality($3::smallint[]) = 0 or r.type = any($3)) "
    "limit $4"
)
_MARK: Final = (
    "update resource r set plan = $1, refs = w.refs::bigint[], present = w.present, "
    "patient = w.patient, patients = w.patients::bigint[] from unnest($2::bigint[], $3::int[], "
    "$4::text[], $5::bigint[], $6::bigint[], $7::text[]) "
    "w(rid, ver, refs, present, patient, patients) "
    "where r.rid = w.rid and r.ver = w.ver and r.plan < $1 returning r.rid"
)


class Progress(NamedTuple):
    """How far a run is. ``total`` is an estimate; ``state`` running, done or cancelled."""

    id: int
    plan: int
    types: tuple[int, ...]
    total: int
    done: int
    changed: int
    state: str
    note: str


class Reindexer:
    """Starts runs and does their work; any process may do the next batch of any run."""

    def __init__(self, db: Database, indexer: Indexer, dictionary: Dictionary) -> None:
        self.db = db
        self.indexer = indexer
        self.dictionary = dictionary
        self.grace = GRACE

    async def start(
        self, connection: Connection, types: Collection[str] = (), note: str = ""
    ) -> int:
        """Queue a run over some types (none: all) and return its number; the caller commits."""
        numbers = sorted(search_parameters().type_number(type_) for type_ in types)
        if numbers:
            keys = [KeySpace.type_key(number) for number in numbers]
            total = await connection.fetchval(_COUNT, keys)
        else:
            total = await connection.fetchval(_ESTIMATE)
        number = await connection.fetchval(
            "insert into reindex (plan, types, next, total, note, floor) select "
            "(select max(id) from plan), $1, $2, $3, $4, "
            "coalesce((select max(seq) from change), 0) - 1000 returning id",
            numbers,
            _FIRST,
            total,
            note,
        )
        return cast("int", number)

    async def follow_zone(self) -> None:
        """Index everything again where the time zone of the installation was changed."""
        async with self.db.transaction() as connection:
            if await plans.follow_zone(connection):
                await self.start(connection, note="time zone")
        await self.refresh()

    async def progress(self, number: int) -> Progress | None:
        """How far a run is; None if there is no such run."""
        row = await self.db.fetchrow(
            "select id, plan, types, total, done, changed, state, note from reindex where id = $1",
            number,
        )
        return None if row is None else Progress(*row)._replace(types=tuple(row["types"]))

    async def cancel(self, number: int) -> None:
        """Stop a run; what it did stays."""
        await self.db.execute(
            "update reindex set state = 'cancelled', updated = now() "
            "where id = $1 and state = 'running'",
            number,
        )

    async def refresh(self) -> None:
        """Learn of plans and parameters that another process made."""
        self.indexer.use(await plans.load(self.db))

    async def serve(self, stop: asyncio.Event) -> None:
        """Work, and learn of new plans, until told to stop; one task of every process."""
        followed = False
        while not stop.is_set():
            try:
                if not followed:
                    await self.follow_zone()
                    followed = True
                busy = await self.work()
                if not busy and await self._outdated():
                    await self.refresh()
            except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError):
                continue
            except Exception as error:  # noqa: BLE001 - the task must outlive a restart of the server
                _log.warning("re-indexing waits", reason=type(error).__name__, exc_info=error)
                busy = False
            if not busy:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), PAUSE)

    async def _outdated(self) -> bool:
        return self.indexer.plans.mark != await self.db.fetchval(plans.MARK)

    async def work(self) -> bool:
        """Do one batch of the oldest run; False when there is nothing to do at this moment."""
        async with self.db.transaction() as connection:
            row = await connection.fetchrow(
                "select *, extract(epoch from now() - started)::float8 as age from reindex "
                "where state = 'running' order by id limit 1 for update skip locked"
            )
            if row is None:
                return False
            if row["plan"] > self.indexer.plan:
                self.indexer.use(await plans.load(connection))
            batch, late = await self._batch(connection, row["next"], row["types"]), False
            if not batch:
                late = True
                batch = await self._late(connection, row["floor"], row["plan"], row["types"])
            changed = await self._rebuild(connection, batch)
            if not batch and row["age"] >= self.grace:
                await self._finish(connection, row["id"], row["plan"], row["types"])
                return True
            await connection.execute(
                "update reindex set next = $2, done = done + $3, changed = changed + $4, "
                "updated = now() where id = $1",
                row["id"],
                row["next"] if late else batch[-1].rid,
                0 if late else len(batch),
                changed,
            )
        return bool(batch)

    async def _batch(
        self, connection: Connection, below: int, types: list[int]
    ) -> list[stored.Stored]:
        if not types:
            return await stored.fetch(connection, stored.ALL, below, BATCH)
        keys = [KeySpace.type_key(number) for number in types]
        return await stored.fetch(connection, stored.TYPED, below, BATCH, keys)

    async def _late(
        self, connection: Connection, floor: int, plan: int, types: list[int]
    ) -> list[stored.Stored]:
        rows = await connection.fetch(_LATE, floor, plan, types, BATCH)
        return await stored.fetch(connection, stored.SOME, [row["rid"] for row in rows])

    async def _rebuild(self, connection: Connection, batch: list[stored.Stored]) -> int:
        """Bring the rows of these resources to the current plan; returns how many changed."""
        plan = self.indexer.plan
        due = [one for one in batch if one.plan < plan and one.resource is not None]
        if not due:
            return 0
        known = await stored.numbers(connection, stored.names(self.indexer, due))
        new = {one.rid: stored.expected(self.indexer, one, known, plan) for one in due}
        old = {one.rid: stored.expected(self.indexer, one, known) for one in due}
        await self.dictionary.ensure(c for rows in new.values() for c in rows.coding)
        marked = await self._mark(connection, due, new)
        differences = [(rid, new[rid].diff(old[rid])) for rid in marked]
        await store.delete(connection, ((rid, gone) for rid, (gone, _) in differences))
        await store.insert(connection, ((rid, come) for rid, (_, come) in differences))
        return sum(1 for _, (gone, come) in differences if gone.count() or come.count())

    async def _mark(
        self, connection: Connection, due: list[stored.Stored], new: dict[int, Rows]
    ) -> list[int]:
        """Note the plan in the rows that are still of the version that was read."""
        ordered = sorted(due)
        patients = [new[one.rid].patient(one.rid) for one in ordered]
        rows = await connection.fetch(
            _MARK,
            self.indexer.plan,
            [one.rid for one in ordered],
            [one.ver for one in ordered],
            [_array(new[one.rid].refs) for one in ordered],
            [new[one.rid].present for one in ordered],
            [patient for patient, _ in patients],
            [None if several is None else _array(several) for _, several in patients],
        )
        return [row["rid"] for row in rows]

    async def _finish(
        self, connection: Connection, number: int, plan: int, types: list[int]
    ) -> None:
        """End a run; the parameters it was for can be searched by from now on."""
        await connection.execute(
            "update reindex set state = 'done', updated = now() where id = $1", number
        )
        await plans.activate(connection, plan, [search_parameters().type_name(n) for n in types])
        self.indexer.use(await plans.load(connection))


def _array(numbers: Iterable[int]) -> str:
    return "{" + ",".join(map(str, numbers)) + "}"
