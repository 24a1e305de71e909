"""The embedded PostgreSQL: the default database, which needs no set-up.

Docs: docs/explanation/embedded-server.md; PostgreSQL 18, chapters 18 (server setup) and 19.
"""

from __future__ import annotations

from xinglin.kernel.embedded.cluster import Cluster
from xinglin.kernel.embedded.keeper import Keeper
from xinglin.kernel.embedded.runtime import Binaries, binaries
from xinglin.kernel.embedded.server import Server

__all__ = ["Binaries", "Cluster", "Keeper", "Server", "binaries"]
