"""Tokens for scripts on this machine: whoever can reach the database may have one.

Design, section 5 (set-up contract): ``xinglin token``.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from xinglin.kernel.errors import Conflict, Issue, NotFound
from xinglin.trust.model import Grant
from xinglin.trust.policy.scopes import gather

from . import opaque, queries
from .names import folded

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from xinglin.kernel.database import Database
    from xinglin.trust.model import Position

    from .model import Account

MINUTES = 12 * 60
CLIENT = "command-line"


async def issue(
    database: Database,
    user: str,
    now: datetime,
    *,
    position: int | None = None,
    scopes: Sequence[str] = (),
    minutes: int = MINUTES,
) -> str:
    """A bearer token for an account; raises NotFound, Conflict or Malformed."""
    parsed = gather(tuple(scopes))  # says at once what cannot be read
    account = await queries.account(database, folded(user))
    if account is None:
        raise unknown(user)
    if not account.active:
        raise Conflict(
            Issue(
                "conflict",
                f"The account {user} is closed; open it with `xinglin account unlock {user}`.",
                f"账号 {user} 已停用；请用 `xinglin account unlock {user}` 启用。",
            )
        )
    secret = opaque.new()
    grant = Grant(
        account=account.id,
        name=account.name,
        practitioner=account.practitioner,
        patient=account.patient,
        position=await _position(database, account, position, now),
        client=CLIENT,
        scopes=(*parsed.named, *map(str, parsed.clinical)) or None,
    )
    lifetime = timedelta(minutes=minutes)
    await queries.add_token(database, opaque.hashed(secret), grant, now, lifetime=lifetime)
    return secret


async def _position(
    database: Database, account: Account, wanted: int | None, now: datetime
) -> Position | None:
    held = [one.position for one in await queries.positions(database, account.id, now)]
    if wanted is None:
        return held[0] if held else None
    for one in held:
        if one.id == wanted:
            return one
    there = ", ".join(f"{one.id} ({one.role})" for one in held) or "-"
    raise NotFound(
        Issue(
            "not-found",
            f"{account.name} has no position {wanted} now; there are: {there}",
            f"{account.name} 目前没有编号为 {wanted} 的岗位；现有：{there}",
        )
    )


def unknown(user: str) -> NotFound:
    """The refusal where a command names nobody."""
    return NotFound(
        Issue(
            "not-found",
            f"There is no account {user!r}; `xinglin account list` shows those there are.",
            f"没有账号“{user}”；`xinglin account list` 列出现有账号。",
        )
    )
