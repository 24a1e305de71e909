"""``xinglin client``: programs that may act for people or by themselves.

docs/howto/register-a-program.md; SMART App Launch 2.2, section 2.0.3.
"""

from __future__ import annotations

import asyncio
from pathlib import Path  # noqa: TC003  typer reads the annotations
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from xinglin.cli_common import Data, console, settings_of
from xinglin.kernel import database
from xinglin.kernel.clock import SystemClock
from xinglin.serving import borrow, tls
from xinglin.trust import smart
from xinglin.trust.policy import shipped

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")
client = typer.Typer(help="Programs with access. 接入程序管理。", no_args_is_help=True)

Id = Annotated[str, typer.Argument(help="Name of the program (client_id). 程序标识。")]


def register(app: typer.Typer) -> None:
    """Put the commands into the main one."""
    app.add_typer(client, name="client")


@client.command(help="Register a program, or change it. 登记或修改程序。")
def add(  # noqa: PLR0917  the options of a command
    id_: Id,
    data: Data = None,
    zh: Annotated[str, typer.Option(help="Chinese name. 中文名。")] = "",
    en: Annotated[str, typer.Option(help="English name. 英文名。")] = "",
    redirect: Annotated[list[str] | None, typer.Option(help="Way back, exact. 回调地址。")] = None,
    scope: Annotated[str, typer.Option(help="All it may ask for. 可申请的权限范围。")] = "",
    launch: Annotated[str, typer.Option(help="Where our pages open it. 启动地址。")] = "",
    logout: Annotated[str, typer.Option(help="Told when a session ends. 注销通知地址。")] = "",
    secret: Annotated[bool, typer.Option("--secret", help="With a secret. 使用密钥串。")] = False,
    jwks: Annotated[Path | None, typer.Option(help="File of its public keys. 公钥文件。")] = None,
    jwks_uri: Annotated[str, typer.Option(help="Address of its public keys. 公钥地址。")] = "",
    user: Annotated[str, typer.Option(help="Account it acts as by itself. 代表的账号。")] = "",
    trusted: Annotated[bool, typer.Option("--trusted", help="Ask nobody. 免确认。")] = False,
    introspects: Annotated[
        bool, typer.Option("--introspects", help="May ask about all tokens. 可查验令牌。")
    ] = False,
) -> None:
    """Print the secret, once, where it has one."""
    kind: smart.Kind = "key" if jwks or jwks_uri else "secret" if secret else "public"
    wanted = smart.Client(
        id=id_,
        name_zh=zh,
        name_en=en,
        kind=kind,
        jwks=jwks.read_text(encoding="utf-8") if jwks else "",
        jwks_uri=jwks_uri,
        redirects=tuple(redirect or ()),
        launch_uri=launch,
        logout_uri=logout,
        scopes=scope,
        trusted=trusted,
        introspects=introspects,
    )
    made = _with_register(data, lambda one: one.add(wanted, user))
    console.print(f"[green]✓[/green] {id_} ({kind})")
    if made:
        print(made)  # noqa: T201 - the answer of the command, for scripts


@client.command("list", help="List programs. 列出程序。")
def list_(data: Data = None) -> None:
    """Names, never secrets."""
    table = Table("client", "name 名称", "kind 类型", "scope 范围", "redirect 回调")
    for one in _with_register(data, lambda found: found.list()):
        table.add_row(
            one.id, one.name_zh or one.name_en, one.kind, one.scopes, " ".join(one.redirects)
        )
    Console(highlight=False).print(table)


@client.command(help="Remove a program; its tokens end. 移除程序及其令牌。")
def remove(id_: Id, data: Data = None) -> None:
    """It is known no more."""
    _with_register(data, lambda one: one.remove(id_))
    console.print(f"[green]✓[/green] {id_}")


@client.command("rotate-key", help="Sign identity tokens by a new key. 更换签名密钥。")
def rotate_key(data: Data = None) -> None:
    """Programs still know the keys of before; the processes notice within a minute."""
    smart.Keys(tls.ring(settings_of(data))).rotate()
    console.print("[green]✓[/green]")


def _with_register(data: Path | None, work: Callable[[smart.Register], Awaitable[T]]) -> T:
    settings = settings_of(data)

    async def run(dsn: str) -> T:
        await database.migrate(dsn)
        await database.initialise(dsn, settings.node, settings.timezone)
        async with await database.Database.open(dsn, max_size=2) as found:
            return await work(smart.Register(found, SystemClock(), shipped()))

    with borrow.database(settings) as dsn:
        return asyncio.run(run(dsn))
