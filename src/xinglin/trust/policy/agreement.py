"""Makes the projection anew for what is there already, and tells whether it agrees.

docs/adr/0013-policy.md: ``xinglin policy rebuild`` and ``xinglin policy check``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from xinglin.cdr import types

from . import queries
from .relations import SAYING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from xinglin.cdr.context import Context
    from xinglin.kernel.database import Connection

    from .queries import Row
    from .relations import Relations

_PAGE: Final = 500


class Agreement(msgspec.Struct, frozen=True):
    """``looked_at`` resources; of the relations, how many were ``missing`` and ``surplus``."""

    looked_at: int = 0
    missing: int = 0
    surplus: int = 0

    @property
    def fine(self) -> bool:
        """Whether the projection says what the resources say."""
        return not self.missing and not self.surplus


async def compare(
    context: Context,
    relations: Relations,
    told: Callable[[int, int], None] = lambda _done, _total: None,
    *,
    repair: bool = False,
) -> Agreement:
    """Go through all resources that say something; ``told`` hears (done, total).

    With ``repair`` each page is put right in a transaction of its own; writers of these few
    resources wait meanwhile.
    """
    numbers = sorted(map(types.number, SAYING))
    total = await queries.count(context.db, numbers)
    found, after = Agreement(), 0
    while page := await queries.page(context.db, numbers, after, _PAGE):
        async with context.db.transaction() as connection:
            missing, surplus = await _page(context, relations, connection, page, repair=repair)
        after = page[-1]
        found = Agreement(
            found.looked_at + len(page), found.missing + missing, found.surplus + surplus
        )
        told(found.looked_at, total)
    if repair:
        await queries.drop_expired(context.db, context.clock.now())
    return found


async def _page(
    context: Context, relations: Relations, connection: Connection, page: list[int], *, repair: bool
) -> tuple[int, int]:
    bodies = await queries.bodies(connection, page)
    wanted = await relations.rows(connection, bodies)
    stored = await queries.related(connection, page)
    now = context.clock.now()
    missing = sum(_lasts(row, now) for row in set(wanted) - stored)
    surplus = sum(_lasts(row, now) for row in stored - set(wanted))
    if repair and (missing or surplus):
        await queries.relate(connection, page, wanted)
    return missing, surplus


def _lasts(row: Row, now: datetime) -> bool:
    """Whether it still counts."""
    return row[5] is None or row[5] > now
