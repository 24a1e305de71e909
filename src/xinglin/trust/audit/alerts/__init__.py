"""Alerts for odd patterns in the audit trail, by rules that are data.

docs/howto/audit.md.
"""

from __future__ import annotations

from .operations import Alerts
from .watch import Watch

__all__ = ["Alerts", "Watch"]
