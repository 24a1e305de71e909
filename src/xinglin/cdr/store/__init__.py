"""The SQL of the repository: rows in, rows out.

Layout: migrations/0001_core.sql.
"""

from __future__ import annotations

from .read import Stored, by_rid, locked, named, one, version
from .told import condition, facts, visible
from .told import named as named_told
from .told import numbered as numbered_told
from .write import NOTHING, Stale, Write, apply

__all__ = [
    "NOTHING",
    "Stale",
    "Stored",
    "Write",
    "apply",
    "by_rid",
    "condition",
    "facts",
    "locked",
    "named",
    "named_told",
    "numbered_told",
    "one",
    "version",
    "visible",
]
