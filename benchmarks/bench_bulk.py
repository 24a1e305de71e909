"""Bulk `$import` of NDJSON and bulk `$export`, beside COPY of the bodies to standard output.

Goals on 2 cores: 10,000 resources a second in, 100,000 out, at least 0.3 of COPY.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

import asyncpg
import httpx

from common import options, platform_server, report
from dataset import dsn, fill, held


def follow(client: httpx.Client, answer: httpx.Response) -> dict:
    """Wait for a background job; its manifest."""
    answer.raise_for_status()
    place = answer.headers["content-location"]
    while True:
        answer = client.get(place)
        if answer.status_code != 202:
            answer.raise_for_status()
            return answer.json()
        time.sleep(0.05)


async def copy(address: str) -> float:
    """Seconds that COPY of all bodies takes."""
    connection = await asyncpg.connect(address)
    try:
        start = time.perf_counter()
        with Path("/dev/null").open("wb") as sink:  # noqa: ASYNC230  nothing waits beside it
            await connection.copy_from_query(
                "select body from resource where not deleted and ver > 0",
                output=sink,
                format="csv",
                quote="\x01",
                delimiter="\x02",
            )
        return time.perf_counter() - start
    finally:
        await connection.close()


def main() -> None:
    opts = options(__doc__ or "", resources=100_000)
    rows: list[dict] = []
    with platform_server(opts.data) as server, tempfile.TemporaryDirectory() as place:
        fill(server, opts.resources)
        count = held(server)
        with httpx.Client(timeout=600, headers=server.auth) as client:
            start = time.perf_counter()
            headers = {"Prefer": "respond-async", "Accept": "application/fhir+json"}
            manifest = follow(client, client.get(f"{server.url}/fhir/$export", headers=headers))
            seconds = time.perf_counter() - start
            copied = asyncio.run(copy(dsn(server.data)))
            rows += [
                {"who": "xinglin $export", "resources_per_second": count / seconds},
                {"who": "twin COPY", "resources_per_second": count / copied},
                {"ratio": copied / seconds},
            ]
            inputs = []
            for one in manifest["output"]:
                path = Path(place) / one["url"].rpartition("/")[2]
                path.write_bytes(client.get(one["url"]).content)
                inputs.append((one["type"], path))
        with (
            platform_server(None) as fresh,
            httpx.Client(timeout=600, headers=fresh.auth) as client,
        ):
            asked = {
                "resourceType": "Parameters",
                "parameter": [
                    {"name": "inputFormat", "valueCode": "application/fhir+ndjson"},
                    *(
                        {
                            "name": "input",
                            "part": [
                                {"name": "type", "valueCode": type_},
                                {"name": "url", "valueUrl": path.as_uri()},
                            ],
                        }
                        for type_, path in inputs
                    ),
                ],
            }
            start = time.perf_counter()
            follow(
                client,
                client.post(
                    f"{fresh.url}/fhir/$import", json=asked, headers={"Prefer": "respond-async"}
                ),
            )
            rows.append(
                {
                    "who": "xinglin $import",
                    "resources_per_second": held(fresh) / (time.perf_counter() - start),
                    "resources": held(fresh),
                }
            )
    report("bench_bulk", rows)


if __name__ == "__main__":
    main()
