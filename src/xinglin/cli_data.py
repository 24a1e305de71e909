"""The commands that look after the data: backup, restore, upgrade-data.

docs/howto/backup.md; the work is done in kernel/backup.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from xinglin.kernel import backup as kernel_backup
from xinglin.kernel.errors import Invalid, Issue
from xinglin.kernel.settings import load

app = typer.Typer()
_console = Console(stderr=True, highlight=False)

Data = Annotated[Path | None, typer.Option(help="Data directory. 数据目录。")]
Until = Annotated[
    str | None,
    typer.Option(help="Moment with zone, such as 2026-03-01T08:30:00+08:00. 带时区的时刻。"),
]


def _folder(data: Path | None) -> Path:
    return data.absolute() if data else load(None, os.environ).data_dir()


@app.command(help="Copy the database while it is in use. 在线备份数据库。")
def backup(
    target: Annotated[Path, typer.Argument(help="Folder of the backups. 备份目录。")],
    data: Data = None,
) -> None:
    """Make a base backup, verify it, and archive the log from now on."""
    with _console.status("backup / 备份") as status:
        made = kernel_backup.back_up(_folder(data), target.absolute(), status.update)
    _console.print(f"[green]✓[/green] {made.bytes >> 20} MiB")
    print(made.folder)  # noqa: T201 - the answer of the command, for scripts


@app.command(help="Restore a backup into an empty directory. 将备份恢复到空目录。")
def restore(
    folder: Annotated[Path, typer.Argument(help="A finished backup. 完整的备份。")],
    data: Annotated[Path, typer.Option(help="Empty directory. 空目录。")],
    until: Until = None,
    archive: Annotated[
        Path | None, typer.Option(help="Archived log, if it was moved. 归档日志（若已移动）。")
    ] = None,
) -> None:
    """Restore everything there is, or the state of a moment."""
    moment = _moment(until) if until else None
    with _console.status("restore / 恢复") as status:
        kernel_backup.restore(folder.absolute(), data.absolute(), moment, archive, status.update)
    _console.print(f"[green]✓[/green] xinglin up --data {data}", soft_wrap=True)


@app.command("upgrade-data", help="Carry data over to this PostgreSQL. 升级数据到本版数据库。")
def upgrade_data(
    data: Data = None,
    old_bin: Annotated[
        Path | None, typer.Option(help="Programs of the old PostgreSQL. 旧版程序目录。")
    ] = None,
) -> None:
    """Dump with the old programs, restore with the new ones, keep the old directory."""
    with _console.status("upgrade / 升级") as status:
        kept = kernel_backup.upgrade_data(_folder(data), old_bin, status.update)
    _console.print(f"[green]✓[/green] kept / 保留: {kept}", soft_wrap=True)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Invalid(
            Issue(
                "value",
                f"{text!r} is no moment with a zone. Write it like 2026-03-01T08:30:00+08:00.",
                f"{text!r} 不是带时区的时刻。请写成 2026-03-01T08:30:00+08:00 的形式。",
            )
        )
    return moment
