"""The commands of the audit trail: ``xinglin audit verify``.

docs/howto/audit.md; the work is done in trust/audit.
"""

from __future__ import annotations

import asyncio
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from xinglin.cli_common import Data, console, settings_of
from xinglin.kernel.database import Database
from xinglin.serving import borrow
from xinglin.trust.audit import heads
from xinglin.trust.audit.verify import Chain, Report, verify

app = typer.Typer(help="The audit trail. 审计记录。", no_args_is_help=True)

Heads = Annotated[
    list[Path] | None,
    typer.Option("--heads", help="More heads: a witness's file or folder. 见证方的链头文件。"),
]
Keys = Annotated[
    list[Path] | None,
    typer.Option("--key", help="Public key, kept elsewhere, to trust alone. 另存的公钥。"),
]


@app.callback()
def _root() -> None:
    """Keep `verify` a command of its own even while it is alone."""


@app.command("verify", help="Prove that no row was tampered with. 校验审计记录未被篡改。")
def verify_(data: Data = None, more: Heads = None, key: Keys = None) -> None:
    """Exit 0: everything that a signed head covers is as it was written; 1: something is not."""
    settings = settings_of(data)
    folder = settings.data_dir()
    keys = heads.public_keys(key or [*(folder / "keys").glob("audit*.p*")])
    sources = [folder / heads.FOLDER, *(more or [])]
    told = chain.from_iterable(heads.read(one) for one in sources if one.exists())
    with borrow.database(settings) as dsn, console.status("校验 verifying") as status:
        count = 0

        def walked(rows: int) -> None:
            nonlocal count
            count += rows
            status.update(f"{count:,} rows 行")

        async def run() -> Report:
            async with await Database.open(dsn, max_size=2) as database:
                return await verify(database, told, keys, walked)

        report = asyncio.run(run())
    for one in report.chains:
        console.print(_chain(one), soft_wrap=True)
    for found in report.findings:
        console.print(f"[red]✗ {found.zh}\n  {found.en}[/red]", soft_wrap=True)
    if report.fine:
        console.print("[green]✓[/green] 未发现篡改; nothing was tampered with")
    raise typer.Exit(0 if report.fine else 1)


def _chain(one: Chain) -> str:
    head = f"链 chain {one.writer}: {one.rows:,} 行 rows"
    if not one.anchored:
        return f"{head}; 尚无签名链头 not anchored yet: {one.open:,}"
    until = f"; 锚定至 anchored to {one.anchored:,} ({one.anchored_at})"
    return head + until + f"; 尚未锚定 not anchored yet: {one.open:,}"
