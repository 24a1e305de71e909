"""``xinglin doctor``: whether the set-up is sound, and the indexes agree with the bodies.

Design, section 5; spec/cdr, "The embedded server" and "Identity" (existence of references).
"""

from __future__ import annotations

import platform
import shutil
import sys
from typing import TYPE_CHECKING

from xinglin.cdr.assembly import assemble
from xinglin.cdr.index import deep
from xinglin.cdr.soundness import Finding, database
from xinglin.kernel import embedded
from xinglin.kernel.clock import SystemClock
from xinglin.kernel.database import Database
from xinglin.kernel.errors import Refusal
from xinglin.serving.launch import own_bases

if TYPE_CHECKING:
    from collections.abc import Callable

    from xinglin.kernel.settings import Settings

LEAST_FREE = 1 << 30  # bytes


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


async def agreement(
    dsn: str, settings: Settings, progress: Callable[[int], None], *, repair: bool = False
) -> list[Finding]:
    """Make all index rows anew from the bodies and compare (``--deep``).

    ``repair`` puts right what is wrong, while writers wait.
    """
    async with await Database.open(dsn, min_size=1, max_size=4) as opened:
        assembly = await assemble(opened, SystemClock(), bases=own_bases(settings))
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


__all__ = ["Finding", "agreement", "database", "machine"]
