"""The platform under TLS of its own: reached by its names, by nothing weaker, with all headers."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
import warnings
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pytest

from xinglin.kernel.settings import Settings
from xinglin.serving import tls

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_served_by_tls(tmp_path: Path, dsn: str, launch: Callable[..., object]) -> None:
    data = tmp_path / "data"
    settings = Settings(data=str(data))
    root = tls.init(settings, ["xinglin.test"], datetime.now(UTC))
    running = launch(data, dsn=dsn)
    assert running.url.startswith("https://127.0.0.1:")
    context = ssl.create_default_context(cafile=root)
    port = urlsplit(running.url).port
    with httpx.Client(base_url=running.url, verify=context, trust_env=False) as client:
        answer = client.get("/fhir/metadata", headers={"host": f"xinglin.test:{port}"})
        assert answer.status_code == 200
        headers = answer.headers
        assert headers["strict-transport-security"].startswith("max-age=")
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in headers["content-security-policy"]
        page = client.get("/").headers
        assert "script-src 'self'" in page["content-security-policy"]
        assert "frame-ancestors 'none'" in page["content-security-policy"]
        assert page["cross-origin-opener-policy"] == "same-origin"
        assert client.get("/", headers={"host": "elsewhere.test"}).status_code == 421
        implementation = answer.json()["implementation"]["url"]
        assert implementation == f"https://xinglin.test:{port}/fhir"
    with pytest.raises(httpx.ConnectError):
        httpx.get(running.url, trust_env=False)
    assert port is not None
    _weak(port)
    done = subprocess.run(
        [sys.executable, "-m", "xinglin.cli", "export", str(tmp_path / "out"), "--data", data],
        env={"PATH": "/usr/bin", "XINGLIN_DATABASE_DSN": dsn},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def _weak(port: int) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that is why it must not work
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with (
        socket.create_connection(("127.0.0.1", port), 10) as plain,
        pytest.raises((ssl.SSLError, ConnectionError)),
        context.wrap_socket(plain),
    ):
        pass
