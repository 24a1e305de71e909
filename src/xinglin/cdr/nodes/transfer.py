"""Handing an encounter over: the right to write it moves to another node as a whole.

docs/adr/0001-nodes.md, "Transfer".
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from xinglin.cdr import store, types
from xinglin.cdr.index import KeySpace
from xinglin.cdr.interactions import sight
from xinglin.fhir.search import search_parameters
from xinglin.kernel.database.installation import LAST_NODE
from xinglin.kernel.errors import Conflict, Invalid, Issue
from xinglin.kernel.feed.reading import TRANSFER

from . import queries

if TYPE_CHECKING:
    from xinglin.cdr.access import Access
    from xinglin.cdr.context import Context

_CODES = ("encounter", "context")


async def transfer(ctx: Context, access: Access, encounter: str, to: int) -> int:
    """End this node's right to write an encounter and all in it; return how many resources.

    The other node begins when the change reaches it. Between the two nobody writes, never both.
    """
    if not access.total:
        raise sight.forbidden("Encounter")
    if not 1 <= to <= LAST_NODE or to == ctx.node:
        raise _no_node(to)
    at = ctx.clock.now()
    async with ctx.db.transaction() as connection:
        row = await store.one(connection, types.number("Encounter"), encounter)
        if row is None or not row.ver:
            raise sight.absent("Encounter", encounter)
        if row.node:
            raise _not_ours(encounter, row.node)
        keys = [KeySpace.ref(param, row.rid) for param in _params()]
        moved = await queries.of_encounter(connection, access, row.rid, keys)
        if row.rid not in {rid for rid, _, _ in moved}:
            raise _not_ours(encounter, to)
        await queries.set_writer(connection, access, [(rid, to) for rid, _, _ in moved])
        await queries.add_transfers(
            connection, access, [(rid, term, ctx.node, to, at) for rid, _, term in moved]
        )
        await queries.add_changes(
            connection,
            access,
            [(ctx.node, 0, type_, rid, term, TRANSFER.encode(), at) for rid, type_, term in moved],
        )
    ctx.notify()
    return len(moved)


@cache
def _params() -> tuple[int, ...]:
    """Parameters by which a resource says that it belongs to an encounter."""
    registry = search_parameters()
    found = (registry.get(type_, code) for type_ in registry.types for code in _CODES)
    return tuple(
        source for one in found if one and "Encounter" in one.targets for source in one.sources
    )


def _no_node(to: int) -> Invalid:
    return Invalid(
        Issue(
            "value",
            f"{to} is no other node of the group. Name its number, 1 to {LAST_NODE}.",
            f"{to} 不是集团的其他节点。请给出其编号（1 至 {LAST_NODE}）。",
        )
    )


def _not_ours(encounter: str, node: int) -> Conflict:
    return Conflict(
        Issue(
            "conflict",
            f"Encounter/{encounter} is written by node {node}. Ask that node to hand it over.",
            f"Encounter/{encounter} 由 {node} 号节点写入。请由该节点转移。",
        )
    )
