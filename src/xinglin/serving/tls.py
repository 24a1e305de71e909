"""The certificate the platform is reached by: one's own, or of an authority made by one command.

RFC 9325 (recommendations for TLS); RFC 9525 (names). docs/howto/tls.md.
"""

from __future__ import annotations

import ipaddress
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from xinglin.kernel.errors import Invalid, Issue, NotFound
from xinglin.kernel.keyring import Keyring
from xinglin.trust.signing import authority, certificates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xinglin.kernel.settings import Settings

FOLDER = "tls"
ROOT = "root.pem"
ALWAYS = ("localhost", "127.0.0.1", "::1")
ROOT_LASTS = timedelta(days=365 * 10)
LASTS = timedelta(days=397)  # browsers take no longer ones
_ROOT_KEY = "tls-root"


class Files(msgspec.Struct, frozen=True):
    """What the server needs. The key is not sealed: the server underneath cannot open it."""

    certificate: Path
    key: Path


def ring(settings: Settings) -> Keyring:
    """The keys of a data directory."""
    master = settings.keys.master
    return Keyring(
        settings.data_dir() / "keys",
        settings.keys.passphrase,
        Path(master).expanduser().absolute() if master else None,
    )


def found(settings: Settings) -> Files | None:
    """The certificate that the settings name, or the one made here; raises NotFound."""
    asked = settings.tls
    if asked.certificate or asked.key:
        files = Files(Path(asked.certificate).expanduser(), Path(asked.key).expanduser())
        for path in (files.certificate, files.key):
            if not path.is_file():
                raise _missing(path)
        return files
    made = settings.data_dir() / FOLDER / "server.pem"
    return Files(made, made.with_name("server.key")) if made.is_file() else None


def opened(settings: Settings) -> Files | None:
    """The same, looked at; raises Invalid where it would not serve."""
    files = found(settings)
    if files is not None:
        check(files, datetime.now().astimezone())
    return files


def leaf(files: Files) -> x509.Certificate:
    """The server's own certificate; raises Invalid."""
    try:
        return x509.load_pem_x509_certificates(files.certificate.read_bytes())[0]
    except ValueError:
        raise Invalid(
            Issue(
                "value",
                f"{files.certificate} holds no certificate in PEM form",
                f"{files.certificate} 中没有 PEM 格式的证书",
            )
        ) from None


def check(files: Files, now: datetime) -> None:
    """Refuse a certificate that no browser would take."""
    certificate = leaf(files)
    if b"ENCRYPTED" in files.key.read_bytes():
        raise Invalid(
            Issue(
                "not-supported",
                f"{files.key} is sealed by a password, which the server cannot open. Store it "
                "unsealed (PKCS #8), readable by the platform alone.",
                f"{files.key} 以密码加密，服务器无法打开。请以未加密的 PKCS #8 形式存放，"
                "且仅本平台可读。",
            )
        )
    if not certificates.covers(certificate, now):
        end = certificate.not_valid_after_utc.date().isoformat()
        raise Invalid(
            Issue(
                "expired",
                f"The certificate {files.certificate} is not good today (it ends {end}). "
                "Renew it: `xinglin tls init --host NAME` makes a new one.",
                f"证书 {files.certificate} 目前无效（有效期至 {end}）。"
                "请更新：`xinglin tls init --host 主机名` 可生成新证书。",
            )
        )


def names(files: Files) -> list[str]:
    """The names and addresses a certificate is for."""
    try:
        said = leaf(files).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    addresses = said.get_values_for_type(x509.IPAddress)
    return [*said.get_values_for_type(x509.DNSName), *map(str, addresses)]


def init(settings: Settings, hosts: Sequence[str], now: datetime) -> Path:
    """Make the authority where there is none, and a certificate for these names; returns the root.

    Running it again renews the certificate under the same root.
    """
    keys = ring(settings)
    owner = settings.signing.organization
    kept = keys.ensure(_ROOT_KEY, lambda: _root(owner, now))
    root_key, root = authority.unpack(kept)
    folder = settings.data_dir() / FOLDER
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    wanted = list(dict.fromkeys([*hosts, *ALWAYS]))
    key = ec.generate_private_key(ec.SECP256R1())
    subject = certificates.name(wanted[0], owner)
    until = min(now + LASTS, root.not_valid_after_utc)
    made = certificates.serving(
        subject, key.public_key(), map(_general, wanted), now, until, (root, root_key)
    )
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    _write(folder / "server.key", plain, 0o600)
    _write(folder / "server.pem", certificates.pem(made), 0o644)
    _write(folder / ROOT, certificates.pem(root), 0o644)
    return folder / ROOT


def _root(owner: str, now: datetime) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = certificates.name(f"{owner} TLS root", owner)
    return authority.pack(key, certificates.authority(subject, key, now, now + ROOT_LASTS))


def _general(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        return x509.DNSName(host.encode("idna").decode())
    except UnicodeError:
        raise Invalid(
            Issue("value", f"{host[:80]!r} is no name of a host", f"{host[:80]!r} 不是有效的主机名")
        ) from None


def _write(path: Path, content: bytes, mode: int) -> None:
    part = path.with_name(f".{path.name}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    part.replace(path)


def _missing(path: Path) -> NotFound:
    return NotFound(
        Issue(
            "not-found",
            f"{path} is not there; tls.certificate and tls.key name two PEM files",
            f"{path} 不存在；tls.certificate 与 tls.key 应指向两个 PEM 文件",
        )
    )
