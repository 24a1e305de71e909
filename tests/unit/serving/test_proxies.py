"""X-Forwarded-* is believed from the proxies that the settings name, and from nobody else."""

from __future__ import annotations

from typing import Any

import pytest

from xinglin.kernel.errors import Invalid
from xinglin.serving.proxies import Proxies

FORWARDED = [
    (b"host", b"inside:8080"),
    (b"x-forwarded-for", b"198.51.100.9, 203.0.113.5"),
    (b"x-forwarded-proto", b"https"),
    (b"x-forwarded-host", b"xinglin.example"),
]


def scope(client: str, headers: list[tuple[bytes, bytes]] = FORWARDED) -> dict[str, Any]:
    return {"type": "http", "client": (client, 1), "scheme": "http", "headers": headers}


def seen(named: str, client: str, **given: Any) -> tuple[str, str, bytes]:
    found = Proxies(named).seen(scope(client, **given))
    return found["client"][0], found["scheme"], dict(found["headers"])[b"host"]


def test_from_the_proxy():
    wanted = ("203.0.113.5", "https", b"xinglin.example")
    assert seen("10.0.0.0/8, 192.0.2.1", "10.1.2.3") == wanted
    assert seen("10.0.0.0/8", "::ffff:10.1.2.3") == wanted


@pytest.mark.parametrize(("named", "client"), [("", "10.1.2.3"), ("10.0.0.0/8", "11.1.2.3")])
def test_from_anybody_else(named: str, client: str):
    assert seen(named, client) == (client, "http", b"inside:8080")


def test_a_client_cannot_put_itself_in_front():
    headers = [(b"host", b"x"), (b"x-forwarded-for", b"127.0.0.1, 203.0.113.5, 10.0.0.2")]
    assert seen("10.0.0.0/8", "10.0.0.1", headers=headers)[0] == "203.0.113.5"


@pytest.mark.parametrize("chain", [b"", b"unknown", b"203.0.113.5, rubbish"])
def test_an_address_that_is_none(chain: bytes):
    headers = [(b"host", b"x"), (b"x-forwarded-for", chain), (b"x-forwarded-proto", b"gopher")]
    assert seen("10.0.0.1", "10.0.0.1", headers=headers) == ("10.0.0.1", "http", b"x")


def test_settings_that_name_no_network():
    with pytest.raises(Invalid, match="no address"):
        Proxies("10.0.0.0/8, proxy.example")
