"""The ``xinglin`` command.

Design, section 5 (set-up contract).
"""

from __future__ import annotations

import asyncio
from pathlib import Path  # noqa: TC003  typer reads the annotations
from typing import Annotated

import typer

from xinglin import (
    cli_account,
    cli_audit,
    cli_catalogue,
    cli_client,
    cli_data,
    cli_demo,
    cli_keys,
    cli_policy,
    cli_terminology,
)
from xinglin.cli_common import Data, Token, Url, console, server_of, settings_of
from xinglin.kernel import telemetry
from xinglin.kernel.errors import Refusal
from xinglin.loading import checking, exporting, importing, reindexing, sources
from xinglin.loading import console as console_reports
from xinglin.loading.client import Client, Server
from xinglin.loading.institution import establish
from xinglin.loading.journal import Journal
from xinglin.serving import borrow, doctor
from xinglin.serving import up as launching
from xinglin.simulator import World, files

app = typer.Typer(
    name="xinglin",
    help="An open information platform for a hospital group. 开放的医院集团信息平台。",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(cli_data.app)
cli_account.register(app)
cli_client.register(app)
app.add_typer(cli_audit.app, name="audit")
cli_keys.register(app)
app.add_typer(cli_terminology.app, name="terminology")
app.add_typer(cli_policy.app, name="policy")
app.add_typer(cli_catalogue.app, name="catalogue")
cli_demo.register(app)


@app.callback()
def _root() -> None:
    """Keep `up` a command of its own even while it is alone."""


@app.command(help="Start the platform. 启动平台。")
def up(
    data: Data = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port. 端口。")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on. 监听地址。")] = None,
    processes: Annotated[int | None, typer.Option(min=1, max=64, help="进程数。")] = None,
    empty: Annotated[bool, typer.Option("--empty", help="No demo data. 不载入示例。")] = False,
) -> None:
    """Start the platform and serve until stopped."""
    settings = settings_of(data, port=port, host=host, processes=processes)
    telemetry.configure_logs(settings.log)
    plan = launching.plan(settings, empty=empty)
    launching.up(plan, lambda text: _tell(text, empty=empty))


def _tell(text: str, *, empty: bool) -> None:
    """Standard output is for scripts, which wait for its line; people are told beside it."""
    print(text, flush=True)  # noqa: T201
    address = text.removeprefix("ready ")
    if address == text:
        return
    if empty:
        console.print(
            "  首位管理员 first administrator: .venv/bin/xinglin account add NAME"
            " --role group-administrator\n"
            "  脚本令牌 token for scripts:      .venv/bin/xinglin token --user admin",
            soft_wrap=True,
        )
        return
    console.print(
        f"[bold]杏林 Xinglin[/bold]  {address}\n"
        "  登录 sign in     点击一个示例账号，每种角色一个; click a demonstration account, one for"
        " each role\n"
        "  浏览器 browser   按姓名、拼音首字母（zxy）或号码查找患者;"
        " find a patient, open the chart\n"
        f"  接口 API         {address}/fhir/metadata\n"
        "  令牌 token       .venv/bin/xinglin token --user admin\n"
        "  导入 import      .venv/bin/xinglin import FOLDER\n"
        "  示例医院在后台载入，期间可正常使用; the synthetic hospital loads meanwhile\n"
        "  非医疗器械，患者均为虚构; not a medical device, every patient is invented\n"
        "  Ctrl-C 停止 stops",
        soft_wrap=True,
    )


@app.command("import", help="Import files of resources. 导入资源文件。")
def import_(  # noqa: PLR0917  the options of a command
    paths: Annotated[list[Path], typer.Argument(help="Files or folders. 文件或目录。")],
    data: Data = None,
    url: Url = None,
    token: Token = None,
    institution: Annotated[
        str | None, typer.Option(help="Test institution they belong to. 所属测试机构。")
    ] = None,
    stand_ins: Annotated[
        bool,
        typer.Option("--stand-ins", help="Make what is missing. 补建缺失的引用对象。"),
    ] = False,
    journal: Annotated[Path | None, typer.Option(help="Where it left off. 进度文件。")] = None,
    report: Annotated[Path | None, typer.Option(help="What was refused. 拒绝清单。")] = None,
) -> None:
    """Import bundles, NDJSON and single resources, packed or not, in dependency order."""
    settings = settings_of(data)
    folder = settings.data_dir()
    found = sources.find(paths)
    with (
        server_of(settings, url, token) as server,
        Journal(journal or folder / "import.journal") as noted,
    ):
        tally = asyncio.run(_import(server, found, noted, institution, stand_ins))
    console_reports.report(console, tally)
    if tally.refused:
        path = report or folder / "import-refused.ndjson"
        importing.write_report(tally, path)
        console.print(f"→ {path}")
        raise typer.Exit(2)


async def _import(
    server: Server,
    found: list[sources.Source],
    journal: Journal,
    institution: str | None,
    stand_ins: bool,
) -> importing.Tally:
    with console_reports.progress(console) as shown:
        ordering = shown.add_task("查看 looking", total=len(found), told="")
        waves = sources.in_order(found, lambda _: shown.advance(ordering))
        shown.remove_task(ordering)
        acting = None
        if institution:
            async with Client(server) as client:
                acting = await establish(client, institution)
        async with Client(server, acting) as client:
            watch = console_reports.Bar(shown)
            return await importing.run(
                client, waves, journal, institution or "", watch, stand_in=stand_ins
            )


@app.command(help="Write the synthetic hospital group as NDJSON. 生成合成数据文件。")
def simulate(
    folder: Annotated[Path, typer.Argument(help="Where the files go. 目标目录。")],
    patients: Annotated[int, typer.Option(min=1, help="How many patients. 患者数。")] = 2000,
    seed: Annotated[int, typer.Option(help="Same seed, same bytes. 随机种子。")] = 1,
) -> None:
    """Write one file for each type, without a server; `import` reads them."""
    with console_reports.progress(console) as shown:
        task = shown.add_task("生成 making", total=patients, told="")
        world = World(seed, patients)
        counts = files.write(world, folder, lambda done: shown.update(task, completed=done))
    for type_, count in sorted(counts.items()):
        console.print(f"{count:>10,}  {folder / type_}.ndjson")


@app.command("export", help="Export everything as NDJSON. 导出为 NDJSON。")
def export_(  # noqa: PLR0917  the options of a command
    folder: Annotated[Path, typer.Argument(help="Where the files go. 目标目录。")],
    data: Data = None,
    url: Url = None,
    token: Token = None,
    types: Annotated[str, typer.Option("--type", help="Types, by comma. 类型。")] = "",
    since: Annotated[str | None, typer.Option(help="Changed since. 起始时刻。")] = None,
) -> None:
    """Export into a folder, one file for each type."""
    with (
        server_of(settings_of(data), url, token) as server,
        console.status("导出 exporting") as shown,
    ):
        manifest = asyncio.run(exporting.run(server, folder, types.split(","), since, shown.update))
    for one in manifest.output:
        console.print(f"{one.count:>10,}  {folder / one.url.rpartition('/')[2]}")


@app.command(help="Check files without a server. 离线校验文件。")
def validate(
    paths: Annotated[list[Path], typer.Argument(help="Files or folders. 文件或目录。")],
    warnings: Annotated[bool, typer.Option(help="Show warnings. 显示警告。")] = False,
) -> None:
    """Validate structure, codes, references and invariants; exit 1 where there are errors."""
    resources = errors = 0
    for source in sources.find(paths):
        for said in checking.check(source):
            resources += 1
            for one in said:
                bad = one.issue.severity in ("error", "fatal")
                errors += bad
                if bad or warnings:
                    where = f"{one.file} {one.place}".strip()
                    console.print(f"{one.issue.severity}: {where}: {one.issue.en}", markup=False)
    console.print(f"{resources:,} checked 已校验, {errors:,} errors 错误")
    raise typer.Exit(1 if errors else 0)


@app.command(help="Index again, with new search parameters. 重建索引。")
def reindex(
    data: Data = None,
    url: Url = None,
    token: Token = None,
    types: Annotated[str, typer.Option("--type", help="Types, by comma. 类型。")] = "",
) -> None:
    """Make index rows anew while the server is in use."""
    with (
        server_of(settings_of(data), url, token) as server,
        console_reports.progress(console) as shown,
    ):
        task = shown.add_task("重建索引 indexing", total=None, told="")
        wanted = [one for one in types.split(",") if one]

        def report(done: int, total: int) -> None:
            shown.update(task, completed=done, total=max(total, done, 1))

        state = asyncio.run(reindexing.run(server, wanted, report))
    console.print(state)
    raise typer.Exit(0 if state == "done" else 1)


@app.command(name="doctor", help="Check the set-up. 检查安装与数据。")
def doctor_(
    data: Data = None,
    deep: Annotated[bool, typer.Option("--deep", help="Compare indexes too. 核对索引。")] = False,
    repair: Annotated[
        bool, typer.Option("--repair", help="Compare and mend; writers wait. 核对并修复。")
    ] = False,
) -> None:
    """Check machine, database and, with --deep, that the indexes agree with the bodies."""
    settings = settings_of(data)
    found = doctor.machine(settings)
    with borrow.database(settings) as dsn:
        found += asyncio.run(doctor.database(dsn))
        if deep or repair:
            with console.status("核对索引 comparing") as shown:
                found += asyncio.run(
                    doctor.agreement(
                        dsn,
                        settings,
                        lambda done: shown.update(f"{done:,} resources"),
                        repair=repair,
                    )
                )
    for one in found:
        mark = {True: "[green]✓[/green]", False: "[red]✗[/red]", None: "[yellow]·[/yellow]"}
        console.print(f"{mark[one.fine]} {one.name}:", one.told)
    raise typer.Exit(1 if any(one.fine is False for one in found) else 0)


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
