"""Whom to tell that a session is over.

migrations: client_session, session.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from datetime import datetime

    from xinglin.kernel.database import Database

MOST = 12  # tries, the last after some hours


class Notice(msgspec.Struct, frozen=True):
    """One program and one session."""

    client: str
    session: int
    uri: str
    sid: str
    subject: str
    issuer: str


async def due(db: Database, now: datetime) -> list[Notice]:
    """Those to tell now; the next try of each is put off, twice as long each time."""
    rows = await db.fetch(
        "with due as (select n.client, n.session from client_session n"
        " join session s on s.id = n.session where n.told is null and n.again <= $1"
        f" and n.tries < {MOST}"
        " and (s.ended is not null or s.expires <= $1 or s.last + s.idle <= $1)"
        " order by n.again limit 50 for update of n skip locked)"
        " update client_session n set tries = n.tries + 1,"
        " again = $1 + interval '10 seconds' * power(2, n.tries)"
        " from due, client c, session s, account a where n.client = due.client"
        " and n.session = due.session and c.id = n.client and s.id = n.session and a.id = s.account"
        " returning n.client, n.session, c.logout_uri, s.sid::text, a.handle::text, n.issuer",
        now,
    )
    return [Notice(*row.values()) for row in rows]


async def told(db: Database, one: Notice, now: datetime) -> None:
    """The program has heard it."""
    await db.execute(
        "update client_session set told = $3 where client = $1 and session = $2",
        one.client,
        one.session,
        now,
    )


async def sweep(db: Database, now: datetime) -> None:
    """What is over for long: codes, assertions, launches, tokens, sessions."""
    await db.execute("delete from assertion where expires < $1", now)
    await db.execute("delete from launch where expires < $1", now)
    for table in ("authorization_code", "provider_request", "password_link", "token"):
        await db.execute(
            f"delete from {table} where expires < $1::timestamptz - interval '1 day'", now
        )
    await db.execute(
        "delete from session where expires < $1::timestamptz - interval '90 days'", now
    )
