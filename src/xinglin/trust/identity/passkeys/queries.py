"""Passkeys and challenges in the database.

migrations: passkey, challenge, account.handle.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from uuid import UUID

    from xinglin.kernel.database import Connection, Database

    Source = Connection | Database

from datetime import datetime


class Passkey(msgspec.Struct, frozen=True):
    """One of an account."""

    id: int
    account: int
    credential: bytes
    public_key: bytes
    sign_count: int
    name: str
    created: datetime
    last: datetime | None


_COLUMNS = "id, account, credential, public_key, sign_count, name, created, last"


async def of_account(source: Source, account: int) -> list[Passkey]:
    """All of an account."""
    rows = await source.fetch(
        f"select {_COLUMNS} from passkey where account = $1 order by id", account
    )
    return [Passkey(*row.values()) for row in rows]


async def by_credential(source: Source, credential: bytes) -> Passkey | None:
    """The one with this credential id."""
    row = await source.fetchrow(f"select {_COLUMNS} from passkey where credential = $1", credential)
    return Passkey(*row.values()) if row else None


async def add(
    source: Source,
    account: int,
    credential: bytes,
    public_key: bytes,
    *,
    sign_count: int,
    name: str,
    now: datetime,
) -> bool:
    """A new one; False where the credential is known already."""
    made = await source.fetchval(
        "insert into passkey (account, credential, public_key, sign_count, name, created)"
        " values ($1, $2, $3, $4, $5, $6) on conflict (credential) do nothing returning id",
        account,
        credential,
        public_key,
        sign_count,
        name,
        now,
    )
    return made is not None


async def used(source: Source, one: Passkey, sign_count: int, now: datetime) -> bool:
    """Note its counter, unless another use came in between."""
    return bool(
        await source.fetchval(
            "update passkey set sign_count = $2, last = $3 where id = $1 and sign_count = $4"
            " returning true",
            one.id,
            sign_count,
            now,
            one.sign_count,
        )
    )


async def remove(source: Source, account: int, passkey: int) -> bool:
    """Whether there was one."""
    return bool(
        await source.fetchval(
            "delete from passkey where id = $1 and account = $2 returning true", passkey, account
        )
    )


async def handle(source: Source, account: int) -> UUID:
    """What the device knows the account by."""
    found: UUID | None = await source.fetchval("select handle from account where id = $1", account)
    assert found  # noqa: S101  the column is not null
    return found


async def challenge(
    source: Source, hash_: bytes, purpose: str, account: int | None, expires: datetime
) -> None:
    """Remember a challenge; those that are over go."""
    await source.execute(
        "delete from challenge where expires < $1::timestamptz - interval '1 hour'", expires
    )
    await source.execute(
        "insert into challenge (hash, purpose, account, expires) values ($1, $2, $3, $4)",
        hash_,
        purpose,
        account,
        expires,
    )


async def answered(
    source: Source, hash_: bytes, purpose: str, account: int | None, now: datetime
) -> bool:
    """A challenge is good once, for what it was made for."""
    return bool(
        await source.fetchval(
            "delete from challenge where hash = $1 and purpose = $2"
            " and account is not distinct from $3 and expires > $4 returning true",
            hash_,
            purpose,
            account,
            now,
        )
    )
