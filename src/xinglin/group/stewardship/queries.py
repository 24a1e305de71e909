"""Positions of those who act, and which campus has taken note of which version.

migrations: position (0007), catalogue_notice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import asyncpg

    from xinglin.cdr.access import Access
    from xinglin.kernel.database import Connection, Database

    Source = Connection | Database

_ROLE = "select role from position where id = $1 and account = $2"
_TAKEN = """
insert into catalogue_notice (organization, rid, version, account)
select $1, r.rid, r.ver, $3 from resource r
where r.rid = any($2::bigint[]) and r.ver > 0
on conflict (organization, rid) do update
set version = excluded.version, account = excluded.account, at = now()
where catalogue_notice.version < excluded.version"""
_NEWS = """
select r.rid, r.type, r.id, r.ver, r.updated, n.version
from resource r left join catalogue_notice n on n.rid = r.rid and n.organization = $1
where r.type = any($2::smallint[]) and r.ver > coalesce(n.version, 0) and not r.deleted
order by r.rid desc limit $3"""


async def role(source: Source, access: Access) -> str:
    """The role in which somebody acts; empty: none."""
    rows = await source.fetch(_ROLE, access.position, access.account)
    return rows[0][0] if rows else ""


async def news(
    source: Source, access: Access, types: Sequence[int], limit: int
) -> list[asyncpg.Record]:
    """What the campus has not taken note of: (rid, type, id, ver, updated, version known)."""
    return await source.fetch(_NEWS, access.home, list(types), limit)


async def take_note(source: Source, access: Access, rids: Sequence[int]) -> None:
    """The campus of the caller works with these entries as they are now."""
    await source.execute(_TAKEN, access.home, list(rids), access.account)
