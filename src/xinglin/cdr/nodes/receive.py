"""Applying what another node wrote: versions, history, index rows and place in one transaction.

docs/adr/0001-nodes.md, "Merging feeds".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from xinglin.cdr import types
from xinglin.cdr.index import store as index_store
from xinglin.cdr.index import stored
from xinglin.cdr.index.rows import Rows
from xinglin.cdr.interactions import image
from xinglin.cdr.interactions.draft import Written
from xinglin.fhir import json
from xinglin.kernel import feed
from xinglin.kernel.feed.reading import TRANSFER

from . import queries
from .merging import Verdict, above, decide

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from datetime import datetime

    from xinglin.cdr.access import Access
    from xinglin.cdr.context import Context
    from xinglin.cdr.index.stored import Stored
    from xinglin.kernel.database import Connection

    from .merging import State
    from .parcel import Parcel, Version

Name = tuple[str, str]


class Received(NamedTuple):
    """How many versions were new here, and how many were put aside."""

    applied: int = 0
    aside: int = 0


class _Image(NamedTuple):
    ver: int
    at: datetime
    op: str
    home: int | None
    body: str


class Receiver:
    """Takes the parcels of other nodes; one a process, any number of processes."""

    def __init__(self, ctx: Context, access: Access) -> None:
        self._ctx = ctx
        self._access = access

    async def position(self, peer: int) -> tuple[uuid.UUID | None, tuple[int, int]]:
        """Epoch of the peer and how far its feed has been applied here."""
        async with self._ctx.db.acquire() as connection:
            found = await queries.cursor(connection, self._access, f"node:{peer}")
        return found or (None, feed.BEGINNING)

    async def receive(self, parcel: Parcel) -> Received:
        """Apply a parcel that begins where the last one ended; any other is left alone."""
        ctx, access = self._ctx, self._access
        peer = f"node:{parcel.node}"
        async with ctx.db.transaction() as connection:
            if not await queries.turn(connection, access, parcel.node):
                return Received()
            found = await queries.cursor(connection, access, peer)
            epoch, at = found or (None, feed.BEGINNING)
            expected = tuple(at) if epoch == parcel.epoch else tuple(feed.BEGINNING)
            if tuple(parcel.after) != expected:
                return Received()
            numbers = [(one.node, one.number) for one in parcel.versions]
            known = await queries.known(connection, access, numbers)
            fresh = [
                one
                for one in parcel.versions
                if one.node != ctx.node and (one.node, one.number) not in known
            ]
            received = await _Merge(ctx, access, connection).run(fresh) if fresh else Received()
            await queries.save_cursor(connection, access, peer, parcel.epoch, parcel.upto)
        if received.applied:
            ctx.notify()
        return received


class _Merge:
    """One parcel on its way into the database."""

    def __init__(self, ctx: Context, access: Access, connection: Connection) -> None:
        self.ctx = ctx
        self.access = access
        self.connection = connection
        self.states: dict[int, State] = {}
        self.rids: dict[Name, int] = {}
        self.images: dict[int, list[_Image]] = {}
        self.fills: list[tuple[int, int, datetime, bytes, int | None, str]] = []
        self.aside: list[tuple[int, int, int, datetime, str]] = []
        self.changes: list[tuple[int, int, int, int, int, bytes, datetime]] = []
        self.transfers: list[tuple[int, int, int, int, datetime]] = []
        self.writers: dict[int, int] = {}

    async def run(self, versions: Sequence[Version]) -> Received:
        ctx, connection = self.ctx, self.connection
        names = {(one.type, one.id) for one in versions}
        names |= {("Organization", one.home) for one in versions if one.home}
        self.rids = await ctx.references.resolve(connection, names)
        touched = {self.rids[one.type, one.id] for one in versions}
        self.states = await queries.lock(connection, self.access, ctx.node, touched)
        before = await stored.fetch(connection, stored.SOME, list(touched))
        for one in versions:
            self._take(one)
        self._outdo()
        await self._write()
        await self._index(before, [rid for rid in self.images if self.images[rid]])
        return Received(len(self.changes), len(self.aside))

    def _take(self, one: Version) -> None:
        rid = self.rids[one.type, one.id]
        state = self.states[rid]
        if one.op == TRANSFER:
            self._move(state, one)
            return
        verdict = decide(self.ctx.node, state, one)
        home = self.rids["Organization", one.home] if one.home else None
        if verdict is Verdict.YIELD:
            self.aside.append((rid, state.ver, self.ctx.node, one.at, state.body))
            state.writer = self.writers[rid] = one.node
            verdict = Verdict.APPLY if one.ver > state.ver else Verdict.ASIDE
        if verdict is Verdict.APPLY:
            self._become(state, _Image(one.ver, one.at, one.op, home, one.body), one.node)
        elif verdict is Verdict.FILL:
            self.fills.append((rid, one.ver, one.at, one.op.encode(), home, one.body))
            state.bodies[one.ver] = one.body
        elif verdict is Verdict.ASIDE:
            self.aside.append((rid, one.ver, one.node, one.at, one.body))
            state.above = above(self.ctx.node, state, one)
            return
        self._tell((one.node, one.number), one.type, rid, (one.ver, one.op, one.at))

    def _become(self, state: State, new: _Image, writer: int) -> None:
        self.images.setdefault(state.rid, []).append(new)
        state.ver, state.body, state.deleted = new.ver, new.body, new.op == "D"
        state.home = new.home
        state.bodies[new.ver] = new.body
        state.writer = self.writers[state.rid] = writer

    def _move(self, state: State, one: Version) -> None:
        self.transfers.append((state.rid, one.ver, one.node, one.to, one.at))
        self._tell((one.node, one.number), one.type, state.rid, (one.ver, TRANSFER, one.at))
        # By another way a later move may have come first.
        if one.ver > state.term:
            state.term = one.ver
            state.writer = self.writers[state.rid] = one.to

    def _outdo(self) -> None:
        """Write the own body again, above what the losing node wrote, so that it replaces it."""
        at = self.ctx.clock.now()
        at = at.replace(microsecond=at.microsecond // 1000 * 1000)
        of = {rid: name for name, rid in self.rids.items()}
        for rid, state in self.states.items():
            if state.above <= state.ver or state.writer != self.ctx.node:
                continue
            type_, id_ = of[rid]
            body = ""
            if not state.deleted:
                resource = json.decode(state.body.encode())
                body = json.encode(image.stamp(resource, id_, state.above, at)).decode()
            op = "D" if state.deleted else "U"
            self._become(state, _Image(state.above, at, op, state.home, body), self.ctx.node)
            self._tell((self.ctx.node, 0), type_, rid, (state.above, op, at))

    def _tell(
        self, source: tuple[int, int], type_: str, rid: int, what: tuple[int, str, datetime]
    ) -> None:
        ver, op, at = what
        self.changes.append((*source, types.number(type_), rid, ver, op.encode(), at))

    async def _write(self) -> None:
        connection, access, own = self.connection, self.access, self.ctx.node
        await queries.supersede(connection, access, self.images)
        between = [
            (rid, one.ver, one.at, one.op.encode(), one.home, one.body)
            for rid, images in self.images.items()
            for one in images[:-1]
        ]
        await queries.add_history(connection, access, self.fills + between)
        await queries.set_current(
            connection,
            access,
            [
                (rid, one.ver, one.at, one.op == "D", one.home, one.body, 0)
                for rid, images in self.images.items()
                for one in images[-1:]
            ],
        )
        writers = [(rid, 0 if node == own else node) for rid, node in self.writers.items()]
        await queries.set_writer(connection, access, writers)
        await queries.add_transfers(connection, access, self.transfers)
        await queries.put_aside(connection, access, self.aside)
        await queries.add_changes(connection, access, self.changes)

    async def _index(self, before: list[Stored], rids: list[int]) -> None:
        ctx, connection, indexer = self.ctx, self.connection, self.ctx.indexer
        await indexer.catch_up(connection, max((one.plan for one in before), default=0))
        old = {one.rid: one for one in before if one.rid in self.images}
        new = await stored.fetch(connection, stored.SOME, rids)
        names = stored.names(indexer, [*old.values(), *new])
        known = await ctx.references.resolve(connection, names)
        was = {rid: stored.expected(indexer, one, known) for rid, one in old.items()}
        plan = indexer.plan
        now = {one.rid: stored.expected(indexer, one, known, plan) for one in new}
        await ctx.dictionary.ensure(row for rows in now.values() for row in rows.coding)
        await index_store.delete(connection, [(r, _less(was[r], now[r])) for r in was])
        nothing = Rows()
        await index_store.insert(
            connection, [(r, _less(rows, was.get(r, nothing))) for r, rows in now.items()]
        )
        index = [
            (rid, list(rows.refs), rows.present, *rows.patient(rid)) for rid, rows in now.items()
        ]
        await queries.set_index(connection, self.access, plan, index)
        await self._hooks(old, new)

    async def _hooks(self, old: dict[int, Stored], new: Sequence[Stored]) -> None:
        ctx = self.ctx
        written = [self._written(one, old.get(one.rid)) for one in new]
        for hook in ctx.hooks_of({one.type for one in written}):
            mine = [one for one in written if hook in ctx.hooks.get(one.type, ())]
            await hook(self.connection, mine)

    def _written(self, one: Stored, before: Stored | None) -> Written:
        type_, id_ = one.name
        resource = None if one.deleted else one.resource
        op = self.images[one.rid][-1].op
        return Written(
            type_, id_, one.rid, one.ver, op, resource, before.resource if before else None
        )


def _less(rows: Rows, others: Rows) -> Rows:
    return Rows(
        key=rows.key - others.key,
        dat=rows.dat - others.dat,
        num=rows.num - others.num,
        str=rows.str - others.str,
        pdate=rows.pdate - others.pdate,
    )
