"""What can be done with accounts: add, change, close, a link for a password; for room and command.

docs/howto/accounts.md.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from xinglin.cdr import types
from xinglin.kernel.errors import Conflict, Invalid, Issue
from xinglin.trust.identity import opaque
from xinglin.trust.identity import queries as accounts
from xinglin.trust.identity.names import checked, folded
from xinglin.trust.identity.shared import queries as pins

from . import queries

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from xinglin.kernel.database import Connection, Database
    from xinglin.trust.policy import Roles

    Source = Connection | Database

LINK = timedelta(hours=24)
UNITS = ("Organization", "Location", "CareTeam", "HealthcareService")


async def add(source: Source, user: str, **values: Any) -> int:
    """A new account; raises Invalid or Conflict."""
    name = checked(user)
    made = await accounts.add_account(source, name, folded(name), **values)
    if made is None:
        raise Conflict(
            Issue(
                "duplicate",
                f"There is an account {name} already. Choose another name.",
                f"账号 {name} 已存在，请换一个名称。",
                ("user",),
            )
        )
    return made


async def close(source: Source, account: int, now: datetime) -> None:
    """No sign-in any more; what was signed in ends."""
    await accounts.set_active(source, account, active=False)
    await accounts.end_sessions(source, account, now)
    await pins.forget(source, account)


async def link(source: Source, account: int, now: datetime) -> tuple[str, datetime]:
    """The secret of a link by which the owner sets a password, once; and its end."""
    secret, expires = opaque.new(), now + LINK
    await queries.add(source, opaque.hashed(secret), account, expires)
    return secret, expires


async def resource(
    source: Source, reference: str | None, kinds: Sequence[str], place: str
) -> int | None:
    """The number of what a reference names; raises Invalid."""
    if not reference:
        return None
    type_, _, id_ = reference.partition("/")
    found = None
    if type_ in kinds and id_:
        found = await queries.rid(source, types.number(type_), id_)
    if found is None:
        wanted = ", ".join(f"{kind}/…" for kind in kinds)
        raise Invalid(
            Issue(
                "not-found",
                f"{place}: there is no {reference[:100]} here; it should be {wanted}",
                f"{place}：没有 {reference[:100]}；应为 {wanted}",
                (place,),
            )
        )
    return found


def check_role(roles: Roles, role: str) -> None:
    """Raises Invalid where there is no such role."""
    if roles.get(role) is None:
        raise Invalid(
            Issue(
                "value",
                f"There is no role {role[:60]!r}; GET /auth/roles lists them.",
                f"没有角色“{role[:60]}”；GET /auth/roles 列出全部角色。",
                ("role",),
            )
        )
