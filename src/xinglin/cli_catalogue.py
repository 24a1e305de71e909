"""``xinglin catalogue``: load the starter catalogues, or an operator's formulary.

docs/howto/load-a-formulary.md; docs/adr/0012-drug-dictionary.md
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from msgspec import structs
from rich.console import Console

from xinglin.group import catalogue
from xinglin.kernel.settings import Settings
from xinglin.kernel.settings import load as load_settings
from xinglin.loading.client import Client
from xinglin.serving import borrow

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from xinglin.loading.client import Answer

app = typer.Typer(help="Catalogues and formulary. 目录与药品字典。", no_args_is_help=True)
console = Console(stderr=True, highlight=False)

Data = Annotated[Path | None, typer.Option(help="Data directory. 数据目录。")]
Url = Annotated[str | None, typer.Option(help="FHIR base of a running server. 服务的 FHIR 地址。")]
SHOWN = 20


class Remote:
    """A server as the catalogue loader uses it."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def carry_out(self, resource: dict[str, Any], path: str = "") -> dict[str, Any]:
        """Post; raises Refusal."""
        answer: Answer = await self._client.post(resource, path, Prefer="return=representation")
        if not answer.fine:
            raise catalogue.refused(f"{answer.status} {answer.diagnostics()}")
        return answer.body

    async def fetch(self, path: str) -> dict[str, Any] | None:
        """What is there, or None."""
        answer = await self._client.get(f"/{path}")
        return answer.body if answer.fine else None


def _settings(data: Path | None) -> Settings:
    folder = data.absolute() if data else load_settings(None, os.environ).data_dir()
    file = folder / "xinglin.toml"
    settings = load_settings(file if file.exists() else None, os.environ)
    return structs.replace(settings, data=str(folder))


def _run(data: Path | None, url: str | None, work: Callable[[Remote], Awaitable[Any]]) -> Any:
    async def there(base: str) -> Any:
        async with Client(base) as client:
            return await work(Remote(client))

    if url:
        return asyncio.run(there(url))
    with borrow.server(_settings(data).data_dir()) as base:
        return asyncio.run(there(base))


@app.command("load", help="Load the starter catalogues. 载入起始目录。")
def load_(
    data: Data = None,
    url: Url = None,
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite local changes too. 覆盖本地修改。")
    ] = False,
) -> None:
    """Load drugs, laboratory items, examinations, prices and lists; again at any time."""
    with console.status("载入 loading") as shown:
        report = _run(
            data,
            url,
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
