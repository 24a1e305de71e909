"""Back-off by where the attempts come from, never by the account alone.

So nobody can lock a colleague out: a device that the account knows is counted by itself, and an
attacker's failures count against the attacker's address.
"""

from __future__ import annotations

import hashlib
import ipaddress
import math
import random
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec

from xinglin.kernel.errors import Issue, TooMany

from . import queries

if TYPE_CHECKING:
    from xinglin.kernel.clock import Clock
    from xinglin.kernel.database import Database

FREE = 5  # attempts on an account from one place before waiting begins
FREE_ADDRESS = 30  # attempts from one address on any accounts
STEP = timedelta(seconds=5)
MOST = timedelta(minutes=15)


class Source(msgspec.Struct, frozen=True):
    """Where an attempt comes from. ``device`` is the hash of the device's cookie, if it has one."""

    address: str
    device: bytes | None = None


class Counted(msgspec.Struct, frozen=True):
    """The keys under which an attempt was counted."""

    mine: bytes
    address: bytes | None


class Limiter:
    """One for each process; the counts are in the database."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def enter(self, name: str, source: Source) -> Counted:
        """Count an attempt on an account (by its folded name, there or not); raises TooMany."""
        counted = await self._keys(name, source)
        if counted.address:
            await self._count(counted.address, FREE_ADDRESS)
        await self._count(counted.mine, FREE)
        return counted

    async def succeeded(self, counted: Counted) -> None:
        """The attempt was right: what it counted is given back."""
        await queries.clear(self._db, counted.mine)
        if counted.address:
            await queries.give_back(self._db, counted.address, self._clock.now())
        if random.random() < 0.01:  # noqa: S311  only so that it is done now and then
            await queries.sweep(self._db, self._clock.now())

    async def remember(self, device: bytes, account: int) -> None:
        """The account has signed in on this device."""
        await queries.remember(self._db, device, account, self._clock.now())

    async def _keys(self, name: str, source: Source) -> Counted:
        if source.device and await queries.known(self._db, source.device, name):
            return Counted(_key("device", name, source.device.hex()), None)
        place = network(source.address)
        return Counted(_key("account", name, place), _key("address", place))

    async def _count(self, key: bytes, free: int) -> None:
        now = self._clock.now()
        if await queries.enter(self._db, key, now, free=free, step=STEP, most=MOST):
            return
        until = await queries.until(self._db, key)
        wait = max(1, math.ceil((until - now).total_seconds())) if until else 1
        raise TooMany(
            Issue(
                "throttled",
                f"Too many attempts from here. Try again in {wait} seconds.",
                f"此处尝试次数过多，请在 {wait} 秒后再试。",
            ),
            headers={"Retry-After": str(wait)},
        )


def network(address: str) -> str:
    """What one attacker has at hand: an IPv4 address, the /64 of an IPv6 one."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is None:
        return str(ipaddress.ip_network((ip, 64), strict=False))
    return str(getattr(ip, "ipv4_mapped", None) or ip)


def _key(*parts: str) -> bytes:
    return hashlib.sha256("\0".join(parts).encode()).digest()
