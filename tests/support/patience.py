"""How long a test waits for what the set-up contract promises in seconds, on a machine like this.

Design, section 5. `XINGLIN_TEST_PATIENCE=2` doubles every limit, for a machine with other work.
"""

from __future__ import annotations

import os

PATIENCE = int(os.environ.get("XINGLIN_TEST_PATIENCE", "1"))


def seconds(promised: float) -> float:
    """The limit here for what is promised within so many seconds on a quiet machine."""
    return promised * PATIENCE
