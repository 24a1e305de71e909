"""The ``xinglin`` command.

Design, section 5 (set-up contract).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from xinglin.kernel.errors import Refusal
from xinglin.serving import up as launching

app = typer.Typer(
    name="xinglin",
    help="An open information platform for a hospital group. 开放的医院集团信息平台。",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
console = Console(stderr=True, highlight=False)


def default_data() -> Path:
    """``/var/lib/xinglin`` for root, the user's data folder for everybody else."""
    if os.geteuid() == 0:
        return Path("/var/lib/xinglin")
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(home) / "xinglin"


@app.callback()
def _root() -> None:
    """Keep `up` a command of its own even while it is alone."""


@app.command(help="Start the platform. 启动平台。")
def up(
    data: Annotated[Path | None, typer.Option(help="Data directory. 数据目录。")] = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port. 端口。")] = 8080,
    host: Annotated[str, typer.Option(help="Loopback address. 回环地址。")] = "127.0.0.1",
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes. 进程数。")] = 2,
    empty: Annotated[bool, typer.Option("--empty", help="No demo data. 不载入示例。")] = False,
) -> None:
    """Start the platform and serve until stopped."""
    plan = launching.Plan(
        data=(data or default_data()).absolute(), port=port, host=host, workers=workers, empty=empty
    )
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
