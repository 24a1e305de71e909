"""The published search mix at one size of the database, beside the twin running the same SQL.

Goal: 1,200 requests a second on 2 cores with the client, at least 0.5 of the twin; p95 at
1,000,000 resources within twice p95 at 100,000.
"""

from __future__ import annotations

import asyncio
import pickle
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import Any

import httpx

from common import (
    Server,
    database_size,
    measure,
    options,
    platform_server,
    report,
    resident,
    twin_server,
)
from common import descendants as below
from dataset import dsn, fill, held
from searches import build
from xinglin.cdr.access import Access
from xinglin.cdr.assembly import assemble
from xinglin.cdr.search import SearchRequest, pairs
from xinglin.cdr.search.run import Run
from xinglin.kernel.clock import SystemClock
from xinglin.kernel.database import Database


async def record(address: str, base: str, paths: list[str]) -> dict[str, Any]:
    """The statements that the engine runs for each path, and the bytes it answers."""
    plans: dict[str, Any] = {}
    statements: list[tuple[str, tuple[Any, ...]]] = []
    fetch = Run.fetch

    async def watched(self: Run, text: str, *args: Any) -> list[Any]:
        statements.append((text, args))
        return await fetch(self, text, *args)

    Run.fetch = watched  # type: ignore[method-assign]
    try:
        async with await Database.open(address) as database:
            assembly = await assemble(database, SystemClock(), bases=(base,))
            for path in dict.fromkeys(paths):
                type_, _, query = path.removeprefix("/fhir/").partition("?")
                request = SearchRequest(type=type_, query=pairs(query), base=base)
                # Twice: what the caches of a warm server know needs no statement.
                for _ in range(2):
                    statements.clear()
                    found = await assembly.engine.search(database, Access.local(), request)
                plans[path] = {"statements": list(statements), "body": found.body}
    finally:
        Run.fetch = fetch  # type: ignore[method-assign]
    return plans


def by_kind(server: Server, searches: list[tuple[str, str]]) -> list[dict]:
    """Each kind on its own: how many resources it returns and how long one takes, one at a time."""
    times, sizes = defaultdict(list), defaultdict(list)
    with httpx.Client(base_url=server.url, headers=server.auth, timeout=60) as client:
        for kind, path in searches:
            start = time.perf_counter()
            answer = client.get(path)
            times[kind].append((time.perf_counter() - start) * 1000)
            answer.raise_for_status()
            sizes[kind].append(len(answer.json().get("entry", [])))
    return [
        {
            "kind": kind,
            "returned": median(sizes[kind]),
            "median_ms": median(values),
            "max_ms": max(values),
        }
        for kind, values in times.items()
    ]


def main() -> None:
    opts = options(__doc__ or "", resources=100_000)
    with platform_server(opts.data) as server, tempfile.TemporaryDirectory() as place:
        fill(server, opts.resources)
        searches = build(server)
        listing, plans = Path(place) / "paths", Path(place) / "plans"
        listing.write_text("".join(f"{path}\n" for _, path in searches), encoding="utf-8")
        kinds = by_kind(server, searches)
        ours = measure(server, "paths.lua", opts, str(listing))
        memory = max(resident(below(server.pid)).values())
        base = f"{server.url}/fhir"
        recorded = asyncio.run(record(dsn(server.data), base, [path for _, path in searches]))
        plans.write_bytes(pickle.dumps(recorded))
        with twin_server(server, plans) as twin:
            same = sum(
                httpx.get(server.url + path, headers=server.auth).content
                == httpx.get(twin.url + path).content
                for _, path in searches[:60]
            )
            lean = measure(twin, "paths.lua", opts, str(listing))
        rows: list[dict] = [
            {"who": who, **vars(figure)} for who, figure in (("xinglin", ours), ("twin", lean))
        ]
        rows.append(
            {
                "resources": held(server),
                "ratio": ours.rate / lean.rate,
                "same_bytes_of_60": same,
                "largest_process_mb": memory,
                "database_bytes": database_size(server.data),
            }
        )
        report("bench_search", rows + kinds)


if __name__ == "__main__":
    main()
