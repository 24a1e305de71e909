"""Transaction import: one patient bundle a request, beside the twin. Rates are resources a second.

Goal: 4,000 resources a second on 2 cores with the client, at least 0.5 of the twin.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from common import measure, options, platform_server, report, twin_server
from dataset import patient_bundles, prerequisites


def main() -> None:
    opts = options(__doc__ or "", patients=100)
    opts.connections = min(opts.connections, 8)
    with platform_server(opts.data) as server, tempfile.TemporaryDirectory() as folder:
        prerequisites(server)
        names, count = [], 0
        for number, bundle in enumerate(patient_bundles(opts.patients)):
            count += len(bundle["entry"])
            path = Path(folder) / f"{number}.json"
            path.write_text(json.dumps(bundle, ensure_ascii=False), encoding="utf-8")
            names.append(f"{path}\n")
        listing = Path(folder) / "list"
        listing.write_text("".join(names), encoding="utf-8")
        per_bundle = count / len(names)
        ours = measure(server, "bundles.lua", opts, str(listing))
        with twin_server(server) as twin:
            lean = measure(twin, "bundles.lua", opts, str(listing))
        rows = [
            {"who": who, "resources_per_second": figure.rate * per_bundle, **vars(figure)}
            for who, figure in (("xinglin", ours), ("twin", lean))
        ]
        report("bench_import", [*rows, {"ratio": ours.rate / lean.rate, "per_bundle": per_bundle}])


if __name__ == "__main__":
    main()
