"""``xinglin demo``: the synthetic hospital group, its accounts and its catalogues.

Design, section 5; docs/explanation/simulator.md.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import typer

from xinglin.cli_common import Data, Token, Url, console, server_of, settings_of
from xinglin.group import catalogue
from xinglin.kernel.clock import SystemClock
from xinglin.kernel.database import Database
from xinglin.loading.catalogues import Remote
from xinglin.loading.client import Client, Server
from xinglin.serving import borrow, demo, demo_accounts
from xinglin.trust.identity import Clerk
from xinglin.trust.policy import shipped

if TYPE_CHECKING:
    from pathlib import Path

    Json = dict[str, Any]


def register(app: typer.Typer) -> None:
    """Put the command into the main one."""
    app.command("demo", help="Load the synthetic hospital group. 载入合成的医院集团。")(demo_)


def demo_(
    data: Data = None,
    url: Url = None,
    token: Token = None,
    patients: Annotated[int, typer.Option(min=1, help="How many patients. 患者数。")] = 2000,
) -> None:
    """Load the demo data; `up` does this by itself unless --empty."""
    settings = settings_of(data)
    demo.lower_priority()
    with server_of(settings, url, token) as server, borrow.database(settings) as dsn:
        asyncio.run(_load(server, dsn, settings.data_dir(), patients))


async def _load(server: Server, dsn: str, folder: Path, patients: int) -> None:
    async with Client(server) as client, await Database.open(dsn, max_size=2) as database:
        clerk = Clerk(database, SystemClock(), shipped())

        async def find(path: str) -> list[Json]:
            answer = await client.get(f"/{path}")
            return [one["resource"] for one in answer.body.get("entry", [])]

        async def put(resource: Json) -> None:
            entry = {
                "resource": resource,
                "request": {"method": "PUT", "url": f"{resource['resourceType']}/{resource['id']}"},
            }
            await client.send({"resourceType": "Bundle", "type": "transaction", "entry": [entry]})

        async def ready() -> None:
            await demo_accounts.staff(clerk)
            await catalogue.load(Remote(client), wait=0, quick=True)

        await demo.run(client, folder, patients, console.print, ready)
        await demo_accounts.people(clerk, find, put)
