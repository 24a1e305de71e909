"""Proxies in front: whom to believe about where a request comes from.

RFC 7239 section 8.1 (trust), for the older headers X-Forwarded-For, -Proto and -Host.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from xinglin.kernel.errors import Invalid, Issue

if TYPE_CHECKING:
    from xinglin.cdr.http import Scope

_FOR, _PROTO, _HOST = b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host"
_FORWARDED = frozenset((_FOR, _PROTO, _HOST))
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Proxies:
    """The proxies that the settings name."""

    def __init__(self, named: str) -> None:
        self._networks = [_network(one.strip()) for one in named.split(",") if one.strip()]

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._networks)

    def trusted(self, address: str) -> bool:
        """Whether an address is one of them."""
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return False
        if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
            found = found.ipv4_mapped
        return any(found in network for network in self._networks)

    def seen(self, scope: Scope) -> Scope:
        """The scope as the proxy saw it; from anybody else, and without a proxy, as it is."""
        peer = scope.get("client")
        if not self._networks or not peer or not self.trusted(peer[0]):
            return scope
        given = {name: value for name, value in scope["headers"] if name in _FORWARDED}
        if not given:
            return scope
        scope = dict(scope)
        if _FOR in given:
            scope["client"] = (self._client(given[_FOR].decode("latin-1"), peer[0]), 0)
        if given.get(_PROTO, b"").strip().lower() in (b"http", b"https"):
            scope["scheme"] = given[_PROTO].strip().lower().decode()
        if _HOST in given:
            host = (b"host", given[_HOST].split(b",")[-1].strip())
            scope["headers"] = [host, *(pair for pair in scope["headers"] if pair[0] != b"host")]
        return scope

    def _client(self, chain: str, peer: str) -> str:
        """The last address that no proxy of ours added for another of ours."""
        for one in reversed(chain.split(",")):
            address = one.strip()
            try:
                ipaddress.ip_address(address)
            except ValueError:
                break
            if not self.trusted(address):
                return address
            peer = address
        return peer


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise Invalid(
            Issue(
                "value",
                f"tls.proxies: {text[:60]!r} is no address and no network such as 10.0.0.0/24",
                f"tls.proxies：{text[:60]!r} 不是地址，也不是 10.0.0.0/24 这样的网段",
            )
        ) from None
