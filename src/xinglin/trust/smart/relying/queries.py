"""Sign-ins under way, who is who at the provider, which session came from there.

migrations: provider_request, provider_subject, provider_session.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from datetime import datetime

    from xinglin.kernel.database import Connection, Database

    Source = Connection | Database


class Begun(msgspec.Struct, frozen=True):
    """A sign-in that was sent to the provider. ``browser`` is the hash of a cookie."""

    browser: bytes
    verifier: str
    nonce: str
    next: str


async def begin(source: Source, state: bytes, one: Begun, expires: datetime) -> None:
    """Remember it."""
    await source.execute(
        "insert into provider_request (hash, browser, verifier, nonce, next, expires)"
        " values ($1, $2, $3, $4, $5, $6)",
        state,
        one.browser,
        one.verifier,
        one.nonce,
        one.next,
        expires,
    )


async def finish(source: Source, state: bytes, now: datetime) -> Begun | None:
    """The sign-in of a state, once."""
    row = await source.fetchrow(
        "delete from provider_request where hash = $1 returning browser, verifier, nonce, next,"
        " expires > $2 good",
        state,
        now,
    )
    if row is None or not row["good"]:
        return None
    return Begun(row["browser"], row["verifier"], row["nonce"], row["next"])


async def account_of(source: Source, issuer: str, subject: str) -> int | None:
    """Who this is here."""
    return await source.fetchval(
        "select account from provider_subject where issuer = $1 and subject = $2", issuer, subject
    )


async def link(source: Source, issuer: str, subject: str, account: int) -> bool:
    """From now on this is that account; False where the account is somebody else there."""
    made = await source.fetchval(
        "insert into provider_subject (issuer, subject, account) select $1, $2, $3"
        " where not exists (select from provider_subject where issuer = $1 and account = $3)"
        " on conflict do nothing returning true",
        issuer,
        subject,
        account,
    )
    return bool(made)


async def let_in(source: Source, session: int, issuer: str, subject: str, sid: str) -> None:
    """The session came from the provider."""
    await source.execute(
        "insert into provider_session (session, issuer, subject, sid) values ($1, $2, $3, $4)",
        session,
        issuer,
        subject,
        sid,
    )


async def sessions(source: Source, issuer: str, subject: str, sid: str) -> list[tuple[int, int]]:
    """Session and account of live sessions: those of the provider's session, or of the person."""
    rows = await source.fetch(
        "select s.id, s.account from provider_session p join session s on s.id = p.session"
        " where s.ended is null and p.issuer = $1 and ($2 = '' or p.subject = $2)"
        " and ($3 = '' or p.sid = $3)",
        issuer,
        subject,
        sid,
    )
    return [(row["id"], row["account"]) for row in rows]
