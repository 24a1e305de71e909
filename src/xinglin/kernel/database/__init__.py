"""The database: connections, migrations, what this installation is.

PostgreSQL 15 or later; docs/adr/0001-nodes.md for the installation row.
"""

from __future__ import annotations

from xinglin.kernel.database.installation import Installation, initialise, move
from xinglin.kernel.database.migrations import migrate, migrations
from xinglin.kernel.database.pool import Connection, Database
from xinglin.kernel.database.template import clone, create_template, drop, on_database

__all__ = [
    "Connection",
    "Database",
    "Installation",
    "clone",
    "create_template",
    "drop",
    "initialise",
    "migrate",
    "migrations",
    "move",
    "on_database",
]
