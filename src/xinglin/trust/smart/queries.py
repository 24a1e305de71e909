"""Clients, codes, tokens of clients, launches, assertions and agreements in the database.

migrations: client, authorization_code, launch, assertion, agreement, client_session.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from .clients import Client

if TYPE_CHECKING:
    import asyncpg

    from xinglin.kernel.database import Connection, Database

    Source = Connection | Database

from datetime import datetime

_CLIENT = (
    "id, name_zh, name_en, kind, secret, jwks, jwks_uri, redirects, launch_uri, logout_uri, scopes,"
    " account, trusted, introspects, active"
)


class Code(msgspec.Struct, frozen=True):
    """What was agreed to, until the client fetches it."""

    client: str
    redirect: str
    challenge: str
    scopes: tuple[str, ...]
    nonce: str
    account: int
    session: int
    patient: int | None
    encounter: str
    family: int


class Launch(msgspec.Struct, frozen=True):
    """The context that one of our pages opened a program with."""

    patient: int | None
    encounter: str


class Token(msgspec.Struct, frozen=True):
    """A token as introspection and refresh need it."""

    id: int
    kind: str
    account: int
    position: int | None
    session: int | None
    client: str
    scopes: tuple[str, ...]
    patient: int | None
    family: int | None
    created: datetime
    expires: datetime


async def client(source: Source, id_: str) -> Client | None:
    """A client that may be used."""
    row = await source.fetchrow(f"select {_CLIENT} from client where id = $1 and active", id_)
    return _client(row) if row else None


async def clients(source: Source) -> list[Client]:
    """All of them."""
    return [_client(row) for row in await source.fetch(f"select {_CLIENT} from client order by id")]


def _client(row: asyncpg.Record) -> Client:
    return msgspec.convert(dict(row), Client)


async def put_client(source: Source, one: Client) -> None:
    """Add a client, or change it."""
    values = msgspec.structs.asdict(one)
    values["redirects"] = list(one.redirects)
    columns = list(values)
    marks = ", ".join(f"${place}" for place in range(1, len(columns) + 1))
    changes = ", ".join(f"{name} = excluded.{name}" for name in columns[1:])
    await source.execute(
        f"insert into client ({', '.join(columns)}) values ({marks})"
        f" on conflict (id) do update set {changes}",
        *values.values(),
    )


async def remove_client(source: Source, id_: str, now: datetime) -> bool:
    """A client is no more, nor are its tokens."""
    await source.execute(
        "update token set revoked = $2 where client = $1 and revoked is null", id_, now
    )
    return bool(await source.fetchval("delete from client where id = $1 returning true", id_))


# -- codes and launches ---------------------------------------------------------------------------


async def add_code(source: Source, hash_: bytes, one: Code, expires: datetime) -> None:
    """A new code; the number of its family is given by the database."""
    await source.execute(
        "insert into authorization_code (hash, client, redirect, challenge, scopes, nonce, account,"
        " session, patient, encounter, expires)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        hash_,
        one.client,
        one.redirect,
        one.challenge,
        list(one.scopes),
        one.nonce,
        one.account,
        one.session,
        one.patient,
        one.encounter,
        expires,
    )


async def use_code(source: Source, hash_: bytes, now: datetime) -> Code | None:
    """The code, the first time; None for one that is not good."""
    row = await source.fetchrow(
        "update authorization_code set used = $2"
        " where hash = $1 and used is null and expires > $2 returning client, redirect, challenge,"
        " scopes, nonce, account, session, patient, encounter, family",
        hash_,
        now,
    )
    if row is None:
        return None
    return msgspec.convert(dict(row), Code)


async def used_code(source: Source, hash_: bytes) -> int | None:
    """The family of a code that was used before."""
    return await source.fetchval(
        "select family from authorization_code where hash = $1 and used is not null", hash_
    )


async def add_launch(
    source: Source, hash_: bytes, client_: str, account: int, one: Launch, *, expires: datetime
) -> None:
    """A launch."""
    await source.execute(
        "insert into launch (hash, client, account, patient, encounter, expires)"
        " values ($1, $2, $3, $4, $5, $6)",
        hash_,
        client_,
        account,
        one.patient,
        one.encounter,
        expires,
    )


async def find_launch(
    source: Source, hash_: bytes, client_: str, account: int, now: datetime
) -> Launch | None:
    """The context of a launch, for the client and the account it was made for."""
    row = await source.fetchrow(
        "select patient, encounter from launch"
        " where hash = $1 and client = $2 and account = $3 and expires > $4",
        hash_,
        client_,
        account,
        now,
    )
    return Launch(row["patient"], row["encounter"]) if row else None


async def end_launch(source: Source, hash_: bytes) -> None:
    """A launch is good once."""
    await source.execute("delete from launch where hash = $1", hash_)


async def fresh_assertion(source: Source, hash_: bytes, expires: datetime) -> bool:
    """Whether an assertion was not used before; it is now."""
    made = await source.fetchval(
        "insert into assertion (hash, expires) values ($1, $2) on conflict do nothing"
        " returning true",
        hash_,
        expires,
    )
    return bool(made)


async def agreed(source: Source, account: int, client_: str) -> str:
    """The scopes that the account has agreed to before."""
    return (
        await source.fetchval(
            "select scopes from agreement where account = $1 and client = $2", account, client_
        )
        or ""
    )


async def agree(source: Source, account: int, client_: str, scopes: str, now: datetime) -> None:
    """The account agrees."""
    await source.execute(
        "insert into agreement (account, client, scopes, at) values ($1, $2, $3, $4)"
        " on conflict (account, client) do update set scopes = $3, at = $4",
        account,
        client_,
        scopes,
        now,
    )


# -- tokens ---------------------------------------------------------------------------------------

_COLUMNS = (
    "id, kind, account, position, session, client, scopes, launch_patient, family, created, expires"
)


def _token(row: asyncpg.Record) -> Token:
    values: list[Any] = list(row.values())
    values[6] = tuple(values[6] or ())
    return Token(*values)


async def set_family(source: Source, token: int, family: int) -> None:
    """The token belongs to a family."""
    await source.execute("update token set family = $2 where id = $1", token, family)


async def use_refresh(source: Source, hash_: bytes, client_: str, now: datetime) -> Token | None:
    """A refresh token of the client, the first time it is used."""
    row = await source.fetchrow(
        "update token set used = $3 where hash = $1 and client = $2 and kind = 'refresh'"
        " and used is null and revoked is null and expires > $3 and (session is null or exists"
        " (select from session s where s.id = token.session and s.ended is null"
        " and s.expires > $3))"
        f" returning {_COLUMNS}",
        hash_,
        client_,
        now,
    )
    return _token(row) if row else None


async def spent_family(source: Source, hash_: bytes) -> int | None:
    """The family of a refresh token that was used before: somebody has a copy."""
    return await source.fetchval(
        "select family from token where hash = $1 and kind = 'refresh' and used is not null", hash_
    )


async def live_token(source: Source, hash_: bytes, now: datetime) -> Token | None:
    """A token that is good now, of any kind."""
    row = await source.fetchrow(
        f"select {', '.join('t.' + name.strip() for name in _COLUMNS.split(','))} from token t"
        " join account a on a.id = t.account and a.active left join session s on s.id = t.session"
        " where t.hash = $1 and t.revoked is null and t.used is null and t.expires > $2"
        " and (t.session is null or (s.ended is null and s.expires > $2))",
        hash_,
        now,
    )
    return _token(row) if row else None


async def revoke_family(source: Source, family: int, now: datetime) -> None:
    """Everything that followed from one sign-in is over."""
    await source.execute(
        "update token set revoked = $2 where family = $1 and revoked is null", family, now
    )


async def revoke(source: Source, token: int, now: datetime) -> None:
    """One token is over."""
    await source.execute(
        "update token set revoked = $2 where id = $1 and revoked is null", token, now
    )


async def subject(source: Source, account: int) -> str:
    """What other programs know the account by."""
    return str(await source.fetchval("select handle from account where id = $1", account))


async def session_sid(source: Source, session: int) -> str:
    """What other programs know the session by."""
    return str(await source.fetchval("select sid from session where id = $1", session))


async def let_in(source: Source, client_: str, session: int, issuer: str) -> None:
    """The client was let in during the session, under this name of ours."""
    await source.execute(
        "insert into client_session (client, session, issuer) values ($1, $2, $3)"
        " on conflict do nothing",
        client_,
        session,
        issuer,
    )
