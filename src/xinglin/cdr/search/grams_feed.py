"""Brings the free-text index up to date before a search that needs it.

docs/adr/0006-late-text-index.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .ir import Node
    from .run import Run


async def current(run: Run, node: Node) -> None:
    """Nothing yet: the consumer comes with the next change."""
    del run, node
