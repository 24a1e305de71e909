"""The certificate of the server: made by one command, renewed, checked; who may listen where."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from xinglin.kernel.errors import Forbidden, Invalid, NotFound
from xinglin.kernel.settings import Settings
from xinglin.kernel.settings_trust import TlsSettings
from xinglin.serving import lock, tls

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime.now(UTC)
EVERYWHERE = "0.0.0.0"  # noqa: S104  what is refused or secured here


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=str(tmp_path), host=EVERYWHERE)


def test_made_and_opened(settings: Settings):
    root = tls.init(settings, ["xinglin.test", "10.0.0.7", "医院.example"], NOW)
    files = tls.opened(settings)
    assert files is not None
    names = tls.names(files)
    assert {
        "xinglin.test",
        "10.0.0.7",
        "医院".encode("idna").decode() + ".example",
        "127.0.0.1",
    } <= set(names)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    assert files.key.stat().st_mode & 0o777 == 0o600
    files.key.write_bytes(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    with pytest.raises(Invalid, match="sealed by a password"):
        tls.opened(settings)
    ssl.create_default_context(cafile=root)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl program")
def test_openssl_takes_it(settings: Settings):
    root = tls.init(settings, ["xinglin.test"], NOW)
    files = tls.opened(settings)
    assert files is not None
    asked = ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", str(root)]
    for name, code in (("xinglin.test", 0), ("other.test", 2)):
        done = subprocess.run(
            [*asked, "-verify_hostname", name, str(files.certificate)],
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == code, done.stderr


def test_renewed_under_the_same_root(settings: Settings):
    root = tls.init(settings, ["xinglin.test"], NOW).read_bytes()
    files = tls.opened(settings)
    assert files is not None
    before = tls.leaf(files)
    assert tls.init(settings, ["xinglin.test"], NOW).read_bytes() == root
    assert tls.leaf(files).serial_number != before.serial_number


def test_a_certificate_that_is_over(settings: Settings):
    tls.init(settings, ["xinglin.test"], NOW - timedelta(days=500))
    with pytest.raises(Invalid, match="not good today"):
        tls.opened(settings)


def test_no_name_of_a_host(settings: Settings):
    with pytest.raises(Invalid):
        tls.init(settings, ["x" * 70 + ".test"], NOW)


def test_files_that_are_not_there(tmp_path: Path):
    named = TlsSettings(certificate=str(tmp_path / "c"), key=str(tmp_path / "k"))
    with pytest.raises(NotFound):
        tls.found(Settings(data=str(tmp_path), tls=named))
    (tmp_path / "c").write_text("rubbish")
    (tmp_path / "k").write_text("rubbish")
    with pytest.raises(Invalid, match="no certificate"):
        tls.opened(Settings(data=str(tmp_path), tls=named))


def test_elsewhere_than_loopback_takes_tls_or_a_proxy(settings: Settings, tmp_path: Path):
    for host in (EVERYWHERE, "192.0.2.1", "example.org", "::"):
        with pytest.raises(Forbidden, match="in clear"):
            lock.check_host(Settings(data=str(tmp_path), host=host))
    for host in ("127.0.0.1", "::1", "localhost", "127.1.2.3"):
        lock.check_host(Settings(data=str(tmp_path), host=host))
    lock.check_host(
        Settings(data=str(tmp_path), host=EVERYWHERE, tls=TlsSettings(proxies="10.0.0.1"))
    )
    tls.init(settings, ["xinglin.test"], NOW)
    lock.check_host(settings)
