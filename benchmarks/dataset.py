"""Data for the benchmarks: Synthea bundles posted until a server holds enough, and samples of it.

The bundles lie beside the checkout (spec/cdr.md, section 5); each post makes new resources.
"""

from __future__ import annotations

import asyncio
import bz2
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import httpx
from msgspec import structs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from common import Server

ROOT = Path(__file__).parents[1]
CLIENTS = 4


def folder() -> Path:
    """Where the bundles lie."""
    base = Path(os.environ.get("XINGLIN_SHARED_DATA") or ROOT.parent / "shared" / "data")
    return base / "fhir" / "synthea-r4-blaze" / "synthea"


def dsn(data: Path) -> str:
    """The database of a running server."""
    from xinglin.kernel.settings import load  # noqa: PLC0415
    from xinglin.serving import borrow  # noqa: PLC0415

    settings = structs.replace(load(None, os.environ), data=str(data))
    with borrow.database(settings) as address:
        return address


def prerequisites(server: Server) -> None:
    """The hospitals and practitioners that the patient bundles refer to."""
    for path in sorted(folder().glob("0-*.bz2")):
        body = bz2.decompress(path.read_bytes())
        answer = httpx.post(
            f"{server.url}/fhir", content=body, headers=FHIR | server.auth, timeout=120
        )
        answer.raise_for_status()


FHIR = {"Content-Type": "application/fhir+json"}


def patient_bundles(limit: int) -> Iterator[dict]:
    """Patient bundles, smallest first so that a request is one patient and not one archive."""
    paths = [path for path in folder().glob("*.bz2") if not path.name.startswith("0-")]
    for path in sorted(paths, key=lambda one: one.stat().st_size)[:limit]:
        yield json.loads(bz2.decompress(path.read_bytes()))


def held(server: Server) -> int:
    """How many resources there are."""
    return asyncio.run(_value(server, "select count(*) from resource where ver > 0"))


async def _value(server: Server, sql: str) -> int:
    connection = await asyncpg.connect(dsn(server.data))
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


def fill(server: Server, resources: int) -> None:
    """Post patient bundles, again and again, until the server holds so many resources."""
    have = held(server)
    if have >= resources:
        return
    if not have:
        prerequisites(server)
        have = held(server)
    asyncio.run(_fill(server, resources - have))
    asyncio.run(_vacuum(server))


async def _vacuum(server: Server) -> None:
    connection = await asyncpg.connect(dsn(server.data))
    try:
        await connection.execute("vacuum analyze")
        await connection.execute("checkpoint")
    finally:
        await connection.close()


async def _fill(server: Server, wanted: int) -> None:
    bodies = [
        (len(bundle["entry"]), json.dumps(bundle, ensure_ascii=False).encode())
        for bundle in patient_bundles(1000)
    ]
    done = 0
    at = 0

    async def client() -> None:
        nonlocal done, at
        async with httpx.AsyncClient(timeout=120, headers=FHIR | server.auth) as http:
            while done < wanted:
                count, body = bodies[at % len(bodies)]
                at += 1
                done += count
                answer = await http.post(f"{server.url}/fhir", content=body)
                answer.raise_for_status()

    async with asyncio.TaskGroup() as group:
        for _ in range(CLIENTS):
            group.create_task(client())


def sample_ids(server: Server, count: int) -> list[tuple[str, str]]:
    """Type and id of random resources."""
    from xinglin.fhir.definitions import resource_types  # noqa: PLC0415

    async def ask() -> list[tuple[str, str]]:
        connection = await asyncpg.connect(dsn(server.data))
        try:
            share = "tablesample bernoulli (20)" if count < 50_000 else ""
            rows = await connection.fetch(
                f"select type, id from resource {share} where ver > 0 and not deleted"
                " order by random() limit $1",
                count,
            )
        finally:
            await connection.close()
        names = resource_types()
        return [(names[row["type"] - 1], row["id"]) for row in rows]

    return asyncio.run(ask())


def sample_bodies(server: Server, name: str, count: int) -> list[str]:
    """Bodies of a type as a client would post them.

    Without identifiers: copies of those would make later conditional references ambiguous.
    """
    answer = httpx.get(
        f"{server.url}/fhir/{name}", params={"_count": str(count)}, headers=server.auth, timeout=60
    )
    answer.raise_for_status()
    found = []
    for entry in answer.json().get("entry", []):
        resource = entry["resource"]
        kept = {k: v for k, v in resource.items() if k not in ("id", "meta", "text", "identifier")}
        found.append(json.dumps(kept, ensure_ascii=False, separators=(",", ":")))
    return found
