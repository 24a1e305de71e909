"""FHIR JSON and validation: microseconds a resource for reading, checking and writing.

Goal: 2 kB are read in under 20 µs and an Observation is found valid in under 60 µs; figures are
printed, with the machine and the date, never asserted. Resources: Synthea, beside the checkout.

    python benchmarks/bench_fhir.py [FOLDER OF BUNDLES]
"""

from __future__ import annotations

import bz2
import json as plain
import os
import platform
import statistics
import sys
import timeit
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xinglin.fhir import json, structs
from xinglin.fhir.validation import validate
from xinglin.fhir.validation.careful import Walk
from xinglin.fhir.validation.invariants import validate_invariants

if TYPE_CHECKING:
    from collections.abc import Callable

SHARED = Path(os.environ.get("XINGLIN_SHARED_DATA") or Path(__file__).parents[2] / "shared/data")
BUNDLES = 12
SAMPLES = 40


def careful(resource: dict[str, Any]) -> None:
    walk = Walk(conditional=True)
    walk.whole(resource, "")


def microseconds(action: Callable[[], Any]) -> float:
    """The best of three runs, so that other work on the machine counts little."""
    timer = timeit.Timer(action)
    times = max(1, int(2e-3 / max(timer.timeit(1), 1e-7)))
    return min(timer.repeat(3, times)) / times * 1e6


def resources(folder: Path) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for file in sorted(folder.glob("*.bz2"))[:BUNDLES]:
        for entry in json.decode(bz2.decompress(file.read_bytes()))["entry"]:
            resource = entry["resource"]
            if len(found[resource["resourceType"]]) < SAMPLES:
                found[resource["resourceType"]].append(resource)
    return found


def measure(resource: dict[str, Any]) -> dict[str, float]:
    body = json.encode(resource)
    return {
        "bytes": len(body),
        "decode": microseconds(lambda: json.decode(body)),
        "loads": microseconds(lambda: plain.loads(body)),
        "validate": microseconds(lambda: validate(resource, conditional=True)),
        "careful": microseconds(lambda: careful(resource)),
        "invariants": microseconds(lambda: validate_invariants(resource)),
        "encode": microseconds(lambda: json.encode(resource)),
        "struct": microseconds(lambda: structs.from_dict(resource)),
    }


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else SHARED / "fhir/synthea-r4-blaze/synthea"
    found = resources(folder)
    if not found:
        raise SystemExit(f"no bundles in {folder}")
    moment = datetime.now(UTC).date()
    print(
        f"{moment}, {platform.machine()}, {os.cpu_count()} cores, Python {sys.version.split()[0]}"
    )
    print("medians in µs; loads is json.loads alone, careful the pass that finds the issues")
    head = ("bytes", "decode", "loads", "validate", "careful", "invariants", "encode", "struct")
    print(f"{'type':24}" + "".join(f"{name:>11}" for name in head))
    every: list[dict[str, float]] = []
    for name, some in sorted(found.items()):
        rows = [measure(resource) for resource in some]
        every += rows
        print(f"{name:24}" + "".join(f"{median(rows, key):11.1f}" for key in head))
    print(f"{'all':24}" + "".join(f"{median(every, key):11.1f}" for key in head))


def median(rows: list[dict[str, float]], key: str) -> float:
    return statistics.median(row[key] for row in rows)


if __name__ == "__main__":
    main()
