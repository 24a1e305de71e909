"""Links between records of one person: made without asking where certain, else as decided.

FHIR R4 Patient.link (seealso); docs/adr/0011-patient-index.md, "Three answers".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from xinglin.cdr import store
from xinglin.cdr.context import retrying
from xinglin.kernel.errors import Conflict, Issue

from . import patients
from .queries import Tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xinglin.cdr.access import Access
    from xinglin.cdr.store import Stored
    from xinglin.kernel.database import Connection

    from .index import Index

Decision = Literal["link", "not-same", "reopen"]
_STATES = {"link": "linked", "not-same": "different", "reopen": "open"}


class Decided(msgspec.Struct, frozen=True):
    """What came of it."""

    one: str
    two: str
    state: str
    rids: tuple[int, int] = (0, 0)


async def decide(
    index: Index,
    access: Access,
    pair: tuple[str, str],
    decision: Decision,
    *,
    actor: str,
    reason: str = "",
) -> Decided:
    """Have two records be, or not be, of one person."""
    ctx = index.ctx

    async def attempt() -> Decided:
        async with ctx.db.transaction() as connection:
            rows = await patients.locked(ctx, connection, access, pair)
            one, two = rows[pair[0]], rows[pair[1]]
            await _refuse_merged(connection, one, two)
            await _write_links(index, connection, access, (one, two), linked=decision == "link")
            state = _STATES[decision]
            await Tables.decide(connection, (one.rid, two.rid), state, actor, reason)
            await Tables.tell(connection, decision, (one.rid, two.rid), actor, reason)
        ctx.notify()
        return Decided(pair[0], pair[1], state, (one.rid, two.rid))

    return await retrying(attempt)


async def _refuse_merged(connection: Connection, one: Stored, two: Stored) -> None:
    row = await Tables.pair(connection, one.rid, two.rid)
    if row is not None and row["state"] == "merged":
        raise Conflict(
            Issue(
                "conflict",
                "These two records are merged: undo the merge ($unmerge) first.",
                "这两条记录已合并：请先撤销合并（$unmerge）。",
            )
        )


async def _write_links(
    index: Index,
    connection: Connection,
    access: Access,
    pair: tuple[Stored, Stored],
    *,
    linked: bool,
) -> None:
    change = patients.with_link if linked else patients.without_link
    changed = [
        (mine, change(patients.content(mine), other.id, "seealso"))
        for mine, other in (pair, pair[::-1])
    ]
    await patients.put(index.ctx, connection, access, changed, bodies=False)


async def link_many(
    index: Index, access: Access, pairs: Sequence[tuple[int, int, float]], actor: str
) -> int:
    """Link pairs, (rid, rid, bits), that are still open, in one transaction; returns how many."""
    ctx = index.ctx

    async def attempt() -> int:
        async with ctx.db.transaction() as connection:
            wanted = {rid for one, two, _ in pairs for rid in (one, two)}
            names = [(row.type, row.id) for row in await store.by_rid(connection, wanted)]
            rows = {
                row.rid: row
                for row in await store.locked(connection, names)
                if row.ver and not row.deleted and not row.node
            }
            open_ = await Tables.opened(connection, [(one, two) for one, two, _ in pairs])
            due = [
                (one, two, bits)
                for one, two, bits in pairs
                if (min(one, two), max(one, two)) in open_ and one in rows and two in rows
            ]
            made = {rid: patients.content(row) for rid, row in rows.items()}
            for one, two, _ in due:
                for mine, other in ((one, two), (two, one)):
                    made[mine] = patients.with_link(made[mine], rows[other].id, "seealso")
            touched = {rid for one, two, _ in due for rid in (one, two)}
            changed = [(rows[rid], made[rid]) for rid in sorted(touched)]
            if changed:
                await patients.put(ctx, connection, access, changed, bodies=False)
                await Tables.linked_many(connection, due, actor)
        ctx.notify()
        return len(due)

    return await retrying(attempt)
