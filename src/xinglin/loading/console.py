"""Progress and reports of loading, for people at a terminal.

https://rich.readthedocs.io/en/stable/progress.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

if TYPE_CHECKING:
    from rich.console import Console

    from .importing import Tally
    from .sources import Source

SHOWN = 20


def progress(console: Console) -> Progress:
    """A bar with a text before and after it."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}% {task.fields[told]}"),
        TimeRemainingColumn(),
        console=console,
    )


class Bar:
    """Follows an import on a progress bar; packed bytes are the measure."""

    def __init__(self, shown: Progress) -> None:
        self._shown = shown
        self._task = shown.add_task("", total=None, told="")

    def wave(self, number: int, of: int, size: int) -> None:
        """See `importing.Watch`."""
        self._shown.reset(self._task, total=size, description=f"导入 import {number}/{of}", told="")

    def file(self, source: Source, tally: Tally) -> None:
        """See `importing.Watch`."""
        told = f"{tally.done:,} resources" + (
            f", {len(tally.refused):,} refused" if tally.refused else ""
        )
        self._shown.update(self._task, advance=source.size, told=told)


def report(console: Console, tally: Tally) -> None:
    """The sum, and the first of what was refused."""
    console.print(
        f"{tally.done:,} resources imported, {tally.earlier:,} pieces were in already, "
        f"{len(tally.refused):,} refused.\n"
        f"导入 {tally.done:,} 个资源，{tally.earlier:,} 部分此前已导入，"
        f"拒绝 {len(tally.refused):,} 个。"
    )
    if not tally.refused:
        return
    table = Table("file", "entry", "status", "why", show_edge=False)
    for one in tally.refused[:SHOWN]:
        table.add_row(one.file.rpartition("/")[2], one.entry, str(one.status), one.why)
    console.print(table)
    if any(one.status == 412 for one in tally.refused):
        console.print(
            "What is referred to and not there can be made with --stand-ins.\n"
            "缺失的引用对象可用 --stand-ins 补建。"
        )
