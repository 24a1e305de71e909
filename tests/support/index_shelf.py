"""A shelf of resources with their index rows, written straight into the tables.

For tests of what lies below the interactions.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from xinglin.cdr.index import Dates, Indexer, KeySpace, plans, store
from xinglin.cdr.index.dictionary import Dictionary
from xinglin.fhir import json
from xinglin.fhir.search import search_parameters

if TYPE_CHECKING:
    from xinglin.cdr.index.rows import Rows
    from xinglin.kernel.database import Database

SECRET = b"shelf" * 6 + b"!!"


class Shelf:
    """Puts resources into a database; ids number themselves."""

    def __init__(self, db: Database, indexer: Indexer, dictionary: Dictionary) -> None:
        self.db = db
        self.indexer = indexer
        self.dictionary = dictionary
        self.rids: dict[tuple[str, str], int] = {}

    @classmethod
    async def open(cls, db: Database) -> Shelf:
        await db.execute(
            "insert into installation (node, epoch, timezone, hash_key) "
            "values (1, gen_random_uuid(), 'Asia/Shanghai', $1) on conflict do nothing",
            SECRET,
        )
        found = await plans.load(db)
        indexer = Indexer(KeySpace(SECRET), found.dates(found.current))
        indexer.use(found)
        return cls(db, indexer, Dictionary(db.dsn))

    async def close(self) -> None:
        await self.dictionary.close()

    def rid(self, name: tuple[str, str]) -> int:
        return self.rids.setdefault(name, len(self.rids) + 1)

    def rows(self, resource: dict[str, Any]) -> Rows:
        return self.indexer.extract(resource, self.rid)

    async def put(self, *resources: dict[str, Any]) -> None:
        """Write first versions, and reserve what they refer to."""
        at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
        pairs = [(self.rid((r["resourceType"], r["id"])), self.rows(r)) for r in resources]
        await self.dictionary.ensure(c for _, rows in pairs for c in rows.coding)
        number = search_parameters().type_number
        async with self.db.transaction() as connection:
            for resource, (rid, rows) in zip(resources, pairs, strict=True):
                await connection.execute(
                    "insert into resource (rid, type, id, ver, updated, plan, refs, present, body, "
                    "patient, patients) "
                    "values ($1, $2, $3, 1, $4, $5, $6, $7, $8, $9, $10) on conflict (rid) do update "
                    "set ver = 1, plan = $5, refs = $6, present = $7, body = $8, "
                    "patient = $9, patients = $10",
                    rid,
                    number(resource["resourceType"]),
                    resource["id"],
                    at,
                    self.indexer.plan,
                    rows.refs,
                    rows.present,
                    json.encode(resource).decode(),
                    *rows.patient(rid),
                )
                await connection.execute(
                    "insert into change (node, type, rid, ver, op, at) "
                    "values (1, $1, $2, 1, 'C', $3)",
                    number(resource["resourceType"]),
                    rid,
                    at,
                )
            for (type_, id_), rid in self.rids.items():
                await connection.execute(
                    "insert into resource (rid, type, id, ver, updated) values ($1, $2, $3, 0, $4) "
                    "on conflict do nothing",
                    rid,
                    number(type_),
                    id_,
                    at,
                )
            for table in store.TABLES:
                rids = [rid for rid, _ in pairs]
                await connection.execute(f"delete from {table} where rid = any($1)", rids)
            await store.insert(connection, pairs)


__all__ = ["SECRET", "Dates", "Shelf"]
