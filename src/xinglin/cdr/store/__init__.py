"""The SQL of the repository: rows in, rows out.

Layout: migrations/0001_core.sql.
"""

from __future__ import annotations

from .read import Stored, by_rid, locked, named, one, version
from .write import NOTHING, Stale, Write, apply

__all__ = [
    "NOTHING",
    "Stale",
    "Stored",
    "Write",
    "apply",
    "by_rid",
    "locked",
    "named",
    "one",
    "version",
]
