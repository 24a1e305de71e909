"""The ``xinglin`` command.

Design, section 5 (set-up contract).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from msgspec import structs
from rich.console import Console

from xinglin.kernel.errors import Refusal
from xinglin.kernel.settings import Settings, load
from xinglin.serving import up as launching

app = typer.Typer(
    name="xinglin",
    help="An open information platform for a hospital group. 开放的医院集团信息平台。",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
console = Console(stderr=True, highlight=False)


Data = Annotated[Path | None, typer.Option(help="Data directory. 数据目录。")]


def settings_of(data: Path | None, **given: object) -> Settings:
    """Settings of a data directory (its xinglin.toml), the environment and the options given."""
    folder = data.absolute() if data else load(None, os.environ).data_dir()
    file = folder / "xinglin.toml"
    found = load(file if file.exists() else None, os.environ)
    changes = {name: value for name, value in given.items() if value is not None}
    return structs.replace(found, data=str(folder), **changes)


@app.callback()
def _root() -> None:
    """Keep `up` a command of its own even while it is alone."""


@app.command(help="Start the platform. 启动平台。")
def up(
    data: Data = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port. 端口。")] = None,
    host: Annotated[str | None, typer.Option(help="Loopback address. 回环地址。")] = None,
    processes: Annotated[int | None, typer.Option(min=1, max=64, help="进程数。")] = None,
    empty: Annotated[bool, typer.Option("--empty", help="No demo data. 不载入示例。")] = False,
) -> None:
    """Start the platform and serve until stopped."""
    settings = settings_of(data, port=port, host=host, processes=processes)
    plan = launching.plan(settings, empty=empty)
    launching.up(plan, lambda text: print(text, flush=True))  # noqa: T201  scripts wait for it


def main() -> None:
    """Run a command; a refusal is told in both languages, without a traceback."""
    try:
        app()
    except Refusal as refusal:
        for issue in refusal.issues:
            console.print(f"[red]{issue.zh}[/red]\n[red]{issue.en}[/red]", soft_wrap=True)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
