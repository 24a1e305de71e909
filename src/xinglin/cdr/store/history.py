"""Reads what happened: versions of one resource, changes of a type or of everything.

Layout: migrations/0001_core.sql. Type and system history walk ``change`` in the order of its index;
a page after the first sees the snapshot of the first, so that nothing is skipped or repeated.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from xinglin.cdr.search.sql import Statement

from . import told
from .read import Stored

if TYPE_CHECKING:
    from datetime import datetime

    from xinglin.cdr.search.ir import Node
    from xinglin.kernel.database import Connection, Database


@dataclass(slots=True, frozen=True)
class Entry:
    """One version, what made it, and where it stands in its list.

    ``current``: the version that is the last; ``gone``: that one is a tombstone.
    """

    stored: Stored
    op: str
    xid: int
    seq: int
    current: int = 0
    gone: bool = False


@dataclass(slots=True, frozen=True)
class Window:
    """Which versions: changed since, current at some moment of a period, after a position."""

    since: datetime | None = None
    start: datetime | None = None
    end: datetime | None = None
    ascending: bool = False
    xid: int | None = None
    seq: int | None = None
    snapshot: str | None = None


_INSTANCE = """
with v as (
  select h.ver, h.updated, h.op, h.home, h.body from history h where h.rid = $1
  union all
  select r.ver, r.updated,
    (case when r.deleted then 'D' when r.ver = 1 then 'C'
      when exists (select from history p where p.rid = r.rid and p.ver = r.ver - 1 and p.op = 'D')
      then 'C' else 'U' end)::"char", r.home, r.body
  from resource r where r.rid = $1 and r.ver > 0
)
select v.ver, v.updated, v.op, v.home, v.body from v
where ($2::timestamptz is null or v.updated >= $2)
  and ($3::timestamptz is null or v.updated <= $4 and not exists (
    select from v n where n.ver = v.ver + 1 and n.updated <= $3))
  and ($5::bigint is null or v.ver {after} $5)
order by v.ver {order} limit $6
"""

_CHANGES = """
select c.rid, c.type, r.id, c.ver, c.at, c.op = 'D' as deleted, 0::smallint as plan,
  coalesce(h.home, r.home) as home,
  case when r.ver = c.ver then r.body else coalesce(h.body, '') end as body,
  0::smallint as node, r.patient, r.patients, c.op, c.xid::text::bigint as xid, c.seq,
  r.ver as current, r.deleted as gone
from change c
join resource r on r.rid = c.rid
left join history h on h.rid = c.rid and h.ver = c.ver
where ($1::smallint is null or c.type = $1) and c.op <> 'O'
  and ($2::timestamptz is null or c.at >= $2 and {floor})
  and ($3::timestamptz is null or c.at <= $4 and not exists (
    select from history n where n.rid = c.rid and n.ver = c.ver + 1 and n.updated <= $3
    union all
    select from resource n where n.rid = c.rid and n.ver = c.ver + 1 and n.updated <= $3))
  and ($5::text is null or {after}) and {seen}
  and ($7::text is null or pg_visible_in_snapshot(c.xid, $7::text::pg_snapshot))
order by {order} limit $8
"""

# Changes of this node are in the order of time but for skew and long transactions; those that came
# from another node were written here after they happened. So whatever lies before the last own
# change that is an hour older than the limit is older than the limit.
_LATEST = (
    "(select {column} from change l where {type} l.nseq = 0 and l.at < $2 - interval '1 hour' "
    "order by {order} limit 1)"
)


async def instance(
    source: Connection | Database, current: Stored, window: Window, limit: int
) -> list[Entry]:
    """Versions of one resource, by version."""
    text = _INSTANCE.format(
        after=">" if window.ascending else "<", order="asc" if window.ascending else "desc"
    )
    rows = await source.fetch(
        text, current.rid, window.since, window.start, window.end, window.seq, limit
    )
    return [
        Entry(
            Stored(
                rid=current.rid,
                type=current.type,
                id=current.id,
                ver=row["ver"],
                updated=row["updated"],
                deleted=row["op"] == b"D",
                plan=0,
                home=row["home"],
                body=row["body"],
                patient=current.patient,
                several=current.several,
            ),
            row["op"].decode(),
            0,
            row["ver"],
        )
        for row in rows
    ]


async def changes(
    source: Connection | Database,
    type_: int | None,
    window: Window,
    limit: int,
    node: Node | None = None,
) -> list[Entry]:
    """Changes of a type, or of everything (type None), by the order they were made in.

    Only of resources for whose current version, or what is kept of it, the condition holds.
    """
    text = _changes(of_type=type_ is not None, ascending=window.ascending)
    xid = None if window.xid is None else str(window.xid)
    statement = Statement()
    statement.args += [
        type_,
        window.since,
        window.start,
        window.end,
        xid,
        window.seq,
        window.snapshot,
        limit,
    ]
    text = text.replace("{seen}", told.condition(statement, node))
    rows = await source.fetch(text, *statement.args)
    return [
        Entry(
            Stored(*tuple(row)[:12]),
            row["op"].decode(),
            row["xid"],
            row["seq"],
            row["current"],
            row["gone"],
        )
        for row in rows
    ]


async def snapshot(source: Connection | Database) -> str:
    """What is committed now, for the pages that follow the first."""
    return str(await source.fetchval("select pg_current_snapshot()::text"))


@lru_cache(maxsize=8)
def _changes(*, of_type: bool, ascending: bool) -> str:
    sign, order = (">", "asc") if ascending else ("<", "desc")
    if of_type:
        latest = _LATEST.format(column="l.seq", type="l.type = $1 and", order="l.seq desc")
        floor = f"c.seq > coalesce({latest}, 0)"
        # $5 is the xid of the cursor, which the order of a type does not need.
        return _CHANGES.format(
            floor=floor, after=f"c.seq {sign} $6", order=f"c.seq {order}", seen="{seen}"
        ).replace("($1::smallint is null or c.type = $1)", "c.type = $1")
    latest = _LATEST.format(column="l.xid", type="", order="l.xid desc, l.seq desc")
    return _CHANGES.format(
        floor=f"c.xid >= coalesce({latest}, '0'::xid8)",
        after=f"(c.xid, c.seq) {sign} ($5::text::xid8, $6::bigint)",
        order=f"c.xid {order}, c.seq {order}",
        seen="{seen}",
    )
