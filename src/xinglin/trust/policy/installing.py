"""Puts the policy into an application: its hooks in the repository, its access for sign-in.

Design, section 2: the composition registers hooks, the repository calls them in its transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import relations
from .compile import RolePolicy

if TYPE_CHECKING:
    from xinglin.cdr.assembly import Assembly
    from xinglin.cdr.operations import Registry
    from xinglin.kernel.database import Database

    from .roles import Roles


def install(
    assembly: Assembly, database: Database, registry: Registry, roles: Roles | None = None
) -> RolePolicy:
    """Register hooks and operations of the policy; returns what makes an `Access` of a `Grant`."""
    del registry
    repository = assembly.repository
    repository.on_write(relations.TYPES, relations.Relations(repository.context))
    return RolePolicy(assembly, database, roles)
