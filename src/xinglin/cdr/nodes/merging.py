"""What to do with a version that another node wrote: a pure decision.

docs/adr/0001-nodes.md, "One writer" and "What is left".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .parcel import Version


class Verdict(Enum):
    """The decision."""

    APPLY = "it becomes the current version"
    FILL = "it is older than the current one and goes into history"
    SAME = "it is here already"
    ASIDE = "it loses, and is kept aside"
    YIELD = "the own version loses: it is kept aside, and the other node may write from now on"


@dataclass
class State:
    """One resource as it is here. ``writer`` is the number of the node that may write it.

    ``bodies`` holds the versions that are here as far as they may be asked for; ``above`` is the
    version that the own body must get, so that it replaces what others wrote meanwhile.
    """

    rid: int
    ver: int
    writer: int
    body: str = ""
    deleted: bool = False
    home: int | None = None
    bodies: dict[int, str] = field(default_factory=dict[int, str])
    term: int = 0
    above: int = 0


def decide(own: int, state: State, version: Version) -> Verdict:
    """Decide about one incoming version; ``own`` is the number of this node."""
    if state.bodies.get(version.ver) == version.body and state.ver:
        return Verdict.SAME
    taken = version.ver in state.bodies or version.ver == state.ver
    mine = state.ver > 0 and state.writer == own
    if not mine:
        if version.ver > state.ver:
            return Verdict.APPLY
        return Verdict.ASIDE if taken else Verdict.FILL
    if version.ver < state.ver and not taken:
        return Verdict.FILL
    # Two nodes made the same type and id: the lower number goes on writing it.
    return Verdict.ASIDE if own < version.node else Verdict.YIELD


def above(own: int, state: State, version: Version) -> int:
    """Return the version that the own body needs after this one was put aside."""
    if state.writer == own and version.ver >= state.ver:
        return max(state.above, version.ver + 1)
    return state.above
