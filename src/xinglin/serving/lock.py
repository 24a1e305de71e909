"""One server per data directory, one program per port: said before anything is started.

flock(2); RFC 6890 section 2.2.2 for loopback.
"""

from __future__ import annotations

import fcntl
import ipaddress
import os
import socket
from typing import TYPE_CHECKING, TextIO

from xinglin.kernel.errors import Conflict, Forbidden, Issue

from . import tls
from .proxies import Proxies

if TYPE_CHECKING:
    from pathlib import Path

    from xinglin.kernel.settings import Settings


def check_host(settings: Settings) -> None:
    """Refuse to be reached from elsewhere in clear: that takes TLS here or in a proxy in front."""
    host = settings.host
    if is_loopback(host) or tls.found(settings) or Proxies(settings.tls.proxies):
        return
    raise Forbidden(
        Issue(
            "security",
            f"Will not listen on {host} in clear: only loopback (127.0.0.1) is served without TLS. "
            "Run `xinglin tls init --host NAME`, or name your certificate (tls.certificate, "
            "tls.key) or the proxies in front (tls.proxies).",
            f"不会在 {host} 上以明文提供服务：未启用 TLS 时只在回环地址（127.0.0.1）监听。"
            "请运行 `xinglin tls init --host 主机名`，或设置自有证书（tls.certificate、tls.key）"
            "或前置代理（tls.proxies）。",
        )
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def usable_port(host: str, port: int) -> int:
    """The port, or a free one for 0; refuses one that another program listens on.

    Workers share their port among each other, so binding it would not tell them.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            return probe.getsockname()[1]
        except OSError as error:
            raise Conflict(
                Issue(
                    "conflict",
                    f"Port {port} on {host} is not free ({error.strerror}); "
                    "choose another with --port",
                    f"{host} 的端口 {port} 不可用（{error.strerror}）；请用 --port 另选一个",
                )
            ) from None


def hold(data_dir: Path, address: str) -> TextIO:
    """Lock a data directory for as long as the returned file is open; raises Conflict."""
    data_dir.mkdir(parents=True, exist_ok=True)
    held = (data_dir / "server.lock").open("a+")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        held.seek(0)
        owner = (held.read().split() or ["?"])[0]
        held.close()
        raise Conflict(
            Issue(
                "conflict",
                f"{data_dir} is in use by the server with process number {owner}; "
                "stop it, or choose another directory with --data",
                f"{data_dir} 正被进程号 {owner} 的服务使用；请先停止它，或用 --data 另选目录",
            )
        ) from None
    held.truncate(0)
    held.write(f"{os.getpid()} {address}\n")
    held.flush()
    return held


def served_at(data_dir: Path) -> str | None:
    """The address of the server that holds a data directory now."""
    try:
        held = (data_dir / "server.lock").open()
    except FileNotFoundError:
        return None
    with held:
        try:
            fcntl.flock(held, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return held.read().split()[1]
    return None
