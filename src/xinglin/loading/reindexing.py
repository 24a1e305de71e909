"""``xinglin reindex``: starts a run on the server and follows it.

The operations ``$reindex`` and ``$reindex-status`` are our own; docs/explanation/cdr.md.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from xinglin.kernel.errors import Issue, Unavailable

from .client import Answer, Client, Server

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

EVERY = 0.2  # seconds between looks


async def run(server: Server, types: Sequence[str], report: Callable[[int, int], None]) -> str:
    """Index some types again (none: what is new, or all); return the state it ended in."""
    given = [{"name": "type", "valueCode": type_} for type_ in types]
    asked: dict[str, Any] = {"resourceType": "Parameters"}
    if given:
        asked["parameter"] = given
    async with Client(server) as client:
        found = _values(await client.post(asked, "/$reindex"))
        while found["state"] == "running":
            report(found["done"], found["total"])
            await asyncio.sleep(EVERY)
            found = _values(await client.get(f"/$reindex-status?run={found['run']}"))
    report(found["done"], found["total"])
    return str(found["state"])


def _values(answer: Answer) -> dict[str, Any]:
    if not answer.fine:
        told = answer.diagnostics()
        raise Unavailable(
            Issue("processing", f"The server does not index: {told}", f"服务未能重建索引：{told}")
        )
    return {
        one["name"]: next((v for k, v in one.items() if k.startswith("value")), None)
        for one in answer.body["parameter"]
    }
