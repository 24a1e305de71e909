"""PINs in the database: each for one account on one device, until the shift is over.

migrations: pin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from xinglin.kernel.database import Connection, Database

    Source = Connection | Database

TRIES = 4


async def known(source: Source, device: bytes, account: int, now: datetime) -> bool:
    """Whether the account has a PIN on the device."""
    return bool(
        await source.fetchval(
            "select true from pin where device = $1 and account = $2 and until > $3",
            device,
            account,
            now,
        )
    )


async def put(source: Source, device: bytes, account: int, hash_: str, until: datetime) -> None:
    """A PIN in place of the one before."""
    await source.execute(
        "insert into pin (device, account, hash, until) values ($1, $2, $3, $4)"
        " on conflict (device, account) do update set hash = $3, until = $4, failed = 0",
        device,
        account,
        hash_,
        until,
    )


async def enter(
    source: Source, device: bytes, folded: str, now: datetime
) -> tuple[int, str, datetime] | None:
    """Count a try before it is made; account, hash and end, None where there is no PIN.

    After `TRIES` wrong ones the PIN is no more, and it takes a full sign-in.
    """
    row = await source.fetchrow(
        "update pin set failed = failed + 1 from account a where a.id = pin.account and a.active"
        " and pin.device = $1 and a.folded = $2 and pin.until > $3 and pin.failed < $4"
        " returning pin.account, pin.hash, pin.until",
        device,
        folded,
        now,
        TRIES,
    )
    return (row["account"], row["hash"], row["until"]) if row else None


async def right(source: Source, device: bytes, account: int) -> None:
    """The PIN was right."""
    await source.execute(
        "update pin set failed = 0 where device = $1 and account = $2", device, account
    )


async def forget(source: Source, account: int) -> None:
    """The account has no PIN any more: its password is new, or it was closed."""
    await source.execute("delete from pin where account = $1", account)


async def users(source: Source, device: bytes, now: datetime) -> list[tuple[str, str, str]]:
    """Name, Chinese and English name of those who may come back on a device."""
    rows = await source.fetch(
        "select a.name, a.name_zh, a.name_en from pin join account a on a.id = pin.account"
        " where pin.device = $1 and pin.until > $2 and pin.failed < $3 and a.active"
        " order by a.name",
        device,
        now,
        TRIES,
    )
    return [(row["name"], row["name_zh"], row["name_en"]) for row in rows]


async def shift_end(source: Source, device_session: int) -> datetime | None:
    """Until when a PIN set in this session holds: the end of the shift of its full sign-in."""
    return await source.fetchval(
        "select expires from session where id = $1"
        " and method in ('password', 'passkey', 'provider')",
        device_session,
    )
