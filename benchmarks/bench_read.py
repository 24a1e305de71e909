"""Reads by id: 32 connections, random ids of all types, beside the twin.

Goal: 4,000 requests a second on 2 cores with the client, at least 0.65 of the twin.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from common import database_size, measure, options, platform_server, report, twin_server
from dataset import fill, sample_ids


def main() -> None:
    opts = options(__doc__ or "", resources=100_000)
    with platform_server(opts.data) as server, tempfile.TemporaryDirectory() as folder:
        fill(server, opts.resources)
        paths = Path(folder) / "paths"
        ids = sample_ids(server, 20_000)
        paths.write_text(
            "".join(f"/fhir/{name}/{ident}\n" for name, ident in ids), encoding="utf-8"
        )
        ours = measure(server, "paths.lua", opts, str(paths))
        with twin_server(server) as twin:
            lean = measure(twin, "paths.lua", opts, str(paths))
        rows = [{"who": who, **vars(figure)} for who, figure in (("xinglin", ours), ("twin", lean))]
        rows.append({"ratio": ours.rate / lean.rate, "database_bytes": database_size(server.data)})
        report("bench_read", rows)


if __name__ == "__main__":
    main()
