"""Backup, restore to a point in time, and the move to another major version of PostgreSQL.

docs/howto/backup.md; PostgreSQL 18, chapter 25 (backup and restore).
"""

from __future__ import annotations

from xinglin.kernel.backup.base import Backup, back_up, backups
from xinglin.kernel.backup.restore import restore
from xinglin.kernel.backup.upgrade import upgrade_data

__all__ = ["Backup", "back_up", "backups", "restore", "upgrade_data"]
