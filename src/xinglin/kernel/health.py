"""Health (the process runs) and readiness (it can answer).

The two probes that a load balancer or orchestrator asks for.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import msgspec

from xinglin.kernel.database import migrations

if TYPE_CHECKING:
    from pathlib import Path

    from xinglin.kernel.database import Database

Check = Callable[[], Awaitable[str]]
_LEAST_FREE = 64 * 1024 * 1024


class Readiness(msgspec.Struct, frozen=True):
    """The checks and what each said; an empty text means well."""

    checks: dict[str, str]

    @property
    def ready(self) -> bool:
        """Whether every check went well."""
        return not any(self.checks.values())

    @property
    def status(self) -> int:
        """The HTTP status that says so."""
        return 200 if self.ready else 503


async def readiness(checks: dict[str, Check], patience: float = 2.0) -> Readiness:
    """Run the checks side by side; one that takes too long or raises has failed."""

    async def run(check: Check) -> str:
        try:
            return await asyncio.wait_for(check(), patience)
        except TimeoutError:
            return f"no answer within {patience:g} s"
        except Exception as error:  # noqa: BLE001 - whatever it is, the check has failed
            return type(error).__name__

    said = await asyncio.gather(*(run(check) for check in checks.values()))
    return Readiness(dict(zip(checks, said, strict=True)))


def database_check(database: Database) -> Check:
    """Return a check that the database answers and has this release's tables."""

    async def check() -> str:
        at = await database.fetchval("select max(number) from migration")
        wanted = len(migrations())
        return "" if at == wanted else f"migration {at or 0} of {wanted}"

    return check


def disk_check(folder: Path, least: int = _LEAST_FREE) -> Check:
    """Return a check that there is room to write (bytes)."""

    async def check() -> str:
        free = (await asyncio.to_thread(shutil.disk_usage, folder)).free
        return "" if free >= least else f"{free >> 20} MiB free, {least >> 20} MiB wanted"

    return check
