"""Accounts, positions, sessions and tokens in the database.

migrations: account, position, session, token. Times are passed in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xinglin.trust.model import Grant, Position

from .model import Account, Held, Presented, Session

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    import asyncpg

    from xinglin.kernel.database import Connection, Database

    Source = Connection | Database

_ACCOUNT = "id, name, name_zh, name_en, practitioner, patient, password, must_change, active, demo"
_GRANT = (
    "a.id account, a.name, a.practitioner, a.patient, p.id position, p.role, p.organization,"
    " p.units"
)
# A position that has not begun, or is over, is none.
_POSITION = (
    " left join position p on p.id = {}.position and p.account = a.id"
    " and p.since <= $2 and $2 < p.until"
)
_TOKEN = (
    f"select {_GRANT}, t.session, t.client, t.scopes, t.purpose, t.launch_patient, t.expires"
    " from token t join account a on a.id = t.account and a.active" + _POSITION.format("t") + ""
    " left join session s on s.id = t.session"
    " where t.hash = $1 and t.kind = 'access' and t.revoked is null and t.expires > $2"
    " and (t.session is null or s.ended is null)"
)
_SESSION = (
    f"select {_GRANT}, s.id session, s.expires, s.last"
    " from session s join account a on a.id = s.account and a.active" + _POSITION.format("s") + ""
    " where s.hash = $1 and s.ended is null and s.expires > $2 and s.last + s.idle > $2"
)


async def changes(source: Source) -> int:
    """The number that goes up when a right ended."""
    return await _number(source, "select last_value from identity_change")


async def changed(source: Source) -> None:
    """Count it up; after the change is committed, else others read what was before."""
    await source.execute("select nextval('identity_change')")


async def _number(source: Source, statement: str, *values: Any) -> int:
    found: Any = await source.fetchval(statement, *values)
    return int(found)


async def token(source: Source, hash_: bytes, now: datetime) -> Presented | None:
    """The grant of a bearer token that is good now."""
    row = await source.fetchrow(_TOKEN, hash_, now)
    if row is None:
        return None
    grant = _grant(
        row,
        client=row["client"],
        scopes=None if row["scopes"] is None else tuple(row["scopes"]),
        purpose=row["purpose"],
        launch_patient=row["launch_patient"],
    )
    return Presented(grant, row["expires"])


async def session(source: Source, hash_: bytes, now: datetime) -> Presented | None:
    """The grant of a session that is neither ended nor too old nor idle for too long."""
    row = await source.fetchrow(_SESSION, hash_, now)
    return None if row is None else Presented(_grant(row), row["expires"], row["last"])


async def touch(source: Source, session_: int, now: datetime) -> None:
    """The session was used."""
    await source.execute(
        "update session set last = greatest(last, $2) where id = $1", session_, now
    )


def _grant(row: asyncpg.Record, **more: Any) -> Grant:
    return Grant(
        account=row["account"],
        name=row["name"],
        session=row["session"] or 0,
        practitioner=row["practitioner"],
        patient=row["patient"],
        position=_position(row, row["position"]),
        **more,
    )


def _position(row: asyncpg.Record, id_: int | None) -> Position | None:
    if id_ is None:
        return None
    return Position(id_, row["role"], row["organization"], tuple(row["units"]))


async def account(source: Source, folded: str) -> Account | None:
    """The account of a name."""
    row = await source.fetchrow(f"select {_ACCOUNT} from account where folded = $1", folded)
    return Account(*row.values()) if row else None


async def account_by_id(source: Source, id_: int) -> Account | None:
    """The account of a number."""
    row = await source.fetchrow(f"select {_ACCOUNT} from account where id = $1", id_)
    return Account(*row.values()) if row else None


async def add_account(source: Source, name: str, folded: str, **values: Any) -> int | None:
    """A new account; None where the name is taken."""
    columns = ["name", "folded", *values]
    marks = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
    return await source.fetchval(
        f"insert into account ({', '.join(columns)}) values ({marks})"
        " on conflict (folded) do nothing returning id",
        name,
        folded,
        *values.values(),
    )


async def positions(source: Source, account_: int, now: datetime | None = None) -> list[Held]:
    """The positions of an account, oldest first; ``now`` given: only those that hold then."""
    rows = await source.fetch(
        "select id, role, organization, units, since, nullif(until, 'infinity') until"
        " from position where account = $1"
        " and ($2::timestamptz is null or since <= $2 and $2 < until) order by since, id",
        account_,
        now,
    )
    return [
        Held(
            Position(row["id"], row["role"], row["organization"], tuple(row["units"])),
            row["since"],
            row["until"],
        )
        for row in rows
    ]


async def add_position(
    source: Source,
    account_: int,
    role: str,
    *,
    organization: int | None,
    units: Sequence[int],
    since: datetime,
    until: datetime | None,
) -> int:
    """A new position."""
    return await _number(
        source,
        "insert into position (account, role, organization, units, since, until)"
        " values ($1, $2, $3, $4, $5, coalesce($6::timestamptz, 'infinity')) returning id",
        account_,
        role,
        organization,
        list(units),
        since,
        until,
    )


async def add_token(
    source: Source,
    hash_: bytes,
    grant: Grant,
    now: datetime,
    *,
    lifetime: timedelta,
    kind: str = "access",
) -> int:
    """A new token for what the grant says."""
    return await _number(
        source,
        "insert into token (hash, kind, account, position, session, client, scopes, purpose,"
        " launch_patient, created, expires)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) returning id",
        hash_,
        kind,
        grant.account,
        grant.position.id if grant.position else None,
        grant.session or None,
        grant.client,
        None if grant.scopes is None else list(grant.scopes),
        grant.purpose,
        grant.launch_patient,
        now,
        now + lifetime,
    )


# -- sessions -----------------------------------------------------------------------------------

_SESSION_ROW = (
    "id, account, position, method, created, last, idle, expires, step_up, shared, device, address"
)
_LIVE = "ended is null and expires > $2 and last + idle > $2"


async def add_session(source: Source, hash_: bytes, made: Session) -> int:
    """A new session; the number in ``made`` does not count."""
    return await _number(
        source,
        "insert into session (hash, account, position, method, created, last, idle, expires,"
        " step_up, shared, device, address)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) returning id",
        hash_,
        made.account,
        made.position,
        made.method,
        made.created,
        made.last,
        made.idle,
        made.expires,
        made.step_up,
        made.shared,
        made.device,
        made.address,
    )


async def session_of(source: Source, hash_: bytes, now: datetime) -> Session | None:
    """The live session of a cookie."""
    row = await source.fetchrow(
        f"select {_SESSION_ROW} from session where hash = $1 and {_LIVE}", hash_, now
    )
    return Session(*row.values()) if row else None


async def session_by_id(source: Source, id_: int, now: datetime) -> Session | None:
    """A live session by its number."""
    row = await source.fetchrow(
        f"select {_SESSION_ROW} from session where id = $1 and {_LIVE}", id_, now
    )
    return Session(*row.values()) if row else None


async def sessions(source: Source, account_: int, now: datetime) -> list[Session]:
    """The live sessions of an account, last used first."""
    rows = await source.fetch(
        f"select {_SESSION_ROW} from session where account = $1 and {_LIVE} order by last desc",
        account_,
        now,
    )
    return [Session(*row.values()) for row in rows]


async def end_session(source: Source, session_: int, account_: int, now: datetime) -> bool:
    """End one session of an account, and what was given out in it; whether it was live."""
    ended = await source.fetchval(
        "update session set ended = $3 where id = $1 and account = $2 and ended is null"
        " returning true",
        session_,
        account_,
        now,
    )
    await source.execute(
        "update token set revoked = $2 where session = $1 and revoked is null", session_, now
    )
    return bool(ended)


async def end_sessions(
    source: Source, account_: int, now: datetime, *, but: int | None = None
) -> None:
    """End all sessions of an account, but perhaps one; its tokens too."""
    await source.execute(
        "update session set ended = $2 where account = $1 and ended is null"
        " and id is distinct from $3",
        account_,
        now,
        but,
    )
    await source.execute(
        "update token set revoked = $2 where account = $1 and revoked is null"
        " and ($3::bigint is null or session is distinct from $3)",
        account_,
        now,
        but,
    )


async def set_position(source: Source, session_: int, position: int | None) -> None:
    """The session goes on in another position."""
    await source.execute("update session set position = $2 where id = $1", session_, position)


async def set_step_up(source: Source, session_: int, until: datetime) -> None:
    """Whoever sits there has proved again who it is."""
    await source.execute("update session set step_up = $2 where id = $1", session_, until)


async def stepped_up(source: Source, session_: int) -> datetime | None:
    """Until when a session that is not over counts as its owner's, proved again."""
    row = await source.fetchrow(
        "select step_up from session where id = $1 and ended is null", session_
    )
    return row["step_up"] if row else None


async def last_position(source: Source, account_: int) -> int | None:
    """The position in which the account worked last."""
    return await source.fetchval(
        "select position from session where account = $1 and position is not null"
        " order by created desc limit 1",
        account_,
    )


# -- accounts -----------------------------------------------------------------------------------


async def set_password(
    source: Source, account_: int, hash_: str, now: datetime, *, must_change: bool = False
) -> None:
    """A new password."""
    await source.execute(
        "update account set password = $2, password_at = $3, must_change = $4 where id = $1",
        account_,
        hash_,
        now,
        must_change,
    )


async def rehash(source: Source, account_: int, old: str, new: str) -> None:
    """The same password, kept at today's cost, if nobody changed it meanwhile."""
    await source.execute(
        "update account set password = $3 where id = $1 and password = $2", account_, old, new
    )


async def set_active(source: Source, account_: int, active: bool) -> None:
    """Open or close an account."""
    await source.execute("update account set active = $2 where id = $1", account_, active)


async def demo_accounts(source: Source, now: datetime) -> list[tuple[Account, Position]]:
    """Those that anybody may open on this machine, with their first position."""
    rows = await source.fetch(
        f"select {', '.join(f'a.{name.strip()}' for name in _ACCOUNT.split(','))},"
        " p.id position_id, p.role, p.organization, p.units from account a"
        " join lateral (select * from position where account = a.id and since <= $1 and $1 < until"
        " order by since, id limit 1) p on true where a.demo and a.active order by a.id",
        now,
    )
    return [
        (
            Account(*list(row.values())[:10]),
            Position(row["position_id"], row["role"], row["organization"], tuple(row["units"])),
        )
        for row in rows
    ]


async def resources(source: Source, rids: Sequence[int]) -> list[tuple[int, int, str, str]]:
    """Number, type, id and body of organisations, places and people: for their names."""
    rows = await source.fetch(
        "select rid, type, id, body from resource where rid = any($1)", list(set(rids))
    )
    return [(row["rid"], row["type"], row["id"], row["body"]) for row in rows]
