"""Reads by id with the audit trail and without it: rate, latency, processor time of one read.

Goal: under 10 % of a read. The server without is the same program, started from here, with the
observer of the edge taken out; nothing in the product can do that.
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from common import Server, measure, options, platform_server, report
from dataset import fill, sample_ids

if TYPE_CHECKING:
    from collections.abc import Iterator

WITHOUT = """
import sys
from xinglin.trust.audit import Observer
from xinglin import cli

async def silent(self, request, response):
    pass

Observer.__call__ = silent
Observer.authorising = lambda self, authorise: authorise
sys.argv[0] = "xinglin"
cli.main()
"""


@contextlib.contextmanager
def without_audit(data: Path) -> Iterator[Server]:
    """The same server, whose edge puts nothing on record."""
    with tempfile.NamedTemporaryFile("w", suffix=".py") as script:
        script.write(WITHOUT)
        script.flush()
        command = [sys.executable, script.name, "up", "--data", str(data), "--port", "0", "--empty"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            url = next(line.split()[1] for line in process.stdout or () if line[:6] == "ready ")
            asked = [sys.executable, "-m", "xinglin.cli", "token", "--data", str(data)]
            token = subprocess.run(
                [*asked, "--user", "admin"], capture_output=True, text=True, check=True
            )
            yield Server(url, process.pid, data, process.pid, token.stdout.strip())
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def main() -> None:
    opts = options(__doc__ or "", resources=20_000)
    with tempfile.TemporaryDirectory(prefix="xinglin-bench-") as folder:
        data = opts.data or Path(folder) / "data"
        paths = Path(folder) / "paths"
        with platform_server(data) as server:
            fill(server, opts.resources)
            ids = sample_ids(server, 10_000)
            text = "".join(f"/fhir/{name}/{ident}\n" for name, ident in ids)
            paths.write_text(text, encoding="utf-8")
        rows = []
        for who, served in (("without", without_audit(data)), ("with", platform_server(data))):
            with served as server:
                figure = measure(server, "paths.lua", opts, str(paths))
                count = figure.rate * figure.seconds
                micros = (figure.cpu_server + figure.cpu_database) / count * 1e6
                rows.append({"who": who, **vars(figure), "cpu_micros_per_read": micros})
        rows.append(
            {
                "rate_ratio": rows[1]["rate"] / rows[0]["rate"],
                "cpu_ratio": rows[1]["cpu_micros_per_read"] / rows[0]["cpu_micros_per_read"],
            }
        )
        report("bench_audit", rows)


if __name__ == "__main__":
    main()
