"""From who asks, and as what, to what may be seen and done: a `Grant` becomes an `Access`.

Design, section 1 (sentence 3); docs/adr/0013-policy.md. A token never widens a position.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from msgspec import structs

from xinglin.cdr.access import Access, Scope
from xinglin.cdr.search import ir
from xinglin.kernel.errors import Forbidden, Issue

from . import criteria, kinds, narrowing, notes, scopes
from .reach import Reach, Reaches
from .roles import Limited, Roles, shipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from xinglin.cdr.assembly import Assembly
    from xinglin.kernel.database import Database
    from xinglin.trust.model import Grant, Position

    from .roles import Role
    from .scopes import Smart

SECONDS: Final = 2.0
"""For how long an access is kept: what a duty begins or a break-glass opens is seen then."""
_KEPT: Final = 10_000
_DEFAULT: Final = "TREAT"
_SEALED: Final = frozenset({"own-patients", "campus-patients", "campus", "self", "dependants"})
"""Relations under which sealed notes are kept from others; no role has notes of the group."""
_EVERYTHING: Final = tuple(
    Limited("group", scopes.one(f"{context}/*.cruds")) for context in ("system", "user")
)


class RolePolicy:
    """The policy of one process: roles, with the units and campuses of this moment."""

    def __init__(
        self,
        assembly: Assembly,
        database: Database,
        roles: Roles | None = None,
        *,
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        self.roles = roles or shipped()
        self._engine = assembly.engine
        self._database = database
        self._tick = tick
        self._kept: dict[Grant, tuple[float, Access]] = {}
        self._grants: dict[Access, Grant] = {}
        self._reaches = Reaches(assembly, database, kinds.shipped(), tick)

    async def access(self, grant: Grant) -> Access:
        """The access of this moment; raises Forbidden where the position gives none."""
        now = self._tick()
        kept = self._kept.get(grant)
        if kept is not None and now < kept[0]:
            return kept[1]
        made = await self._made(grant)
        # The same object as before, so that what was prepared for it is found again.
        if kept is not None and kept[1] == made:
            made = kept[1]
        if max(len(self._kept), len(self._grants)) >= _KEPT:
            self._kept.clear()
            self._grants.clear()
        self._kept[grant] = (now + SECONDS, made)
        self._grants[made] = grant
        return made

    def grant_of(self, access: Access) -> Grant | None:
        """Who an access of this process was made for."""
        return self._grants.get(access)

    async def campuses(self, grant: Grant) -> tuple[int, ...] | None:
        """The campuses of a position with all that is part of them; None: of the whole group."""
        position = grant.position
        if position is None or position.organization is None:
            return None
        return await self._reaches.tree((position.organization,))

    def renew(self, account: int) -> None:
        """Ask again for one account: something was opened to it, or closed."""
        for grant in [one for one in self._kept if one.account == account]:
            del self._kept[grant]

    def forget(self) -> None:
        """Ask again: a role, a position, a roster or the tree of organisations has changed."""
        self._kept.clear()
        self._reaches.forget()

    async def _made(self, grant: Grant) -> Access:
        position = grant.position
        role = self.roles.get(position.role) if position is not None else None
        if position is None or role is None:
            raise _no_role(position)
        who = _who(grant, position, _purpose(role, grant.purpose))
        if role.everything and grant.scopes is None:
            return structs.replace(Access.local(), **who)
        reach = await self._reaches.of(grant, position)
        return Access(
            scopes=await self._scopes(role, grant, reach),
            hidden=self.roles.hidden(role.code),
            sealed=role.sees_sealed,
            opened=() if role.sees_sealed else reach.opened,
            **who,
        )

    async def _scopes(self, role: Role, grant: Grant, reach: Reach) -> tuple[Scope, ...]:
        """Position and token, with what they are limited to; types with the same limits as one."""
        limited = _EVERYTHING if role.everything else self.roles.limited(role.code)
        known = self._engine.registry
        compartment = frozenset(known.compartment)
        found: dict[tuple[Any, ...], set[str] | None] = {}
        for part in narrowing.narrowed(limited, grant, compartment):
            limits = reach.limits(part, grant)
            if limits is None:
                continue
            for scope, node in await self._conditions(part.scope):
                shown: ir.Node = ir.Always()
                if part.relation in _SEALED and not role.everything:
                    shown = notes.unsealed(self._engine, scope.type, reach.colleagues)
                key = (scope.letters, tuple(sorted(limits.items())), ir.both(node, shown))
                types = found.setdefault(key, set())
                if scope.type == "*":
                    found[key] = None
                elif types is not None:
                    types.add(scope.type)
        return tuple(
            Scope(
                types=None if types is None else frozenset(types),
                letters=letters,
                criteria=node,
                **dict(limits),
            )
            for (letters, limits, node), types in found.items()
        )

    async def _conditions(self, scope: Smart) -> list[tuple[Smart, ir.Node]]:
        """The scope with its condition; one for each type where it has one for all types."""
        if not scope.query:
            return [(scope, ir.Always())]
        types: Iterable[str] = (scope.type,)
        if scope.type == "*":
            params = self._engine.registry
            types = (t for t in params.types if criteria.applies(self._engine, t, scope.query))
        apart = [structs.replace(scope, type=type_) for type_ in types]
        return [(one, await criteria.settled(self._engine, self._database, one)) for one in apart]


def _purpose(role: Role, asked: str) -> str:
    """The purpose of use; who treats nobody acts for the first purpose of the role."""
    if asked in role.purposes or role.everything:
        return asked
    if asked == _DEFAULT:
        return role.purposes[0]
    raise _no_purpose(role, asked)


def _who(grant: Grant, position: Position, purpose: str) -> dict[str, Any]:
    """Who acts, for the audit."""
    return {
        "actor": grant.name,
        "purpose": purpose,
        "home": position.organization,
        "account": grant.account,
        "session": grant.session,
        "client": grant.client,
        "position": position.id,
    }


def _no_role(position: Position | None) -> Forbidden:
    if position is None:
        return Forbidden(
            Issue(
                "forbidden",
                "You have not chosen a position. Choose one, or ask your administrator for one.",
                "尚未选择岗位。请先选择岗位，或请管理员为您设置。",
            )
        )
    return Forbidden(
        Issue(
            "forbidden",
            f"There is no role '{position.role}' any more; ask your administrator for a position.",
            f"角色“{position.role}”已不存在；请联系管理员重新设置岗位。",
        )
    )


def _no_purpose(role: Role, purpose: str) -> Forbidden:
    return Forbidden(
        Issue(
            "forbidden",
            f"As {role.name.en} you may act for {', '.join(role.purposes)}, not for '{purpose}'.",
            f"“{role.name.zh}”岗位的用途限于 {'、'.join(role.purposes)}，不能用于“{purpose}”。",
        )
    )
