"""``xinglin policy``: roles as they are, relations compared with the records and made anew.

docs/howto/write-a-policy.md; the work is done in trust/policy.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from xinglin.cdr.assembly import assemble
from xinglin.cli_common import Data, console, settings_of
from xinglin.kernel.clock import SystemClock
from xinglin.kernel.database import Database
from xinglin.loading import console as console_reports
from xinglin.serving import borrow
from xinglin.trust import policy
from xinglin.trust.policy import agreement, sealing
from xinglin.trust.policy.relations import Relations

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

app = typer.Typer(help="Roles and relations to patients. 角色与医患关系。", no_args_is_help=True)


@app.command("roles", help="The roles, and what each may do. 角色及其权限。")
def roles_(
    code: Annotated[str, typer.Argument(help="One role. 角色代码。")] = "",
    data: Data = None,
) -> None:
    """List the roles, those of the site included, or the scopes of one; a mistake is told."""
    known = policy.load(settings_of(data).data_dir() / "roles")
    if code and known.get(code) is not None:
        for one in known.limited(code):
            console.print(f"{one.relation:16} {one.scope}", markup=False)
        return
    table = Table("role", "角色", "name", "scopes", "version")
    for role in known:
        count = len(known.limited(role.code))
        table.add_row(role.code, role.name.zh, role.name.en, str(count), role.version)
    console.print(table)
    raise typer.Exit(1 if code else 0)


@app.command("check", help="Compare relations with the records. 核对医患关系。")
def check_(data: Data = None) -> None:
    """Exit 0 where the relations say what the records say; 1 where not."""
    _run(data, repair=False)


@app.command("rebuild", help="Make relations anew from the records. 重建医患关系。")
def rebuild_(data: Data = None) -> None:
    """Put right what is wrong, page by page, while the platform is in use."""
    _run(data, repair=True)


def _run(data: Path | None, *, repair: bool) -> None:
    with borrow.database(settings_of(data)) as dsn, console_reports.progress(console) as shown:
        bar = shown.add_task("医患关系 relations", total=None, told="")

        def told(done: int, total: int) -> None:
            shown.update(bar, completed=done, total=max(total, done, 1))

        found, sealed = asyncio.run(_compare(dsn, told, repair=repair))
    console.print(
        f"{found.looked_at:,} 记录 records: {found.missing:,} 缺 missing, "
        f"{found.surplus:,} 多 surplus; {sealed:,} 保密患者 confidential patients"
    )
    raise typer.Exit(0 if repair or (found.fine and not sealed) else 1)


async def _compare(
    dsn: str, told: Callable[[int, int], None], *, repair: bool
) -> tuple[agreement.Agreement, int]:
    async with await Database.open(dsn, min_size=1, max_size=4) as database:
        repository = (await assemble(database, SystemClock())).repository
        context = repository.context
        try:
            found = await agreement.compare(context, Relations(context), told, repair=repair)
            sealed = await sealing.compare(context, sealing.Sealing(context), repair=repair)
        finally:
            await repository.close()
    return found, sealed
