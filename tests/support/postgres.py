"""The database server of one test run: starts, prints its address, ends with the run.

Run by path from tests/conftest.py with the process number to follow. PostgreSQL 18, chapter 18.
"""

from __future__ import annotations

import asyncio
import os
import select
import shutil
import sys
import tempfile
from pathlib import Path

from xinglin.kernel.database import create_template, on_database
from xinglin.kernel.embedded import Server
from xinglin.kernel.embedded.server import THROWAWAY


def main(followed: int) -> None:
    descriptor = os.pidfd_open(followed)
    folder = Path(tempfile.mkdtemp(prefix="xl-test-"))
    server = Server(THROWAWAY)
    try:
        dsn = on_database(server.start(folder), "postgres")
        asyncio.run(create_template(dsn, "template_xinglin"))
        print(dsn, flush=True)
        select.select([descriptor], [], [])
    finally:
        server.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
