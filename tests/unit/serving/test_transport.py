"""Every answer carries the headers that protect it; a page may say more, never less."""

from __future__ import annotations

import json
from typing import Any

import pytest

from xinglin.kernel.settings import Settings
from xinglin.kernel.settings_trust import LimitSettings, TlsSettings
from xinglin.serving.transport import ALWAYS, Transport


async def answered(
    settings: Settings,
    *headers: tuple[bytes, bytes],
    client: str = "127.0.0.1",
    times: int = 1,
    own: tuple[tuple[bytes, bytes], ...] = (),
    scheme: str = "http",
) -> tuple[int, dict[bytes, bytes], bytes]:
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": list(own)})
        await send({"type": "http.response.body", "body": b"x"})

    async def send(message: Any) -> None:
        sent.append(message)

    transport = Transport(app, settings)
    for _ in range(times):
        sent.clear()
        scope = {
            "type": "http",
            "client": (client, 1),
            "scheme": scheme,
            "path": "/fhir",
            "method": "GET",
            "headers": list(headers),
        }
        await transport(scope, None, send)  # type: ignore[arg-type]
    names = [name for name, _ in sent[0]["headers"]]
    assert len(names) == len(set(names))
    return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"]


async def test_always():
    _, headers, _ = await answered(Settings())
    assert set(ALWAYS) <= set(headers.items())
    assert b"strict-transport-security" not in headers
    assert b"sandbox" in headers[b"content-security-policy"]


async def test_a_page_says_more():
    own = ((b"content-security-policy", b"default-src 'self'"),)
    _, headers, _ = await answered(Settings(), own=own)
    assert headers[b"content-security-policy"] == b"default-src 'self'"


@pytest.mark.parametrize(("host", "told"), [(b"xinglin.example", True), (b"localhost:1", False)])
async def test_under_tls(host: bytes, told: bool):
    _, headers, _ = await answered(Settings(), (b"host", host), scheme="https")
    assert (b"strict-transport-security" in headers) is told


async def test_under_the_tls_of_a_proxy():
    forwarded = ((b"host", b"a"), (b"x-forwarded-proto", b"https"))
    settings = Settings(tls=TlsSettings(proxies="10.0.0.1"))
    _, headers, _ = await answered(settings, *forwarded, client="10.0.0.1")
    assert b"strict-transport-security" in headers
    _, headers, _ = await answered(settings, *forwarded, client="10.0.0.2")
    assert b"strict-transport-security" not in headers


async def test_too_much_is_told_in_the_language_of_the_asker():
    settings = Settings(limits=LimitSettings(client_burst=2))
    chinese = (b"accept-language", b"zh-CN")
    status, headers, body = await answered(settings, chinese, client="203.0.113.5", times=3)
    assert status == 429
    assert int(headers[b"retry-after"]) >= 1
    assert b"x-content-type-options" in headers
    issue = json.loads(body)["issue"][0]
    assert issue["code"] == "throttled"
    assert "请求过于频繁" in issue["details"]["text"]
