"""``xinglin export``: a bulk export fetched into a folder of NDJSON files.

https://hl7.org/fhir/uv/bulkdata/STU2/export.html
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import httpx
import msgspec

from xinglin.kernel.errors import Issue, Unavailable

from .client import Server, diagnostics

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

EVERY = 0.2  # seconds between looks at a running job


class Output(msgspec.Struct, frozen=True):
    """One file of a manifest."""

    type: str
    url: str
    count: int = 0


class Manifest(msgspec.Struct, frozen=True):
    """What an export came to."""

    transaction_time: str = msgspec.field(name="transactionTime")
    output: list[Output] = []
    deleted: list[Output] = []


async def run(
    server: Server,
    folder: Path,
    types: Sequence[str],
    since: str | None,
    say: Callable[[str], None],
) -> Manifest:
    """Export into the folder; raises Unavailable when the server refuses or fails."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    asked = {"_type": ",".join(types), "_since": since}
    query = urlencode({name: value for name, value in asked.items() if value})
    async with httpx.AsyncClient(
        headers=server.headers(),
        timeout=httpx.Timeout(60, connect=5),
        trust_env=False,
        verify=server.believed(),
    ) as client:
        wanted = {"Prefer": "respond-async"}
        begun = await client.get(f"{server.base}/$export?{query}", headers=wanted)
        if begun.status_code != 202:
            raise _refused(begun)
        status = begun.headers["content-location"]
        manifest = await _wait(client, status, say)
        for one in [*manifest.output, *manifest.deleted]:
            await _fetch(client, one.url, folder / one.url.rpartition("/")[2])
        await client.delete(status)
    return manifest


async def _wait(client: httpx.AsyncClient, status: str, say: Callable[[str], None]) -> Manifest:
    while True:
        answer = await client.get(status)
        if answer.status_code == 200:
            return msgspec.json.decode(answer.content, type=Manifest)
        if answer.status_code != 202:
            raise _refused(answer)
        say(answer.headers.get("x-progress", ""))
        await asyncio.sleep(EVERY)


async def _fetch(client: httpx.AsyncClient, url: str, path: Path) -> None:
    part = path.with_suffix(".part")
    async with client.stream("GET", url) as answer:
        if answer.status_code != 200:
            await answer.aread()
            raise _refused(answer)
        with part.open("wb") as file:
            async for chunk in answer.aiter_bytes(1 << 18):
                file.write(chunk)
    part.replace(path)


def _refused(answer: httpx.Response) -> Unavailable:
    kind = answer.headers.get("content-type", "")
    told = diagnostics(msgspec.json.decode(answer.content)) if "json" in kind else ""
    return Unavailable(
        Issue(
            "processing",
            f"The server does not export ({answer.status_code}): {told}",
            f"服务未能导出（{answer.status_code}）：{told}",
        )
    )
