"""The index's own tables: records, keys, pairs, merges, events.

Layout: migrations, empi. What belongs to no user (upkeep, batch) is in `Tables`; what answers a
person takes an `Access`, by which the caller then shows or hides each patient.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from xinglin.kernel.errors import Forbidden, Issue

if TYPE_CHECKING:
    from collections.abc import Sequence

    import asyncpg

    from xinglin.cdr.access import Access
    from xinglin.kernel.database import Connection, Database

_HITS: Final = (
    "select h.patient, o as other, count(*)::integer as shared "
    "from unnest($1::bigint[], $2::bigint[]) m(patient, k) "
    "cross join lateral (select array_agg(b.patient) as found from "
    "(select e.patient from empi_key e where e.k = m.k limit $3 + 1) b) f "
    "cross join lateral (select m.patient) h cross join lateral unnest(f.found) o "
    "where cardinality(f.found) <= $3 and o <> m.patient group by 1, 2"
)
_CANDIDATES: Final = (
    f"select c.other, r.traits from ({_HITS}) c "
    "join empi_record r on r.patient = c.other and r.state <> 'o' "
    "order by c.shared desc, c.other limit $4"
)
# Each pair of new records once: the later looks at the earlier, whoever else is at work.
_OTHERS: Final = (
    f"select c.patient, c.other from ({_HITS}) c "
    "join empi_record r on r.patient = c.other "
    "and (r.state = 'm' or (r.state = 'n' and r.patient < c.patient))"
)


async def candidates(
    source: Connection | Database, access: Access, keys: Sequence[int], cap: int, most: int
) -> list[asyncpg.Record]:
    """Who shares a key: (other, traits), those first that share most.

    Whoever may neither read nor register patients is told nothing, not even that there is somebody.
    """
    if not (access.allows("Patient", "r") or access.allows("Patient", "c")):
        raise Forbidden(
            Issue(
                "forbidden",
                "You may not look for patients; ask whoever grants access in your hospital.",
                "您无权检索患者；请联系本院的权限管理人员。",
            )
        )
    return await source.fetch(_CANDIDATES, [0] * len(keys), list(keys), cap, most)


async def queue(
    source: Connection | Database, access: Access, state: str, count: int, offset: int
) -> list[asyncpg.Record]:
    """Pairs in a state, the likeliest first."""
    if not access.allows("Patient", "r"):
        return []
    return await source.fetch(
        "select one, two, bits, grade, state, since, actor, reason, at from empi_pair p "
        "where state = $1 and ($1 = 'merged' or not exists (select from empi_record r "
        "where r.patient in (p.one, p.two) and r.state = 'o')) "
        "order by bits desc, one, two limit $2 offset $3",
        state,
        count,
        offset,
    )


async def events(source: Connection | Database, access: Access, rid: int) -> list[asyncpg.Record]:
    """What happened to a patient's record in the index, in order."""
    if not access.allows("Patient", "r"):
        return []
    return await source.fetch(
        "select at, kind, one, two, actor, detail from empi_event where one = $1 or two = $1 "
        "order by id",
        rid,
    )


class Tables:
    """What the index does with its tables by itself."""

    @staticmethod
    async def traits(source: Connection | Database, rids: Sequence[int]) -> dict[int, str]:
        """What is stored of these patients."""
        rows = await source.fetch(
            "select patient, traits from empi_record where patient = any($1::bigint[])", list(rids)
        )
        return {row["patient"]: row["traits"] for row in rows}

    @staticmethod
    async def put(
        connection: Connection,
        records: Sequence[tuple[int, str, str]],
        lost: Sequence[tuple[int, int]],
        gained: Sequence[tuple[int, int]],
    ) -> None:
        """Records (patient, traits, state), and keys (k, patient) to remove and to add."""
        if lost:
            await connection.execute(
                "delete from empi_key e using unnest($1::bigint[], $2::bigint[]) x(k, patient) "
                "where e.k = x.k and e.patient = x.patient",
                [k for k, _ in lost],
                [patient for _, patient in lost],
            )
        if gained:
            await connection.execute(
                "insert into empi_key (k, patient) select x.k, x.patient "
                "from unnest($1::bigint[], $2::bigint[]) x(k, patient) order by x.k, x.patient "
                "on conflict do nothing",
                [k for k, _ in gained],
                [patient for _, patient in gained],
            )
        await connection.execute(
            "insert into empi_record (patient, traits, state) "
            'select * from unnest($1::bigint[], $2::text[], $3::text[]::"char"[]) '
            "on conflict (patient) do update set traits = excluded.traits, state = excluded.state",
            [one[0] for one in records],
            [one[1] for one in records],
            [one[2] for one in records],
        )

    @staticmethod
    async def forget(connection: Connection, rids: Sequence[int]) -> None:
        """Who has changed is looked at anew: pairs nobody has said anything of go."""
        await connection.execute(
            "delete from empi_pair where state = 'open' and "
            "(one = any($1::bigint[]) or two = any($1::bigint[]))",
            list(rids),
        )

    @staticmethod
    async def unmatched(connection: Connection, count: int) -> list[asyncpg.Record]:
        """Records not matched with the others yet, locked; several workers share them out."""
        return await connection.fetch(
            "select patient, traits from empi_record where state = 'n' order by patient limit $1 "
            "for update skip locked",
            count,
        )

    @staticmethod
    async def matched(connection: Connection, rids: Sequence[int]) -> None:
        """They have been."""
        await connection.execute(
            "update empi_record set state = 'm' where patient = any($1::bigint[]) and state = 'n'",
            list(rids),
        )

    @staticmethod
    async def counts(source: Connection | Database, type_: int) -> asyncpg.Record | None:
        """(patients, known to the index, not matched yet, open pairs)."""
        return await source.fetchrow(
            "select (select count(*) from resource where type = $1 and ver > 0 and not deleted) "
            "as patients, (select count(*) from empi_record where state <> 'o') as known, "
            "(select count(*) from empi_record where state = 'n') as waiting, "
            "(select count(*) from empi_pair where state = 'open') as open",
            type_,
        )

    @staticmethod
    async def others(
        source: Connection | Database, keys: Sequence[tuple[int, int]], cap: int
    ) -> list[asyncpg.Record]:
        """For many new records at once: (patient, other), each pair for one of the two."""
        return await source.fetch(
            _OTHERS, [patient for patient, _ in keys], [k for _, k in keys], cap
        )

    @staticmethod
    async def pairs(connection: Connection, rows: Sequence[tuple[int, int, float, str]]) -> None:
        """Pairs for review, (one, two, bits, grade); what was decided stays decided."""
        await connection.execute(
            "insert into empi_pair (one, two, bits, grade, state) "
            "select least(a, b), greatest(a, b), bits, grade, 'open' "
            "from unnest($1::bigint[], $2::bigint[], $3::real[], $4::text[]) x(a, b, bits, grade) "
            "order by 1, 2 on conflict (one, two) do update set bits = excluded.bits, "
            "grade = excluded.grade where empi_pair.state = 'open'",
            [row[0] for row in rows],
            [row[1] for row in rows],
            [row[2] for row in rows],
            [row[3] for row in rows],
        )

    @staticmethod
    async def pair(source: Connection | Database, one: int, two: int) -> asyncpg.Record | None:
        """A pair as it stands."""
        return await source.fetchrow(
            "select bits, grade, state, actor, at from empi_pair where one = least($1::bigint, $2) "
            "and two = greatest($1, $2)",
            one,
            two,
        )

    @staticmethod
    async def decide(
        connection: Connection, pair: tuple[int, int], state: str, actor: str, reason: str
    ) -> None:
        """A pair is what somebody says it is; it need not have been in the queue."""
        await connection.execute(
            "insert into empi_pair (one, two, bits, grade, state, actor, reason, at) values "
            "(least($1::bigint, $2), greatest($1, $2), 0, 'decided', $3, $4, $5, now()) "
            "on conflict (one, two) do update set state = $3, actor = $4, reason = $5, at = now()",
            *pair,
            state,
            actor,
            reason,
        )

    @staticmethod
    async def tell(
        connection: Connection, kind: str, pair: tuple[int, int], actor: str, detail: str
    ) -> None:
        """Add to the history."""
        await connection.execute(
            "insert into empi_event (kind, one, two, actor, detail) values ($1, $2, $3, $4, $5)",
            kind,
            *pair,
            actor,
            detail,
        )

    @staticmethod
    async def opened(
        source: Connection | Database, pairs: Sequence[tuple[int, int]]
    ) -> set[tuple[int, int]]:
        """Those of the pairs of which nobody has said anything yet, the lower number first."""
        rows = await source.fetch(
            "select p.one, p.two from unnest($1::bigint[], $2::bigint[]) x(a, b) join empi_pair p "
            "on p.one = least(x.a, x.b) and p.two = greatest(x.a, x.b) where p.state = 'open'",
            [one for one, _ in pairs],
            [two for _, two in pairs],
        )
        return {(row["one"], row["two"]) for row in rows}

    @staticmethod
    async def linked_many(
        connection: Connection, pairs: Sequence[tuple[int, int, float]], actor: str
    ) -> None:
        """Pairs that were certain are linked; the history says by what."""
        await connection.execute(
            "with x as (select least(a, b) as one, greatest(a, b) as two, bits "
            "from unnest($1::bigint[], $2::bigint[], $3::real[]) x(a, b, bits)), "
            "p as (update empi_pair p set state = 'linked', actor = $4, at = now(), "
            "reason = 'certain' from x where p.one = x.one and p.two = x.two) "
            "insert into empi_event (kind, one, two, actor, detail) "
            "select 'link', one, two, $4, 'certain: ' || round(bits::numeric, 1) || ' bits' from x",
            [one for one, _, _ in pairs],
            [two for _, two, _ in pairs],
            [bits for _, _, bits in pairs],
            actor,
        )

    @staticmethod
    async def lock(connection: Connection, keys: Sequence[int]) -> None:
        """Have two clerks who register the same person at once wait for each other."""
        await connection.execute(
            "select pg_advisory_xact_lock(k) from (select unnest($1::bigint[]) as k order by 1) x",
            list(keys),
        )

    @staticmethod
    async def linked(source: Connection | Database, rid: int) -> list[int]:
        """Who is the same person: all that links and merges lead to."""
        rows = await source.fetch(
            "with recursive same(rid) as (select $1::bigint union "
            "select case when p.one = s.rid then p.two else p.one end from same s "
            "join empi_pair p on s.rid in (p.one, p.two) and p.state in ('linked', 'merged')) "
            "select rid from same where rid <> $1 order by rid",
            rid,
        )
        return [row["rid"] for row in rows]

    @staticmethod
    async def missing(
        connection: Connection, type_: int, after: int, count: int
    ) -> list[asyncpg.Record]:
        """Patients the index does not know, by number, from ``after`` on: (rid, body).

        Locked against writers, so that what is read is what the index then knows; one process at
        a time.
        """
        await connection.execute("select pg_advisory_xact_lock(hashtextextended('empi fill', 0))")
        return await connection.fetch(
            "select r.rid, r.body from resource r where r.type = $1 and r.rid > $2 and r.ver > 0 "
            "and not r.deleted and not exists "
            "(select from empi_record e where e.patient = r.rid) "
            "order by r.rid limit $3 for share of r",
            type_,
            after,
            count,
        )

    @staticmethod
    async def clear(connection: Connection) -> None:
        """Empty what can be made again; what was decided stays."""
        await connection.execute("truncate empi_key, empi_record")

    # -- merges --------------------------------------------------------------------------------
    @staticmethod
    async def merge(
        connection: Connection, pair: tuple[int, int], added: str, actor: str, reason: str
    ) -> int:
        """Note a merge, (kept, gone); returns its number."""
        return int(
            await connection.fetchval(
                "insert into empi_merge (kept, gone, added, actor, reason) "
                "values ($1, $2, $3, $4, $5) returning id",
                *pair,
                added,
                actor,
                reason,
            )
            or 0
        )

    @staticmethod
    async def merge_of(source: Connection | Database, gone: int) -> asyncpg.Record | None:
        """The merge that stands, by which this record was replaced: number, kept, its id, added."""
        return await source.fetchrow(
            "select m.id as merge, m.kept, m.added, r.id from empi_merge m "
            "join resource r on r.rid = m.kept where m.gone = $1 and m.undone is null",
            gone,
        )

    @staticmethod
    async def undone(connection: Connection, number: int, actor: str) -> None:
        """It stands no longer."""
        await connection.execute(
            "update empi_merge set undone = now(), undoer = $2 where id = $1", number, actor
        )

    @staticmethod
    async def chart(connection: Connection, k: int, stay: Sequence[int]) -> list[asyncpg.Record]:
        """What is in a patient's compartment: (rid, type, id)."""
        return await connection.fetch(
            "select r.rid, r.type, r.id from key k join resource r on r.rid = k.rid "
            "where k.k = $1 and r.type <> all($2::smallint[]) and r.ver > 0 and not r.deleted "
            "and r.node = 0 order by r.rid",
            k,
            list(stay),
        )

    @staticmethod
    async def moved(connection: Connection, number: int, rows: Sequence[tuple[int, str]]) -> None:
        """Note where references were changed: (rid, paths)."""
        if not rows:
            return
        await connection.execute(
            "insert into empi_moved (merge, rid, paths) "
            "select $1, * from unnest($2::bigint[], $3::text[]) on conflict (merge, rid) "
            "do update set paths = excluded.paths",
            number,
            [rid for rid, _ in rows],
            [paths for _, paths in rows],
        )
        await connection.execute(
            "update empi_merge set moved = moved + $2 where id = $1", number, len(rows)
        )

    @staticmethod
    async def brought(connection: Connection, number: int) -> list[asyncpg.Record]:
        """What a merge moved: (rid, type, id, paths)."""
        return await connection.fetch(
            "select m.rid, r.type, r.id, m.paths from empi_moved m "
            "join resource r on r.rid = m.rid where m.merge = $1 order by m.rid",
            number,
        )

    @staticmethod
    async def late(
        source: Connection | Database, k: int, stay: Sequence[int]
    ) -> list[asyncpg.Record]:
        """Merges that stand whose replaced record was written to since: (merge, gone, kept)."""
        return await source.fetch(
            "select m.id as merge, m.gone, m.kept from empi_merge m where m.undone is null "
            "and exists (select from key k join resource r on r.rid = k.rid "
            "where k.k = ($1::bigint | m.gone) and r.type <> all($2::smallint[]) "
            "and r.ver > 0 and not r.deleted and r.node = 0) order by m.id",
            k,
            list(stay),
        )

    @staticmethod
    async def standing(connection: Connection, number: int) -> bool:
        """Whether a merge stands, locked so that it is not undone meanwhile."""
        row = await connection.fetchrow(
            "select undone from empi_merge where id = $1 for update", number
        )
        return row is not None and row["undone"] is None
