"""A policy for tests of sign-in: the operator may do everything, nobody else anything.

Design, section 1, sentence 3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from xinglin.cdr.access import Access
from xinglin.kernel.errors import Forbidden, Issue
from xinglin.trust.model import OPERATOR

if TYPE_CHECKING:
    from xinglin.trust.model import Grant


class OperatorAlone:
    """Needs no data: it is what a command or a test may start with."""

    async def access(self, grant: Grant) -> Access:
        """Everything for the operator; raises Forbidden for every other role."""
        position = grant.position
        if position is None or position.role != OPERATOR or grant.scopes is not None:
            raise Forbidden(
                Issue(
                    "forbidden",
                    "This position gives no access here. Choose another, or ask an administrator.",
                    "该岗位在此没有权限。请切换岗位或联系管理员。",
                )
            )
        return structs.replace(
            Access.local(),
            actor=grant.name,
            purpose=grant.purpose,
            home=position.organization,
            account=grant.account,
            session=grant.session,
            client=grant.client,
            position=position.id,
        )
