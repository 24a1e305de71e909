"""``xinglin token`` and ``xinglin account``: the commands of whoever owns the data directory.

Design, section 5 (set-up contract); docs/howto/accounts.md.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from xinglin.cli_common import Data, console, settings_of
from xinglin.kernel import database
from xinglin.kernel.clock import SystemClock
from xinglin.kernel.errors import Invalid, Issue, NotFound
from xinglin.serving import borrow
from xinglin.trust import identity
from xinglin.trust.policy import shipped

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable
    from pathlib import Path

    from xinglin.kernel.settings import Settings

T = TypeVar("T")
account = typer.Typer(help="Accounts. 账号管理。", no_args_is_help=True)

User = Annotated[str, typer.Argument(help="Account name. 账号名。")]
Role = Annotated[str | None, typer.Option(help="Role of a position. 岗位的角色。")]
Organization = Annotated[
    str | None, typer.Option(help="Organization/<id> of the campus. 院区的 Organization/<id>。")
]
Unit = Annotated[
    list[str] | None,
    typer.Option(help="Department or ward, Organization/<id> or Location/<id>. 科室或病区。"),
]


def register(app: typer.Typer) -> None:
    """Put the commands into the main one."""
    app.command(help="Print a bearer token for scripts. 为脚本打印访问令牌。")(token)
    app.add_typer(account, name="account")


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

    def make(found: database.Database) -> Awaitable[str]:
        return identity.issue(
            found,
            user,
            SystemClock().now(),
            position=position,
            scopes=scope or (),
            minutes=minutes,
        )

    print(_with_database(settings_of(data), make))  # noqa: T201 - the answer, for scripts


@account.command(help="Add an account; asks for its password. 新增账号并设置密码。")
def add(  # noqa: PLR0917  the options of a command
    user: User,
    data: Data = None,
    zh: Annotated[str, typer.Option(help="Chinese name. 中文名。")] = "",
    en: Annotated[str, typer.Option(help="English name. 英文名。")] = "",
    role: Role = None,
    organization: Organization = None,
    unit: Unit = None,
    practitioner: Annotated[str | None, typer.Option(help="Practitioner/<id>. 医务人员。")] = None,
    patient: Annotated[str | None, typer.Option(help="Patient/<id>. 患者本人。")] = None,
    no_password: Annotated[bool, typer.Option(help="Set it later. 暂不设密码。")] = False,
) -> None:
    """Add an account, with a position where a role is given."""
    password = None if no_password else _asked()

    async def make(clerk: identity.Clerk) -> None:
        await clerk.add(user, zh, en, practitioner=practitioner, patient=patient)
        if password is not None:
            await clerk.password(user, password)
        if role:
            await clerk.give(user, role, organization, unit or ())

    _as_clerk(data, make)
    _done(user)


@account.command("list", help="List accounts. 列出账号。")
def list_(data: Data = None) -> None:
    """All accounts, one a line, for people and for scripts."""
    table = Table("account 账号", "name 姓名", "positions 岗位", "last 最近登录", "state 状态")
    for one in _as_clerk(data, lambda clerk: clerk.list()):
        held = ", ".join(f"{it.position.id} {it.position.role}" for it in one.positions)
        last = f"{one.last:%Y-%m-%d %H:%M}Z" if one.last else "-"
        state = "" if one.account.active else "locked 已停用"
        name = one.account.name_zh or one.account.name_en
        table.add_row(one.account.name, name, held, last, state)
    Console(highlight=False).print(table)


@account.command(help="Close an account. 停用账号。")
def lock(user: User, data: Data = None) -> None:
    """Nobody signs in by it any more; what is signed in ends within two seconds."""
    _as_clerk(data, lambda clerk: clerk.lock(user))
    _done(user)


@account.command(help="Open an account again. 启用账号。")
def unlock(user: User, data: Data = None) -> None:
    """Open what was closed."""
    _as_clerk(data, lambda clerk: clerk.unlock(user))
    _done(user)


@account.command(help="Set a password, or make a link for it. 设置密码或生成一次性链接。")
def password(
    user: User,
    data: Data = None,
    link: Annotated[bool, typer.Option("--link", help="Print a link. 打印链接。")] = False,
    change: Annotated[
        bool, typer.Option("--change", help="To be changed at sign-in. 登录后须修改。")
    ] = False,
) -> None:
    """Ask for a new password; piped input is read without asking."""
    if link:
        secret, _ = _as_clerk(data, lambda clerk: clerk.link(user))
        print(f"/sign-in#link={secret}")  # noqa: T201 - the answer of the command
        return
    new = _asked()
    _as_clerk(data, lambda clerk: clerk.password(user, new, must_change=change))
    _done(user)


@account.command(help="Give a position, or end one. 授予或结束岗位。")
def position(  # noqa: PLR0917  the options of a command
    user: User,
    data: Data = None,
    role: Role = None,
    organization: Organization = None,
    unit: Unit = None,
    end: Annotated[int | None, typer.Option(help="Number of the one to end. 结束的编号。")] = None,
) -> None:
    """A role at an organisation, from now on."""
    if (role is None) == (end is None):
        raise Invalid(
            Issue(
                "value",
                "Give --role to add a position, or --end NUMBER to end one.",
                "请用 --role 授予岗位，或用 --end 编号 结束岗位。",
            )
        )
    if role is not None:
        given = role
        made = _as_clerk(data, lambda clerk: clerk.give(user, given, organization, unit or ()))
        print(made)  # noqa: T201 - the answer of the command, for scripts
        return
    if not _as_clerk(data, lambda clerk: clerk.take(user, end or 0)):
        raise NotFound(
            Issue(
                "not-found",
                f"{user} has no position {end} now; `xinglin account list` shows them.",
                f"{user} 目前没有编号为 {end} 的岗位；见 `xinglin account list`。",
            )
        )
    _done(user)


def _asked() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    return typer.prompt("password 密码", hide_input=True, confirmation_prompt=True)


def _done(user: str) -> None:
    console.print(f"[green]✓[/green] {user}")


def _as_clerk(data: Path | None, work: Callable[[identity.Clerk], Awaitable[T]]) -> T:
    settings = settings_of(data)

    def run(found: database.Database) -> Awaitable[T]:
        breached = settings.sign_in.breached_file
        return work(identity.Clerk(found, SystemClock(), shipped(), breached=breached))

    return _with_database(settings, run)


def _with_database(settings: Settings, work: Callable[[database.Database], Awaitable[T]]) -> T:
    async def run(dsn: str) -> T:
        async with _opened(settings, dsn) as found:
            return await work(found)

    with borrow.database(settings) as dsn:
        return asyncio.run(run(dsn))


@contextlib.asynccontextmanager
async def _opened(settings: Settings, dsn: str) -> AsyncGenerator[database.Database]:
    """The database, made ready where it never was."""
    await database.migrate(dsn)
    await database.initialise(dsn, settings.node, settings.timezone)
    async with await database.Database.open(dsn, max_size=2) as found:
        yield found
