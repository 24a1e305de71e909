"""What one node hands to another: the next changes of its feed, with their bodies.

docs/adr/0001-nodes.md, "Merging feeds". Numbers of this database stay here: resources, homes and
references are named by type and id.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from xinglin.cdr import types
from xinglin.kernel import feed
from xinglin.kernel.database import Installation
from xinglin.kernel.errors import Forbidden, Issue
from xinglin.kernel.feed import Position, reading

if TYPE_CHECKING:
    from xinglin.cdr.access import Access
    from xinglin.cdr.context import Context
    from xinglin.kernel.database import Connection
    from xinglin.kernel.feed import Change

_BODIES = (
    "select r.rid, w.ver, r.id, o.id as home, t.to_node, "
    "case when r.ver = w.ver then r.body else h.body end as body "
    "from unnest($1::bigint[], $2::int[]) w(rid, ver) "
    "join resource r on r.rid = w.rid "
    "left join history h on h.rid = w.rid and h.ver = w.ver "
    "left join resource o on o.rid = case when r.ver = w.ver then r.home else h.home end "
    "left join transfer t on t.rid = w.rid and t.term = w.ver"
)


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a resource, or (``op`` O) the move of the right to write it.

    ``node`` and ``number`` say where it was written and which change it was there. ``home`` is the
    id of the Organization. Of a move, ``ver`` is the term and ``to`` the new writer.
    """

    node: int
    number: int
    type: str
    id: str
    ver: int
    op: str
    at: datetime
    home: str | None = None
    to: int = 0
    body: str = ""


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """Changes after one position of a node's feed up to another; ``more`` follow."""

    node: int
    epoch: uuid.UUID
    after: tuple[int, int]
    upto: tuple[int, int]
    versions: tuple[Version, ...] = ()
    more: bool = False


async def pack(
    ctx: Context,
    access: Access,
    *,
    to: int,
    epoch: uuid.UUID | None = None,
    after: tuple[int, int] = feed.BEGINNING,
    limit: int = 200,
) -> Parcel:
    """Pack the next changes for a node that has this one's feed up to ``after``.

    A position of another epoch means nothing here: the feed then starts from the beginning, and
    the receiver knows what it has already.
    """
    if not access.total:
        raise _not_for_all(to)
    async with ctx.db.transaction("repeatable_read") as connection:
        present = (await Installation.load(connection)).epoch
        start = Position(*after) if epoch == present else feed.BEGINNING
        changes = await reading.after(connection, start, limit)
        upto = changes[-1].position if changes else start
        ordered = reading.in_version_order(one for one in changes if (one.node or ctx.node) != to)
        versions = await _versions(connection, ordered)
    return Parcel(
        node=ctx.node,
        epoch=present,
        after=start,
        upto=upto,
        versions=versions,
        more=len(changes) == limit,
    )


async def _versions(connection: Connection, changes: list[Change]) -> tuple[Version, ...]:
    rows = await connection.fetch(
        _BODIES, [one.rid for one in changes], [one.ver for one in changes]
    )
    found = {(row["rid"], row["ver"]): row for row in rows}
    result: list[Version] = []
    for one in changes:
        row = found[one.rid, one.ver]
        moved = one.op == reading.TRANSFER
        result.append(
            Version(
                node=one.node,
                number=one.nseq or one.seq,
                type=types.name(one.type),
                id=row["id"],
                ver=one.ver,
                op=one.op,
                at=one.at,
                home=None if moved else row["home"],
                to=row["to_node"] if moved else 0,
                body="" if moved else row["body"] or "",
            )
        )
    return tuple(result)


def _not_for_all(node: int) -> Forbidden:
    return Forbidden(
        Issue(
            "forbidden",
            f"Changes are handed to node {node} only with access to everything.",
            f"只有拥有全部访问权限，才能将变更交给 {node} 号节点。",
        )
    )
