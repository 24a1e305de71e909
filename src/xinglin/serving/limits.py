"""How much one client may ask: token buckets in each process, by address and by account.

RFC 6585 section 4 (429); RFC 9110 section 10.2.3 (Retry-After).
"""

from __future__ import annotations

import ipaddress
import math
import time
from functools import lru_cache
from typing import TYPE_CHECKING

from xinglin.kernel.errors import Issue, TooMany

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from xinglin.cdr.access import Access
    from xinglin.cdr.http import Request, Scope
    from xinglin.kernel.settings_trust import LimitSettings

    Authorise = Callable[[Request], Awaitable[Access]]

KEPT = 20_000  # clients remembered by a process
# Addresses at which a secret is tried.
TRIES = (
    *("/auth/sign-in", "/auth/step-up", "/auth/switch", "/auth/demo", "/auth/pin"),
    *(
        "/auth/password",
        "/auth/passkey",
        "/auth/token",
        "/auth/oauth",
        "/signing/enrol",
        "/signing/unlock",
    ),
)


class Buckets:
    """One bucket for each key; the least recently used are forgotten first."""

    def __init__(self, rate: float, burst: int, now: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._burst = float(burst)
        self._now = now
        self._left: dict[str, tuple[float, float]] = {}

    def wait(self, key: str) -> float:
        """Take one token: 0, or the seconds until there is one again."""
        if not self._rate:
            return 0.0
        now = self._now()
        left, at = self._left.pop(key, (self._burst, now))
        left = min(self._burst, left + (now - at) * self._rate)
        passes = left >= 1.0
        if len(self._left) >= KEPT:
            del self._left[next(iter(self._left))]
        self._left[key] = (left - 1.0 if passes else left, now)
        return 0.0 if passes else (1.0 - left) / self._rate


class Limits:
    """The limits of one process."""

    def __init__(self, settings: LimitSettings, now: Callable[[], float] = time.monotonic) -> None:
        self._clients = Buckets(settings.client_rate, settings.client_burst, now)
        self._accounts = Buckets(settings.account_rate, settings.account_burst, now)
        self._tries = Buckets(settings.sign_in_rate, settings.sign_in_burst, now)

    def check(self, scope: Scope) -> None:
        """Count a request of an address; raises TooMany."""
        key = place(scope)
        if key is None:
            return
        wait = self._clients.wait(key)
        path: str = scope["path"]
        if not wait and scope["method"] == "POST" and path.startswith(TRIES):
            wait = self._tries.wait(key)
        if wait:
            raise _too_many(wait)

    def authorising(self, authorise: Authorise) -> Authorise:
        """The same, and each request is counted for the account it was let in as."""

        async def limited(request: Request) -> Access:
            access = await authorise(request)
            if access.account and place(request.scope) is not None:
                wait = self._accounts.wait(str(access.account))
                if wait:
                    raise _too_many(wait)
            return access

        return limited


def place(scope: Scope) -> str | None:
    """What counts as one client: an IPv4 address, an IPv6 network of a site; None: this machine."""
    client = scope.get("client")
    return _place(client[0]) if client else None


@lru_cache(maxsize=8192)
def _place(text: str) -> str | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            address = address.ipv4_mapped
        elif not address.is_loopback:
            return str(ipaddress.ip_network((int(address), 64), strict=False))
    return None if address.is_loopback else str(address)


def _too_many(wait: float) -> TooMany:
    seconds = max(1, math.ceil(wait))
    return TooMany(
        Issue(
            "throttled",
            f"Too many requests. Wait {seconds} s, then go on more slowly.",
            f"请求过于频繁。请等待 {seconds} 秒后放慢速度再试。",
        ),
        headers={"Retry-After": str(seconds)},
    )
