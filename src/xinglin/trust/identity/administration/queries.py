"""Finding and changing accounts and positions, links that set a password.

migrations: account, position, password_link.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import asyncpg

    from xinglin.kernel.database import Connection, Database

    Source = Connection | Database

PAGE = 100
_NOW = "p.since <= $3 and $3 < p.until"


async def search(
    source: Source,
    words: str,
    campuses: Sequence[int] | None,
    now: datetime,
    *,
    most: int = PAGE,
) -> list[int]:
    """Numbers of accounts whose name has the words; of these campuses only, where given."""
    rows = await source.fetch(
        "select a.id from account a where ($1 = '' or strpos(a.folded, $1) > 0"
        " or strpos(lower(a.name_zh), $1) > 0 or strpos(lower(a.name_en), $1) > 0)"
        " and ($2::bigint[] is null or exists (select from position p where p.account = a.id"
        f" and p.organization = any($2) and {_NOW})) order by a.folded limit $4",
        words,
        None if campuses is None else list(campuses),
        now,
        most,
    )
    return [row["id"] for row in rows]


async def last_sign_in(source: Source, accounts: Sequence[int]) -> dict[int, datetime]:
    """When each of them signed in last."""
    rows: list[asyncpg.Record] = await source.fetch(
        "select account, max(created) at from session where account = any($1) group by account",
        list(accounts),
    )
    return {row["account"]: row["at"] for row in rows}


async def change(source: Source, account: int, values: dict[str, Any]) -> None:
    """Set columns of an account; their names come from the code."""
    columns = ", ".join(f"{name} = ${place}" for place, name in enumerate(values, 2))
    await source.execute(f"update account set {columns} where id = $1", account, *values.values())


async def end_position(source: Source, account: int, position: int, now: datetime) -> bool:
    """A position is over now; whether it was there."""
    return bool(
        await source.fetchval(
            "update position set until = greatest(since, $3) where id = $2 and account = $1"
            " and until > $3 returning true",
            account,
            position,
            now,
        )
    )


async def add(source: Source, hash_: bytes, account: int, expires: datetime) -> None:
    """A link that sets a password; those given out before are void."""
    await source.execute("delete from password_link where account = $1", account)
    await source.execute(
        "insert into password_link (hash, account, expires) values ($1, $2, $3)",
        hash_,
        account,
        expires,
    )


async def found(source: Source, hash_: bytes, now: datetime) -> int | None:
    """Whose password a link sets."""
    return await source.fetchval(
        "select account from password_link where hash = $1 and expires > $2", hash_, now
    )


async def use(source: Source, hash_: bytes) -> bool:
    """A link is good once."""
    return bool(
        await source.fetchval("delete from password_link where hash = $1 returning true", hash_)
    )


async def rid(source: Source, type_: int, id_: str) -> int | None:
    """The number of a resource that is there."""
    return await source.fetchval(
        "select rid from resource where type = $1 and id = $2 and ver > 0 and not deleted",
        type_,
        id_,
    )
