"""``xinglin terminology``: load an operator's code files, list what is loaded.

https://hl7.org/fhir/R4/codesystem.html; docs/howto/load-national-codes.md
"""

from __future__ import annotations

import asyncio
from pathlib import Path  # noqa: TC003  typer reads the annotations
from typing import Annotated

import typer
from rich.table import Table

from xinglin import terminology
from xinglin.cli_common import Data, console, settings_of
from xinglin.kernel.database import Database
from xinglin.kernel.errors import Issue, Malformed
from xinglin.serving import borrow

app = typer.Typer(help="Code systems of an operator. 载入与查看代码系统。", no_args_is_help=True)

SHOWN = 20


@app.command("load", help="Load a code file. 载入代码文件。")
def load_(  # noqa: PLR0917  the options of a command
    path: Annotated[Path, typer.Argument(help="CSV, TSV or XLSX. 代码文件。")],
    kind: Annotated[str, typer.Option(help=", ".join(terminology.KINDS))],
    version: Annotated[str, typer.Option(help="Version of the file. 版本。")],
    source: Annotated[str, typer.Option(help="Where it is from, under which terms. 来源。")],
    system: Annotated[str, typer.Option(help="Another address for the system. 系统标识。")] = "",
    data: Data = None,
) -> None:
    """Load one version of a system, or nothing; rows that cannot be taken are listed."""
    if kind not in terminology.KINDS:
        known = ", ".join(terminology.KINDS)
        raise Malformed(
            Issue(
                "value",
                f"There is no kind '{kind}'; there are: {known}",
                f"没有类型“{kind}”；可用的有：{known}",
            )
        )
    if not path.is_file():
        raise Malformed(Issue("not-found", f"There is no file {path}", f"找不到文件 {path}"))
    with borrow.database(settings_of(data)) as dsn, console.status("载入 loading"):
        report = asyncio.run(_load(dsn, path, kind, version=version, source=source, system=system))
    console.print(f"{report.system}|{report.version}: {report.concepts:,} 代码 codes")
    if report.refused:
        table = Table("row", "code", "why", title=f"未载入 not taken: {len(report.refused):,}")
        for one in report.refused[:SHOWN]:
            table.add_row(str(one.row), one.code, f"{one.zh} {one.en}")
        console.print(table)
        raise typer.Exit(2)


async def _load(
    dsn: str, path: Path, kind: str, *, version: str, source: str, system: str
) -> terminology.LoadReport:
    async with await Database.open(dsn) as database:
        return await terminology.load(
            database, path, kind, version=version, source=source, system=system
        )


@app.command("list", help="Code systems that are loaded. 已载入的代码系统。")
def list_(data: Data = None) -> None:
    """List loaded systems with version, source and number of codes."""
    with borrow.database(settings_of(data)) as dsn:
        found = asyncio.run(_list(dsn))
    table = Table("system", "version", "codes", "source")
    for system, count in found:
        table.add_row(system.url, system.version, f"{count:,}", system.source)
    console.print(table)


async def _list(dsn: str) -> list[tuple[terminology.CodeSystem, int]]:
    async with await Database.open(dsn) as database:
        return await terminology.loaded(database)
