"""Who may look after whose account: never more than one has oneself, never one's own.

docs/howto/accounts.md; NIST SP 800-53 AC-5 (separation of duties), AC-6 (least privilege).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from xinglin.kernel.errors import Forbidden, Issue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xinglin.trust.identity.model import Held
    from xinglin.trust.model import Position

OPERATOR, GROUP, CAMPUS = 3, 2, 1
_RANKS = {
    "operator": OPERATOR,
    "group-administrator": GROUP,
    "campus-administrator": CAMPUS,
}
# What it takes to give a role, or to touch the account of somebody who has it.
_NEEDS = {
    "operator": OPERATOR,
    "group-administrator": GROUP,
    "campus-administrator": GROUP,
    "auditor": GROUP,
    "privacy-officer": GROUP,
    "external-institution": GROUP,
    "machine": GROUP,
}


class Administrator(msgspec.Struct, frozen=True):
    """``campus``: the rid of the one looked after; None: the whole group."""

    account: int
    rank: int
    campus: int | None

    @classmethod
    def of(cls, account: int, position: Position | None) -> Administrator:
        """Raises Forbidden where the position gives no such right."""
        rank = _RANKS.get(position.role, 0) if position else 0
        if position is None or rank == 0 or (rank == CAMPUS and position.organization is None):
            raise Forbidden(
                Issue(
                    "forbidden",
                    "Accounts are looked after by administrators. Choose such a position, or ask"
                    " one.",
                    "账号由管理员维护。请切换到管理员岗位，或联系管理员。",
                )
            )
        return cls(account, rank, position.organization if rank == CAMPUS else None)

    def may_touch(self, account: int, now: Sequence[Held], ever: Sequence[Held]) -> bool:
        """Whether the account of somebody with these positions may be changed."""
        if account == self.account:
            return self.rank == OPERATOR
        if any(_NEEDS.get(one.position.role, CAMPUS) > self.rank for one in now):
            return False
        if self.campus is None:
            return True
        return all(one.position.organization == self.campus for one in (now or ever))

    def may_see(self, now: Sequence[Held], ever: Sequence[Held]) -> bool:
        """Whether the account of somebody with these positions may be looked at."""
        if self.campus is None or not ever:
            return True
        return any(one.position.organization == self.campus for one in (now or ever))

    def check_role(self, role: str, organization: int | None) -> None:
        """Whether a position may be given; raises Forbidden."""
        if _NEEDS.get(role, CAMPUS) > self.rank or (
            self.campus is not None and organization != self.campus
        ):
            raise beyond()


def beyond() -> Forbidden:
    """The refusal for what another administrator has to do."""
    return Forbidden(
        Issue(
            "forbidden",
            "This is for an administrator with wider rights (another campus, a role above your"
            " own, or your own account).",
            "此操作需要权限更高的管理员（其他院区、高于本人的角色，或本人账号）。",
        )
    )
