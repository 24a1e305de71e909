"""Create, read, update and delete, a quarter each, over nine resource types, beside the twin.

Goal: 1,800 requests a second on 2 cores with the client, at least 0.6 of the twin.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from common import measure, options, platform_server, report, twin_server
from dataset import fill, sample_bodies

NINE = (
    "Patient",
    "Encounter",
    "Observation",
    "Condition",
    "Procedure",
    "MedicationRequest",
    "DiagnosticReport",
    "Practitioner",
    "Organization",
)


def main() -> None:
    opts = options(__doc__ or "", resources=20_000)
    with platform_server(opts.data) as server, tempfile.TemporaryDirectory() as folder:
        fill(server, opts.resources)
        bodies = Path(folder) / "bodies"
        lines = [f"{name}\t{body}\n" for name in NINE for body in sample_bodies(server, name, 20)]
        bodies.write_text("".join(lines), encoding="utf-8")
        stamp = format(int(time.time()), "x")
        ours = measure(server, "crud.lua", opts, str(bodies), "x" + stamp)
        with twin_server(server) as twin:
            lean = measure(twin, "crud.lua", opts, str(bodies), "t" + stamp)
        rows = [{"who": who, **vars(figure)} for who, figure in (("xinglin", ours), ("twin", lean))]
        report("bench_crud", [*rows, {"ratio": ours.rate / lean.rate}])


if __name__ == "__main__":
    main()
