"""Puts resources straight into the tables, for the tests of search: no HTTP, no write path."""

from __future__ import annotations

import json as stdjson
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from xinglin.cdr.index import Dates, Indexer, KeySpace
from xinglin.cdr.search.engine import Engine
from xinglin.cdr.search.request import SearchRequest, pairs
from xinglin.fhir import json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xinglin.cdr.search.build import Terminology
    from xinglin.cdr.search.results import SearchResult
    from xinglin.kernel.database import Database

SECRET = b"x" * 32
ZONE = "Asia/Shanghai"
NOW = datetime(2024, 6, 1, tzinfo=UTC)
BASE = "http://here/fhir"


class Everything:
    """An Access without limits."""

    def predicate(self, _type: str, _letter: str, /) -> None:
        return None

    total = True
    limits = ()
    hidden: tuple[tuple[str, tuple[str, ...]], ...] = ()


class Shelf:
    """A database with an engine on it."""

    def __init__(self, db: Database, terminology: Terminology | None = None) -> None:
        self.db = db
        self.keys = KeySpace(SECRET)
        self.dates = Dates(ZoneInfo(ZONE))
        self.indexer = Indexer(self.keys, self.dates, (BASE,))
        self.registry = self.indexer.params
        self.engine = Engine(
            self.registry,
            self.keys,
            self.dates,
            SECRET,
            terminology=terminology,
            limit=10,
            bases=(BASE,),
        )
        self.rids: dict[tuple[str, str], int] = {}
        self.live: dict[tuple[str, str], int] = {}

    def rid(self, name: tuple[str, str]) -> int:
        return self.rids.setdefault(name, (1 << 41) + len(self.rids) + 1)

    async def put(self, resources: Iterable[dict[str, Any]], start: int = 0) -> None:
        """Store new resources; the n-th is a second newer than the one before."""
        tables: dict[str, list[tuple[Any, ...]]] = {
            name: [] for name in ("resource", "key", "dat", "num", "str", "pdate", "change")
        }
        codings: set[Any] = set()
        resources = list(resources)
        for plain in resources:  # numbers follow the order, whoever is mentioned first
            self.rid((plain["resourceType"], plain["id"]))
        for n, plain in enumerate(resources, start):
            resource = json.decode(stdjson.dumps(plain, ensure_ascii=False).encode())
            name = (resource["resourceType"], resource["id"])
            rid = self.rid(name)
            for other in self.indexer.local_references(resource):
                self.rid(other)
            rows = self.indexer.extract(resource, self.rid)
            self.live[name] = rid
            updated = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=n)
            number = self.registry.type_number(name[0])
            body = json.encode(resource).decode()
            tables["resource"].append(
                (
                    rid,
                    number,
                    name[1],
                    1,
                    updated,
                    rows.refs,
                    rows.present,
                    body,
                    *rows.patient(rid),
                )
            )
            tables["change"].append((1, number, rid, 1, b"C", updated))
            tables["key"] += [(k, rid) for k in rows.key]
            for table in ("dat", "num", "str", "pdate"):
                tables[table] += [(*row, rid) for row in getattr(rows, table)]
            codings |= rows.coding
        await self.write(tables)
        async with self.db.acquire() as connection:
            await connection.executemany(
                "insert into coding (param, code, system, k) values ($1, $2, $3, $4)"
                " on conflict do nothing",
                [(c.param, c.code, c.system, c.k) for c in codings if c.code],
            )
            await connection.executemany(
                "insert into coding_text (param, v, k) values ($1, $2, $3) on conflict do nothing",
                [(c.param, c.text, c.k) for c in codings if c.text],
            )

    async def write(self, tables: dict[str, list[tuple[Any, ...]]]) -> None:
        columns = {
            "resource": [
                "rid",
                "type",
                "id",
                "ver",
                "updated",
                "refs",
                "present",
                "body",
                "patient",
                "patients",
            ],
            "key": ["k", "rid"],
            "dat": ["k", "lo", "hi", "rid"],
            "num": ["k", "lo", "hi", "rid"],
            "str": ["k", "v", "x", "rid"],
            "pdate": ["k", "lo", "rid"],
            "change": ["node", "type", "rid", "ver", "op", "at"],
        }
        async with self.db.acquire() as connection:
            for table, rows in tables.items():
                await connection.copy_records_to_table(table, records=rows, columns=columns[table])

    async def reserve(self) -> None:
        """Rows of version 0 for everything that is only referred to."""
        rows = [
            (rid, self.registry.type_number(name[0]), name[1])
            for name, rid in self.rids.items()
            if name not in self.live
        ]
        async with self.db.acquire() as connection:
            await connection.executemany(
                "insert into resource (rid, type, id, ver, updated) values ($1, $2, $3, 0, now())"
                " on conflict do nothing",
                rows,
            )

    async def bundle(self, url: str, access: Any = None, **options: Any) -> dict[str, Any]:
        """The Bundle of a search by URL, such as ``Patient?name=x``."""
        return stdjson.loads((await self.search(url, access, **options)).body)

    async def search(self, url: str, access: Any = None, **options: Any) -> SearchResult:
        path, _, query = url.removeprefix(BASE).strip("/").partition("?")
        parts = path.split("/")
        compartment = (parts[0], parts[1]) if len(parts) == 3 else None
        type_: str | None = (parts[2] if compartment else parts[0]) or None
        request = SearchRequest(
            None if type_ == "*" else type_,
            pairs(query),
            compartment=compartment,
            base=BASE,
            now=NOW,
            **options,
        )
        return await self.engine.search(self.db, access or Everything(), request)

    async def ids(self, url: str, access: Any = None, **options: Any) -> list[str]:
        """The ids of the matches, in order."""
        return ids(await self.bundle(url, access, **options))


def ids(bundle: dict[str, Any], mode: str = "match") -> list[str]:
    return [
        entry["resource"]["id"]
        for entry in bundle.get("entry", ())
        if entry["search"]["mode"] == mode
    ]


def link(bundle: dict[str, Any], relation: str) -> str | None:
    return next((one["url"] for one in bundle["link"] if one["relation"] == relation), None)
