"""``xinglin doctor``: whether the set-up is sound, and the indexes agree with the bodies.

Design, section 5; spec/cdr, "The embedded server" and "Identity" (existence of references).
"""

from __future__ import annotations

import platform
import shutil
import sys
from typing import TYPE_CHECKING

import msgspec

from xinglin.cdr.assembly import assemble
from xinglin.cdr.index import deep
from xinglin.fhir import definitions
from xinglin.kernel import embedded
from xinglin.kernel.clock import SystemClock
from xinglin.kernel.database import Database, Installation, migrations
from xinglin.kernel.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from xinglin.kernel.settings import Settings

LEAST_FREE = 1 << 30  # bytes
OLDEST = 150000  # server_version_num


class Finding(msgspec.Struct, frozen=True):
    """One check. ``fine`` None: nothing is wrong, but it is worth knowing."""

    name: str
    fine: bool | None
    told: str


def machine(settings: Settings) -> list[Finding]:
    """What can be checked without a database."""
    version = platform.python_version()
    folder = settings.data_dir()
    near = next(one for one in (folder, *folder.parents) if one.exists())
    free = shutil.disk_usage(near).free
    found = [
        Finding("python", sys.version_info >= (3, 11), f"{version}, wanted 3.11 or later"),
        Finding("disk", free >= LEAST_FREE, f"{free >> 20:,} MiB free at {near}, wanted 1,024"),
    ]
    if not settings.database.dsn:
        found.append(_binaries())
    return found


def _binaries() -> Finding:
    try:
        where = embedded.binaries()
    except Refusal as refusal:
        return Finding("postgres", False, str(refusal))
    return Finding("postgres", True, f"embedded, {where['postgres']}")


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


async def agreement(
    dsn: str, progress: Callable[[int], None], *, repair: bool = False
) -> list[Finding]:
    """Make all index rows anew from the bodies and compare (``--deep``).

    ``repair`` puts right what is wrong, while writers wait.
    """
    async with await Database.open(dsn, min_size=1, max_size=4) as opened:
        assembly = await assemble(opened, SystemClock())
        try:
            indexer = assembly.repository.context.indexer
            report = await deep.check(opened, indexer, progress, mend=repair)
        finally:
            await assembly.repository.close()
    found = [
        Finding(
            f"index {one.table}",
            False,
            f"{one.missing:,} missing, {one.surplus:,} surplus: {'; '.join(one.examples)}",
        )
        for one in report.findings
    ]
    told = f"{report.rows:,} rows of {report.resources:,} resources"
    return [Finding("index", report.agrees, told), *found]
