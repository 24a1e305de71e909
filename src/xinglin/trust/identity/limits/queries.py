"""Attempts and known devices in the database, so that all processes count together.

migrations: attempt, device.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from xinglin.kernel.database import Database

_ENTER = """
insert into attempt as a (key, count, last, until) values ($1, 1, $2, $2)
on conflict (key) do update set
  count = case when a.last < $2::timestamptz - interval '1 hour' then 1 else a.count + 1 end,
  last = $2,
  until = case when a.last < $2::timestamptz - interval '1 hour' or a.count + 1 < $3 then $2
    else $2 + least($4::interval * power(2, least(a.count + 1 - $3, 20)), $5) end
where a.until <= $2
returning count
"""


async def enter(
    db: Database, key: bytes, now: datetime, *, free: int, step: timedelta, most: timedelta
) -> bool:
    """Count an attempt before it is made, so that many at once count too; False: not now.

    From the attempt number ``free`` on the next one has to wait, twice as long each time.
    """
    return await db.fetchval(_ENTER, key, now, free, step, most) is not None


async def until(db: Database, key: bytes) -> datetime | None:
    """When the next attempt may be made."""
    return await db.fetchval("select until from attempt where key = $1", key)


async def clear(db: Database, key: bytes) -> None:
    """It was the right one."""
    await db.execute("delete from attempt where key = $1", key)


async def give_back(db: Database, key: bytes, now: datetime) -> None:
    """One attempt less: many people sign in from one address."""
    await db.execute(
        "update attempt set count = greatest(count - 1, 0), until = $2 where key = $1", key, now
    )


async def known(db: Database, device: bytes, account: str) -> bool:
    """Whether the account of this folded name has signed in on the device."""
    return bool(
        await db.fetchval(
            "select true from device d join account a on a.id = d.account"
            " where d.hash = $1 and a.folded = $2",
            device,
            account,
        )
    )


async def remember(db: Database, device: bytes, account: int, now: datetime) -> None:
    """The account has signed in on the device."""
    await db.execute(
        "insert into device (hash, account, first, last) values ($1, $2, $3, $3)"
        " on conflict (hash, account) do update set last = $3",
        device,
        account,
        now,
    )


async def sweep(db: Database, now: datetime) -> None:
    """What no longer counts."""
    await db.execute(
        "delete from attempt where last < $1::timestamptz - interval '1 day' and until < $1", now
    )
    await db.execute("delete from device where last < $1::timestamptz - interval '400 days'", now)
