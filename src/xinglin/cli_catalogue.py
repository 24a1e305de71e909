"""``xinglin catalogue``: load the starter catalogues, or an operator's formulary.

docs/howto/load-a-formulary.md; docs/adr/0012-drug-dictionary.md
"""

from __future__ import annotations

import asyncio
from pathlib import Path  # noqa: TC003  typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Any

import typer

from xinglin.cli_common import Data, Token, Url, console, server_of, settings_of
from xinglin.group import catalogue
from xinglin.loading.catalogues import Remote
from xinglin.loading.client import Client, Server

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


app = typer.Typer(help="Catalogues and formulary. 目录与药品字典。", no_args_is_help=True)
SHOWN = 20


def _run(
    data: Path | None,
    url: str | None,
    token: str | None,
    work: Callable[[Remote], Awaitable[Any]],
) -> Any:
    async def there(server: Server) -> Any:
        async with Client(server) as client:
            return await work(Remote(client))

    with server_of(settings_of(data), url, token) as server:
        return asyncio.run(there(server))


@app.command("load", help="Load the starter catalogues. 载入起始目录。")
def load_(
    data: Data = None,
    url: Url = None,
    token: Token = None,
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite local changes too. 覆盖本地修改。")
    ] = False,
) -> None:
    """Load drugs, laboratory items, examinations, prices and lists; again at any time."""
    with console.status("载入 loading") as shown:
        report = _run(
            data,
            url,
            token,
            lambda target: catalogue.load(
                target, force=force, say=lambda done: shown.update(f"{done:,} …")
            ),
        )
    console.print(
        f"新增 created {report.created:,}, 更新 updated {report.updated:,}, "
        f"未变 unchanged {report.unchanged:,}, 保留本地修改 kept {len(report.kept):,}"
    )
    for one in report.kept[:SHOWN]:
        console.print(f"  {one}")
    console.print("草案，未经临床批准 draft: not clinically approved")
