"""The SQL of signing: keys, their wraps, what is unlocked, what is revoked.

migrations/*_signing.sql
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from xinglin.kernel.database import Connection, Database


class Key(msgspec.Struct, frozen=True):
    """A row of signing_key."""

    id: int
    account: int
    who: str
    algorithm: str
    serial: str
    certificate: bytes
    chain: tuple[bytes, ...]
    private: bytes
    created: datetime
    expires: datetime
    state: str
    revoked: datetime | None
    reason: str


class Wrap(msgspec.Struct, frozen=True):
    """A row of signing_wrap."""

    account: int
    factor: str
    salt: bytes
    sealed: bytes
    failures: int
    until: datetime | None


_KEY = (
    "id, account, who, algorithm, serial, certificate, chain, private, created, expires, state, "
    "revoked, reason"
)


def _key(row: object) -> Key:
    return msgspec.convert(dict(row), Key, strict=False)  # type: ignore[call-overload]


async def hold(connection: Connection, account: int) -> None:
    """Have other changes to the keys of an account wait until this transaction ends."""
    await connection.execute("select pg_advisory_xact_lock(5316004, hashint8($1))", account)


async def active(source: Connection | Database, account: int) -> Key | None:
    """The key an account signs with."""
    row = await source.fetchrow(
        f"select {_KEY} from signing_key where account = $1 and state = 'active'", account
    )
    return _key(row) if row else None


async def keys(source: Connection | Database, account: int) -> list[Key]:
    """Every key an account ever had, newest first."""
    rows = await source.fetch(
        f"select {_KEY} from signing_key where account = $1 order by id desc", account
    )
    return [_key(row) for row in rows]


async def add_key(connection: Connection, key: Key) -> int:
    """Keep a key (its id is ignored); returns the id."""
    row = await connection.fetchrow(
        "insert into signing_key (account, who, algorithm, serial, certificate, chain, private, "
        "created, expires) values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning id",
        *(key.account, key.who, key.algorithm, key.serial, key.certificate, list(key.chain)),
        *(key.private, key.created, key.expires),
    )
    assert row is not None  # noqa: S101  an insert answers with its row
    return row[0]


async def supersede(connection: Connection, account: int) -> None:
    """The active key is replaced by a newer one; what it signed stays good."""
    await connection.execute(
        "update signing_key set state = 'superseded' where account = $1 and state = 'active'",
        account,
    )


async def revoke(connection: Connection, account: int, at: datetime, reason: str) -> int:
    """Revoke all keys of an account that are not yet; returns how many."""
    done = await connection.fetch(
        "update signing_key set state = 'revoked', revoked = $2, reason = $3 "
        "where account = $1 and state <> 'revoked' and expires > $2 returning id",
        *(account, at, reason),
    )
    await connection.execute("delete from signing_wrap where account = $1", account)
    await connection.execute("delete from signing_unlock where account = $1", account)
    return len(done)


async def revoked(source: Connection | Database) -> list[tuple[str, datetime, str]]:
    """(serial, since, reason) of everything that was revoked, expired certificates included."""
    rows = await source.fetch(
        "select serial, revoked, reason from signing_key where state = 'revoked' order by revoked"
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def wrap(source: Connection | Database, account: int, factor: str) -> Wrap | None:
    """How an account's key is wrapped under a factor."""
    row = await source.fetchrow(
        "select account, factor, salt, sealed, failures, until from signing_wrap "
        "where account = $1 and factor = $2",
        *(account, factor),
    )
    return Wrap(*row) if row else None


async def put_wrap(
    connection: Connection, account: int, factor: str, salt: bytes, sealed: bytes
) -> None:
    """Wrap it, in the place of what was there."""
    await connection.execute(
        "insert into signing_wrap (account, factor, salt, sealed) values ($1, $2, $3, $4) "
        "on conflict (account, factor) do update "
        "set salt = excluded.salt, sealed = excluded.sealed, failures = 0, until = null",
        *(account, factor, salt, sealed),
    )


async def drop_wraps(connection: Connection, account: int) -> None:
    """Forget how the key of an account is opened."""
    await connection.execute("delete from signing_wrap where account = $1", account)
    await connection.execute("delete from signing_unlock where account = $1", account)


async def factors(source: Connection | Database, account: int) -> list[str]:
    """By what an account's key can be opened."""
    rows = await source.fetch(
        "select factor from signing_wrap where account = $1 order by factor", account
    )
    return [row[0] for row in rows]


async def attempt(
    source: Connection | Database, account: int, factor: str, now: datetime, until: datetime
) -> bool:
    """Count an attempt before it is looked at; false where it must wait."""
    row = await source.fetchrow(
        "update signing_wrap set failures = least(failures + 1, 1000), "
        "until = case when failures >= 4 then $4::timestamptz end "
        "where account = $1 and factor = $2 and (until is null or until <= $3) returning failures",
        *(account, factor, now, until),
    )
    return row is not None


async def succeeded(source: Connection | Database, account: int, factor: str) -> None:
    """The attempt was right: nothing is held against the next."""
    await source.execute(
        "update signing_wrap set failures = 0, until = null where account = $1 and factor = $2",
        *(account, factor),
    )


async def put_unlock(  # noqa: PLR0917  the columns
    connection: Connection | Database,
    id_: bytes,
    account: int,
    session: int,
    sealed: bytes,
    expires: datetime,
) -> None:
    """Remember what was unlocked."""
    await connection.execute(
        "insert into signing_unlock (id, account, session, sealed, expires) "
        "values ($1, $2, $3, $4, $5)",
        *(id_, account, session, sealed, expires),
    )


async def unlock(
    source: Connection | Database, id_: bytes, now: datetime
) -> tuple[int, int, bytes] | None:
    """(account, session, sealed) of what is unlocked now."""
    row = await source.fetchrow(
        "select account, session, sealed from signing_unlock where id = $1 and expires > $2",
        *(id_, now),
    )
    return (row[0], row[1], row[2]) if row else None


async def forget(source: Connection | Database, account: int, session: int) -> None:
    """Lock what an account had unlocked in a session, and throw away what is over."""
    await source.execute(
        "delete from signing_unlock where account = $1 and session = $2 or expires < now()",
        *(account, session),
    )
