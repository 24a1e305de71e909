"""Searches of the trail: the statement of a page, and what numbers are called.

migrations: audit, account, position, sealed, resource; docs/adr/0010-audit.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xinglin.cdr import types
from xinglin.cdr.search.limits import too_costly
from xinglin.trust.audit import chain
from xinglin.trust.audit.model import Event, Row
from xinglin.trust.audit.queries import instant

from .resource import Names

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import asyncpg

    from xinglin.kernel.database import Database

    from .asking import Wanted
    from .sight import Sight

SECONDS = 10.0
_FIELDS = {name: place for place, name in enumerate(Event.__struct_fields__)}


class _Where:
    """Conditions with their values."""

    def __init__(self, *, begun: bool = False) -> None:
        self.parts: list[str] = [] if begun else ["a.shown"]
        self.values: list[Any] = []

    def value(self, value: Any, type_: str) -> str:
        self.values.append(value)
        return f"${len(self.values)}::{type_}"

    def add(self, text: str) -> None:
        self.parts.append(text)

    @property
    def text(self) -> str:
        return " and ".join(self.parts) or "true"


def _seen(where: _Where, sight: Sight) -> None:
    if not sight.everything:
        patients = where.value(list(sight.patients), "bigint[]")
        homes = where.value(list(sight.homes), "bigint[]")
        where.add(f"(a.about && {patients} or a.home = any({homes}))")
    if not sight.sealed:
        opened = where.value(list(sight.opened), "bigint[]")
        where.add(
            "not exists (select from sealed s where s.patient = any(a.about)"
            f" and s.patient <> all({opened}))"
        )


def _matching(wanted: Wanted, sight: Sight) -> _Where:
    where = _Where(begun=wanted.places is not None)
    for about in wanted.about:
        where.add(f"a.about && {where.value(list(about), 'bigint[]')}")
    if wanted.accounts is not None:
        if len(wanted.accounts) == 1:
            where.add(f"a.account = {where.value(wanted.accounts[0], 'bigint')}")
        else:
            where.add(f"a.account = any({where.value(list(wanted.accounts), 'bigint[]')})")
    if wanted.kinds is not None:
        where.add(f"a.kind = any({where.value(list(wanted.kinds), 'text[]')})")
    if wanted.statuses:
        ranges = (
            f"a.status between {where.value(low, 'int')} and {where.value(high, 'int')}"
            for low, high in wanted.statuses
        )
        where.add(f"({' or '.join(ranges)})")
    if wanted.places is not None:
        writers = where.value([writer for writer, _ in wanted.places], "integer[]")
        seqs = where.value([seq for _, seq in wanted.places], "bigint[]")
        where.add(f"(a.writer, a.seq) in (select * from unnest({writers}, {seqs}))")
    _seen(where, sight)
    return where


def _timed(where: _Where, wanted: Wanted) -> None:
    if wanted.since is not None:
        where.add(f"a.at >= {where.value(instant(wanted.since), 'timestamptz')}")
    if wanted.until is not None:
        where.add(f"a.at <= {where.value(instant(wanted.until), 'timestamptz')}")


async def page(db: Database, wanted: Wanted, sight: Sight) -> list[Row]:
    """The rows of a page, and one more where there are more."""
    where = _matching(wanted, sight)
    _timed(where, wanted)
    if wanted.after is not None:
        at, writer, seq = wanted.after
        than = "<" if wanted.newest else ">"
        mark = (
            where.value(instant(at), "timestamptz"),
            where.value(writer, "integer"),
            where.value(seq, "bigint"),
        )
        where.add(f"(a.at, a.writer, a.seq) {than} ({', '.join(mark)})")
    way = "desc" if wanted.newest else "asc"
    order = f"order by at {way}, writer {way}, seq {way} limit {wanted.count + 1}"
    # About few people there are few rows: they are gathered first, by their own index.
    materialized = "materialized" if wanted.about or wanted.places else "not materialized"
    rows = await _fetch(
        db,
        f"with f as {materialized} (select a.writer, a.seq, a.at, a.entry from audit a"
        f" where {where.text}) select entry from f {order}",
        where.values,
    )
    return [chain.read(row["entry"]) for row in rows]


async def total(db: Database, wanted: Wanted, sight: Sight) -> int:
    """How many rows there are."""
    where = _matching(wanted, sight)
    _timed(where, wanted)
    rows = await _fetch(db, f"select count(*) from audit a where {where.text}", where.values)
    return int(rows[0]["count"])


async def saw(db: Database, rid: int, sight: Sight, wanted: Wanted) -> list[asyncpg.Record]:
    """Who had to do with a patient: one row for each person, role and purpose, newest first."""
    where = _Where()
    where.add(f"a.about @> {where.value([rid], 'bigint[]')}")
    where.add("a.status between 1 and 399 and a.kind <> 'audit'")
    _seen(where, sight)
    _timed(where, wanted)
    grouped = ", ".join(
        f"e ->> {_FIELDS[name]} as {name}" for name in ("actor", "role", "purpose", "client")
    )
    return await _fetch(
        db,
        f"with f as materialized (select a.account, a.at, a.kind, (a.entry::json) -> 4 as e"
        f" from audit a where {where.text})"
        f" select account, {grouped}, min(at) as first, max(at) as last, count(*) as times,"
        " array_agg(distinct kind) as kinds from f group by 1, 2, 3, 4, 5"
        " order by max(at) desc limit 1000",
        where.values,
    )


async def _fetch(db: Database, text: str, values: Sequence[Any]) -> list[asyncpg.Record]:
    async with db.acquire() as connection:
        try:
            return await connection.fetch(text, *values, timeout=SECONDS)
        except TimeoutError:
            raise too_costly(SECONDS) from None


async def rid_of(db: Database, type_: str, id_: str) -> int | None:
    """The number of a resource that is, or was, or was mentioned; None: of nothing."""
    if not types.known(type_):
        return None
    return await db.fetchval(
        "select rid from resource where type = $1 and id = $2", types.number(type_), id_
    )


async def accounts(db: Database, person: int | None, name: str) -> list[int]:
    """The accounts of a person (Practitioner or Patient), or of a name."""
    rows = await db.fetch(
        "select id from account where ($1::bigint is null or practitioner = $1 or patient = $1)"
        " and ($2 = '' or folded = lower($2) or name_zh = $2 or lower(name_en) = lower($2))",
        person,
        name,
    )
    return [row["id"] for row in rows]


async def role_of(db: Database, position: int) -> str:
    """The role of a position; empty where there is none (any more)."""
    return await db.fetchval("select role from position where id = $1", position) or ""


async def names(db: Database, rids: Iterable[int], account_ids: Iterable[int], lang: str) -> Names:
    """What numbers are called now."""
    resources = await db.fetch(
        "select rid, type, id from resource where rid = any($1::bigint[])", sorted(set(rids))
    )
    people = await db.fetch(
        "select a.id, a.name, a.name_zh, a.name_en, r.type, r.id as person from account a"
        " left join resource r on r.rid = coalesce(a.practitioner, a.patient)"
        " where a.id = any($1::bigint[])",
        sorted(set(account_ids)),
    )
    return Names(
        {row["rid"]: f"{types.name(row['type'])}/{row['id']}" for row in resources},
        {row["id"]: (_reference(row), _shown(row, lang)) for row in people},
    )


def _reference(row: asyncpg.Record) -> str:
    return f"{types.name(row['type'])}/{row['person']}" if row["person"] else ""


def _shown(row: asyncpg.Record, lang: str) -> str:
    first, second = ("name_zh", "name_en") if lang == "zh" else ("name_en", "name_zh")
    return row[first] or row[second] or row["name"]


async def stored(db: Database) -> bool:
    """Whether other systems have put AuditEvents into the repository."""
    return bool(
        await db.fetchval(
            "select exists (select from resource where type = $1 and ver > 0 and not deleted)",
            types.number("AuditEvent"),
        )
    )
