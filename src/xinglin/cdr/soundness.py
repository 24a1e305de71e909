"""What only the database can say about a set-up: server, locale, migrations, feed, references.

Design, section 5; docs/explanation/embedded-server.md and feed.md.
"""

from __future__ import annotations

import msgspec

from xinglin.fhir import definitions
from xinglin.kernel.database import Database, Installation, migrations

OLDEST = 150000  # server_version_num


class Finding(msgspec.Struct, frozen=True):
    """One check. ``fine`` None: nothing is wrong, but it is worth knowing."""

    name: str
    fine: bool | None
    told: str


async def database(dsn: str) -> list[Finding]:
    """What only the database can say."""
    async with await Database.open(dsn, min_size=1, max_size=2) as opened:
        return [
            *await _server(opened),
            await _migrations(opened),
            await _installation(opened),
            *await _dangling(opened),
            await _feed(opened),
            await _diverged(opened),
        ]


async def _server(opened: Database) -> list[Finding]:
    number = int(await opened.fetchval("show server_version_num") or 0)
    encoding = await opened.fetchval("show server_encoding")
    # Under plain C, trigrams take Chinese characters for punctuation.
    ctype = await opened.fetchval(
        "select coalesce(datlocale, datctype) from pg_database where datname = current_database()"
        if number >= 170000
        else "select datctype from pg_database where datname = current_database()"
    )
    durable = await opened.fetchval("show fsync")
    return [
        Finding("server", number >= OLDEST, f"PostgreSQL {number // 10000}, wanted 15 or later"),
        Finding("encoding", encoding == "UTF8", f"{encoding}, wanted UTF8"),
        Finding("locale", ctype not in ("C", "POSIX"), f"{ctype}, wanted C.UTF-8 or a language"),
        Finding("fsync", durable == "on" or None, f"{durable}"),
    ]


async def _migrations(opened: Database) -> Finding:
    at = await opened.fetchval("select max(number) from migration")
    wanted = len(migrations())
    return Finding("migrations", at == wanted, f"{at or 0} of {wanted}")


async def _installation(opened: Database) -> Finding:
    async with opened.acquire() as connection:
        found = await Installation.load(connection)
    return Finding("installation", True, f"node {found.node}, time zone {found.timezone}")


async def _dangling(opened: Database) -> list[Finding]:
    """References to resources that never came; allowed, so only told."""
    rows = await opened.fetch(
        "select type, count(*) n from resource where ver = 0 group by type order by n desc limit 5"
    )
    names = definitions.resource_types()
    told = ", ".join(f"{row['n']:,} {names[row['type'] - 1]}" for row in rows)
    return [Finding("references", None if rows else True, f"to nothing: {told or 'none'}")]


async def _feed(opened: Database) -> Finding:
    """Changes with numbers of another cluster would stay invisible (docs/explanation/feed.md)."""
    foreign = await opened.fetchval(
        "select exists (select from change where xid >= pg_snapshot_xmax(pg_current_snapshot()))"
    )
    told = (
        "holds transaction numbers of another cluster; carry data over with `xinglin restore` or "
        "`xinglin upgrade-data`, or raise the epoch of this cluster with pg_resetwal"
        if foreign
        else "its transaction numbers are of this cluster"
    )
    return Finding("feed", not foreign, told)


async def _diverged(opened: Database) -> Finding:
    """Versions that lost against another node's (docs/adr/0001-nodes.md)."""
    count = await opened.fetchval("select count(*) from divergence") or 0
    told = f"{count:,} versions kept aside, to be looked at by a person" if count else "no conflict"
    return Finding("nodes", None if count else True, told)
