"""How much a candidate gives, remembered for a while: it only chooses the plan, not the answer.

The reason is in docs/explanation/cdr.md: counting costs as much as a search over sparse keys.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from .ir import Node

KEPT: Final = 1 << 14
SECONDS: Final = 30.0
"""What was small may have grown; a large set stays large for longer."""
LARGE_SECONDS: Final = 600.0


class Counts:
    """Capped counts by node."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # By hash: nodes may hold hundreds of keys, and a collision only chooses a slower plan.
        self._known: OrderedDict[int, tuple[float, int, int]] = OrderedDict()

    def get(self, node: Node, cap: int) -> int | None:
        """The count, if it was taken not long ago and says enough about ``cap``."""
        found = self._known.get(hash(node))
        if found is None or found[0] < self._clock():
            return None
        _, count, counted = found
        return min(count, cap) if count < counted or counted >= cap else None

    def put(self, node: Node, count: int, cap: int) -> None:
        """Remember a count that was taken up to ``cap``."""
        kept = LARGE_SECONDS if count >= cap else SECONDS  # counted up to cap only
        self._known[hash(node)] = (self._clock() + kept, count, cap)
        self._known.move_to_end(hash(node))
        if len(self._known) > KEPT:
            self._known.popitem(last=False)
