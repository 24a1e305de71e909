"""The change feed: each committed change, once, in order per resource; the only outbox.

docs/explanation/feed.md; PostgreSQL 18, section 9.28.6 for snapshots.
"""

from __future__ import annotations

from xinglin.kernel.feed.consumer import Batch, Consumer
from xinglin.kernel.feed.notify import Listener, Notifier
from xinglin.kernel.feed.reading import BEGINNING, Change, Position, end, lag
from xinglin.kernel.feed.runner import Runner

__all__ = [
    "BEGINNING",
    "Batch",
    "Change",
    "Consumer",
    "Listener",
    "Notifier",
    "Position",
    "Runner",
    "end",
    "lag",
]
