"""Puts the policy into an application: its hooks in the repository, its access for sign-in.

Design, section 2: the composition registers hooks, the repository calls them in its transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from . import relations, sealing
from .break_glass import BreakGlass
from .compile import RolePolicy
from .roles import load

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from xinglin.cdr.assembly import Assembly
    from xinglin.cdr.interactions.draft import Written
    from xinglin.cdr.operations import Registry
    from xinglin.kernel.database import Connection, Database
    from xinglin.trust.audit import Recorder

_STRUCTURE: Final = frozenset({"Organization", "Location", "PractitionerRole"})


def install(
    assembly: Assembly,
    database: Database,
    registry: Registry,
    recorder: Recorder | None = None,
    site: Path | None = None,
) -> RolePolicy:
    """Register hooks and operations of the policy; returns what makes an `Access` of a `Grant`.

    ``site``: a folder of role files, which replace or add to the shipped ones.
    """
    repository = assembly.repository
    repository.on_write(relations.TYPES, relations.Relations(repository.context))
    repository.on_write(sealing.TYPES, sealing.Sealing(repository.context))
    policy = RolePolicy(assembly, database, load(site) if site else None)
    repository.on_write(_STRUCTURE, _Forgetting(policy))
    BreakGlass(assembly, database, policy, recorder).register(registry)
    return policy


class _Forgetting:
    """What has been found of the structure of the group is asked for again when it changes."""

    def __init__(self, policy: RolePolicy) -> None:
        self._policy = policy

    async def __call__(self, connection: Connection, written: Sequence[Written]) -> None:
        """See `context.Hook`; other processes see the change within a minute."""
        del connection, written
        self._policy.forget()
