"""``xinglin catalogue``: load the starter catalogues, or an operator's formulary.

docs/howto/load-a-formulary.md; docs/adr/0012-drug-dictionary.md
"""

from __future__ import annotations

import asyncio
import csv
from pathlib import Path  # noqa: TC003  typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.table import Table

from xinglin.cli_common import Data, Token, Url, console, server_of, settings_of
from xinglin.group import catalogue
from xinglin.group.catalogue import formulary as catalogue_formulary
from xinglin.group.catalogue import sheets as catalogue_sheets
from xinglin.kernel.errors import Issue, Malformed
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
    if not report.searchable:
        console.print(
            "条目已入库，索引仍在重建，稍后即可按名称检索;"
            " entries are in, they can be searched for when re-indexing is through"
        )
    console.print("草案，未经临床批准 draft: not clinically approved")


@app.command(help="Compare and load your own formulary. 比对并载入本院药品目录。")
def formulary(  # noqa: PLR0917  the options of a command
    path: Annotated[Path, typer.Argument(help="XLSX or CSV. 表格文件。")],
    data: Data = None,
    url: Url = None,
    token: Token = None,
    apply: Annotated[
        bool, typer.Option("--apply", help="Write it, in one transaction. 写入。")
    ] = False,
    partial: Annotated[
        bool, typer.Option("--partial", help="The file is not all of it. 文件不是完整目录。")
    ] = False,
    replace_starter: Annotated[
        bool, typer.Option("--replace-starter", help="Retire starter drugs too. 停用起始药品。")
    ] = False,
    without_refused: Annotated[
        bool, typer.Option("--without-refused", help="Leave refused rows out. 略过被拒绝的行。")
    ] = False,
    report: Annotated[Path | None, typer.Option(help="All lines as CSV. 全部明细。")] = None,
) -> None:
    """Show what a formulary would change; with --apply do it, wholly or not at all."""
    if not path.is_file():
        raise Malformed(Issue("not-found", f"There is no file {path}", f"找不到文件 {path}"))
    read = catalogue_formulary.read(path)
    if read.unknown:
        console.print(f"未识别的列 columns not used: {', '.join(read.unknown)}")

    async def work(target: Remote) -> tuple[catalogue_formulary.Preview, int]:
        found = await catalogue_formulary.preview(
            target, read, partial=partial, replace_starter=replace_starter
        )
        if not apply or (read.refused and not without_refused):
            return found, 0
        return found, await catalogue_formulary.apply(target, found)

    with console.status("比对 comparing"):
        found, written = _run(data, url, token, work)
    _show(found)
    if report:
        _write(found, report)
        console.print(f"→ {report}")
    if apply and read.refused and not without_refused:
        console.print(
            "[red]有被拒绝的行，未写入任何内容；请修改文件，或加 --without-refused[/red]\n"
            "[red]Rows are refused and nothing was written; mend the file, or add "
            "--without-refused[/red]"
        )
        raise typer.Exit(2)
    if apply:
        console.print(f"已写入 written: {written:,}")
    else:
        console.print("仅预览，加 --apply 写入 only a preview; --apply writes it")


_MARKS: Final[dict[catalogue_formulary.Kind, str]] = {
    "new": "新增 new",
    "changed": "变更 changed",
    "same": "未变 same",
    "gone": "停用 gone",
    "refused": "拒绝 refused",
}


def _show(found: catalogue_formulary.Preview) -> None:
    console.print(", ".join(f"{text} {found.count(kind):,}" for kind, text in _MARKS.items()))
    told = [one for one in found.changes if one.kind != "same"]
    if not told:
        return
    table = Table("", "行 row", "编码 code", "名称 name", "说明 what")
    for one in sorted(told, key=lambda one: one.kind != "refused")[:SHOWN]:
        what = one.zh if one.zh == one.en else f"{one.zh} {one.en}".strip()
        table.add_row(_MARKS[one.kind], str(one.row or ""), one.code, one.name, what)
    console.print(table)
    if len(told) > SHOWN:
        console.print(f"… {len(told) - SHOWN:,} 更多 more (--report)")


def _write(found: catalogue_formulary.Preview, path: Path) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["kind", "row", "code", "name", "说明", "what"])
        for one in found.changes:
            writer.writerow([one.kind, one.row or "", one.code, one.name, one.zh, one.en])


@app.command(help="List a catalogue's terms. 列出目录中的名称。")
def terms(
    name: Annotated[str, typer.Argument(help="routes, forms, frequencies, units … 名称。")],
) -> None:
    """List the codes and names of a plain list, such as routes."""
    try:
        rows = catalogue_sheets.sheet(name).rows
    except FileNotFoundError:
        known = ", ".join(sorted(one.name for one in catalogue_sheets.everything()))
        raise Malformed(
            Issue(
                "not-found",
                f"There is no list '{name}'; there are: {known}",
                f"没有列表“{name}”；可用的有：{known}",
            )
        ) from None
    for row in rows:
        print(row["code"], row.get("zh", ""), row.get("en", ""), sep="\t")  # noqa: T201


@app.command(help="Check the packaged catalogues. 检查随附目录。")
def check() -> None:
    """Check that the packaged data do not contradict themselves; exit 1 where they do."""
    found = catalogue.check()
    for one in found:
        console.print(f"{one.place}: {one.zh} {one.en}", markup=False)
    console.print(f"{len(found):,} 处矛盾 contradictions")
    raise typer.Exit(1 if found else 0)
