"""Runs the benchmarks one after another: `make bench`; `--full` by the whole protocol.

docs/howto/benchmark.md
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
SHORT = ["--seconds", "10", "--warm", "3", "--rounds", "1"]
WITH_SERVER = ("read", "crud", "search", "import", "bulk")
PLAIN = ("fhir", "fhirpath")


def main() -> None:
    short = [] if "--full" in sys.argv[1:] else SHORT
    for name in PLAIN:
        subprocess.run([sys.executable, str(HERE / f"bench_{name}.py")], check=True)
    for name in WITH_SERVER:
        subprocess.run([sys.executable, str(HERE / f"bench_{name}.py"), *short], check=True)


if __name__ == "__main__":
    main()
