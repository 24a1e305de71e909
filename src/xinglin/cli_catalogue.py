"""``xinglin catalogue``: load the starter catalogues, or an operator's formulary.

docs/howto/load-a-formulary.md; docs/adr/0012-drug-dictionary.md
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from msgspec import structs
from rich.console import Console

from xinglin.group import catalogue
from xinglin.kernel.settings import Settings
from xinglin.kernel.settings import load as load_settings
from xinglin.loading.catalogues import Remote
from xinglin.loading.client import Client, Server
from xinglin.serving import borrow

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator

app = typer.Typer(help="Catalogues and formulary. 目录与药品字典。", no_args_is_help=True)
console = Console(stderr=True, highlight=False)

Data = Annotated[Path | None, typer.Option(help="Data directory. 数据目录。")]
Url = Annotated[str | None, typer.Option(help="FHIR base of a running server. 服务的 FHIR 地址。")]
Token = Annotated[
    str | None,
    typer.Option(help="Token of that server (default: made here). 该服务的令牌。"),
]
SHOWN = 20


def _settings(data: Path | None) -> Settings:
    folder = data.absolute() if data else load_settings(None, os.environ).data_dir()
    file = folder / "xinglin.toml"
    settings = load_settings(file if file.exists() else None, os.environ)
    return structs.replace(settings, data=str(folder))


@contextlib.contextmanager
def _server(settings: Settings, url: str | None, token: str | None) -> Generator[Server]:
    if url:
        yield Server(url, token or borrow.token(settings), borrow.pin(settings, url))
        return
    with borrow.server(settings.data_dir()) as base:
        yield Server(base, borrow.token(settings), borrow.pin(settings, base))


def _run(
    data: Path | None,
    url: str | None,
    token: str | None,
    work: Callable[[Remote], Awaitable[Any]],
) -> Any:
    async def there(server: Server) -> Any:
        async with Client(server) as client:
            return await work(Remote(client))

    with _server(_settings(data), url, token) as server:
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
