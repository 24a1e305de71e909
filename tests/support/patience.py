"""How long a test waits for what the set-up contract promises in seconds, on a machine like this.

Design, section 5. `XINGLIN_TEST_PATIENCE=2 make test` doubles every limit, for a
machine with other work; tools/test.sh hands it on as TEST_PATIENCE.
"""

from __future__ import annotations

import os

PATIENCE = int(os.environ.get("TEST_PATIENCE", "1"))


def seconds(promised: float) -> float:
    """The limit here for what is promised within so many seconds on a quiet machine."""
    return promised * PATIENCE
