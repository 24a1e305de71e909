"""The commands of keys: ``tls init``, ``keys rotate``, ``keys list``, ``verify-signature``.

docs/howto/tls.md, docs/adr/0014-signatures.md; the work is done in serving/tls and trust/signing.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path  # noqa: TC003  typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import typer

from xinglin.cli_common import Data, console, settings_of
from xinglin.kernel.clock import SystemClock
from xinglin.kernel.database import Database
from xinglin.kernel.keyring import fingerprint
from xinglin.serving import borrow, tls
from xinglin.trust import identity
from xinglin.trust.policy import shipped
from xinglin.trust.signing import Keys, authority, certificates, evidence

if TYPE_CHECKING:
    from xinglin.kernel.settings import Settings

_tls = typer.Typer(help="TLS certificates. TLS 证书。", no_args_is_help=True)
_keys = typer.Typer(help="Secret keys. 密钥。", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Make the commands part of ``xinglin``."""
    app.add_typer(_tls, name="tls")
    app.add_typer(_keys, name="keys")
    app.command("verify-signature", help="Verify signed evidence offline. 离线验证签名。")(verify)


@_tls.callback()
def _root() -> None:
    """Keep `init` a command of its own even while it is alone."""


@_tls.command(help="Make an authority and a certificate. 生成内部 CA 与服务器证书。")
def init(
    host: Annotated[list[str], typer.Option("--host", help="Name or address. 主机名或地址。")],
    data: Data = None,
) -> None:
    """Make them, or renew the certificate under the authority there is."""
    settings = settings_of(data)
    root = tls.init(settings, host, datetime.now(UTC))
    files = tls.found(settings)
    assert files is not None  # noqa: S101  made just now
    made = tls.leaf(files)
    certificate = authority.read_roots(root.parent, root.name)[0]
    console.print(
        f"[green]✓[/green] {', '.join(tls.names(files))}\n"
        f"  至 until {made.not_valid_after_utc.date().isoformat()}\n"
        f"  请将 {root} 安装为受信任的根证书；核对指纹:\n"
        f"  install {root} as a trusted root where browsers run; compare its fingerprint:\n"
        f"  {fingerprint(certificates.der(certificate))}\n"
        "  下次启动时生效; takes effect at the next start: xinglin up --host 0.0.0.0",
        soft_wrap=True,
    )
    print(root)  # noqa: T201  the answer of the command, for scripts


@_keys.command("list", help="The keys there are. 列出密钥。")
def list_(data: Data = None) -> None:
    """Names, never contents."""
    for name in tls.ring(settings_of(data)).names():
        print(name)  # noqa: T201  the answer of the command, for scripts


@_keys.command(help="Seal all keys under a new master key. 更换主密钥。")
def rotate(
    data: Data = None,
    passphrase: Annotated[
        bool, typer.Option("--passphrase", help="Ask for a new passphrase. 输入新口令。")
    ] = False,
) -> None:
    """While the platform runs: its processes notice."""
    fresh: str | None = None
    if passphrase:
        fresh = typer.prompt("口令 passphrase", hide_input=True, confirmation_prompt=True)
    count = tls.ring(settings_of(data)).rotate(fresh)
    console.print(f"[green]✓[/green] {count} keys 个密钥")
    if fresh is not None:
        console.print("  XINGLIN_KEYS_PASSPHRASE")


@_keys.command(help="Revoke a signer's certificates. 吊销签名证书。")
def revoke(
    user: Annotated[str, typer.Option(help="Whose. 用户名。")],
    reason: Annotated[
        str, typer.Option(help="keyCompromise, cessationOfOperation, … 原因。")
    ] = "cessationOfOperation",
    data: Data = None,
) -> None:
    """Nothing that is signed with them from now on is good; what is time-stamped stays so."""
    settings = settings_of(data)
    with borrow.database(settings) as dsn:
        count = asyncio.run(_revoke(settings, dsn, user, reason))
    console.print(f"[green]✓[/green] {count}")


async def _revoke(settings: Settings, dsn: str, user: str, reason: str) -> int:
    async with await Database.open(dsn, max_size=2) as database:
        clock = SystemClock()
        account = await identity.Clerk(database, clock, shipped()).account(user)
        ring = tls.ring(settings)
        issuer = authority.Authority(ring, settings.signing.organization, clock)
        return await Keys(database, ring, issuer, clock).revoke(account.id, reason)


def verify(
    file: Annotated[Path, typer.Argument(help="Evidence ($evidence). 证据文件。")],
    root: Annotated[
        list[Path] | None, typer.Option("--root", help="Root you trust (PEM). 信任的根证书。")
    ] = None,
    data: Data = None,
) -> None:
    """Exit 0 where every signature is valid, else 1. Without network, without a database."""
    folder = settings_of(data).data_dir() / "keys" / authority.TRUST
    roots = [one for path in root or () for one in authority.read_roots(path.parent, path.name)]
    package = evidence.read(file)
    verdicts = package.verdicts(roots or authority.read_roots(folder), datetime.now(UTC))
    for one in verdicts:
        good = one.outcome == "valid"
        console.print(
            f"{'[green]✓[/green]' if good else '[red]✗[/red]'} {one.outcome}: {one.zh}\n"
            f"  {one.en}\n"
            f"  {one.name} ({one.who}) · {one.target} · {one.at or one.claimed}",
            soft_wrap=True,
        )
    if not roots and not folder.is_dir():
        console.print(f"  --root? {', '.join(package.roots())}", soft_wrap=True)
    print(verdicts[0].outcome if len(verdicts) == 1 else _worst(verdicts))  # noqa: T201
    raise typer.Exit(0 if all(one.outcome == "valid" for one in verdicts) else 1)


def _worst(verdicts: list[evidence.Verdict]) -> str:
    order = ("altered", "unknown", "revoked", "expired", "valid")
    return min((one.outcome for one in verdicts), key=order.index)
