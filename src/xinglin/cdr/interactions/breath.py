"""Long work in turns: a transaction of thousands of entries must not keep others waiting.

One process answers many requests on one thread.
"""

from __future__ import annotations

import asyncio
import time

TURN = 0.02
"""Seconds of work after which others get their turn."""


class Breath:
    """Call it between steps of a long piece of work."""

    __slots__ = ("_since",)

    def __init__(self) -> None:
        self._since = time.monotonic()

    async def __call__(self) -> None:
        """Let others work, if it has been long."""
        if time.monotonic() - self._since > TURN:
            await asyncio.sleep(0)
            self._since = time.monotonic()
