"""``xinglin token`` and ``xinglin account``: the commands of whoever owns the data directory.

Design, section 5 (set-up contract); docs/howto/accounts.md.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import structs

from xinglin.kernel import database
from xinglin.kernel.clock import SystemClock
from xinglin.kernel.settings import Settings, load
from xinglin.serving import borrow
from xinglin.trust import identity

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

Data = Annotated[Path | None, typer.Option(help="Data directory. 数据目录。")]


def register(app: typer.Typer) -> None:
    """Put the commands into the main one."""
    app.command(help="Print a bearer token for scripts. 为脚本打印访问令牌。")(token)


def token(
    user: Annotated[str, typer.Option(help="Account name. 账号名。")],
    data: Data = None,
    position: Annotated[int | None, typer.Option(help="Number of a position. 岗位编号。")] = None,
    scope: Annotated[list[str] | None, typer.Option(help="SMART scope. SMART 权限范围。")] = None,
    minutes: Annotated[
        int, typer.Option(min=1, max=366 * 24 * 60, help="How long it is good. 有效分钟数。")
    ] = identity.MINUTES,
) -> None:
    """Print a token and nothing else."""
    settings = _settings(data)

    async def make(dsn: str) -> str:
        async with _opened(settings, dsn) as found:
            return await identity.issue(
                found,
                user,
                SystemClock().now(),
                position=position,
                scopes=scope or (),
                minutes=minutes,
            )

    with borrow.database(settings) as dsn:
        made = asyncio.run(make(dsn))
    print(made)  # noqa: T201 - the answer of the command, for scripts


@contextlib.asynccontextmanager
async def _opened(settings: Settings, dsn: str) -> AsyncGenerator[database.Database]:
    """The database, made ready where it never was."""
    await database.migrate(dsn)
    await database.initialise(dsn, settings.node, settings.timezone)
    async with await database.Database.open(dsn, max_size=2) as found:
        yield found


def _settings(data: Path | None) -> Settings:
    folder = data.absolute() if data else load(None, os.environ).data_dir()
    file = folder / "xinglin.toml"
    found = load(file if file.exists() else None, os.environ)
    return structs.replace(found, data=str(folder))
