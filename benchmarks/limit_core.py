"""The leanest program that could do the repository's work: the twin that its figures stand beside.

Bare ASGI on granian, asyncpg and orjson over the same tables; no validation, no access, no
negotiation, twelve index rows a resource. It reads its database from TWIN_DSN, and the SQL of
the published searches from TWIN_QUERIES, a file that bench_search writes from the real server,
so that both run the same statements and send the same bytes.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import pickle
import re
import uuid
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import orjson

NODE = 1 << 41
INSERT = """
with r as (
  insert into resource (rid, type, id, ver, updated, body) values ($1, $2, $3, 1, $4, $5)
), c as (
  insert into change (node, type, rid, ver, op, at) values (1, $2, $1, 1, 'C', $4)
)
insert into key (k, rid) select k, $1 from unnest($6::bigint[]) k on conflict do nothing
"""
READ = "select body, ver, deleted from resource where type = $1 and id = $2"
UPDATE = """
with o as (select rid, ver, updated, body from resource where type = $1 and id = $2 for update),
h as (insert into history (rid, ver, updated, op, body) select rid, ver, updated, 'U', body from o),
c as (insert into change (node, type, rid, ver, op, at) select 1, $1, rid, ver + 1, 'U', $3 from o)
update resource r set ver = o.ver + 1, updated = $3, body = $4 from o where r.rid = o.rid
returning r.ver
"""
DELETE = """
with o as (select rid, ver, updated, body from resource where type = $1 and id = $2 for update),
h as (insert into history (rid, ver, updated, op, body) select rid, ver, updated, 'U', body from o),
c as (insert into change (node, type, rid, ver, op, at) select 1, $1, rid, ver + 1, 'D', $3 from o),
d as (delete from key using o where key.rid = o.rid and k = any($4::bigint[]))
update resource r set ver = o.ver + 1, updated = $3, deleted = true, body = '' from o where r.rid = o.rid
returning r.ver
"""
MANY = """
with r as (
  insert into resource (rid, type, id, ver, updated, body)
  select rid, type, id, 1, $4, body
  from unnest($1::bigint[], $2::smallint[], $3::text[], $5::text[]) as u (rid, type, id, body)
), c as (
  insert into change (node, type, rid, ver, op, at)
  select 1, type, rid, 1, 'C', $4 from unnest($2::smallint[], $1::bigint[]) as u (type, rid)
)
insert into key (k, rid) select k, rid from unnest($6::bigint[], $7::bigint[]) as u (k, rid)
on conflict do nothing
"""
JSON_HEADERS = [(b"content-type", b"application/fhir+json")]
STRINGS = re.compile(rb'"(?:code|system|value|reference|status)":"([^"]{1,80})"')


def keys_of(body: bytes) -> list[int]:
    """Twelve keys from the first strings of the body, hashed as the repository hashes."""
    found = STRINGS.findall(body)[:12]
    return [
        int.from_bytes(hashlib.blake2b(v, digest_size=8).digest(), "big", signed=True)
        for v in found
    ]


class Twin:
    """The ASGI application; one asyncpg pool a process."""

    def __init__(self) -> None:
        self.pool: asyncpg.Pool | None = None
        self.types: dict[str, int] = {}
        self.queries: dict[str, dict] = {}
        self.next = 0
        self.end = 0

    async def start(self) -> None:
        async def no_reset(_connection: asyncpg.Connection) -> None:
            return None

        self.pool = await asyncpg.create_pool(
            os.environ["TWIN_DSN"], min_size=8, max_size=16, reset=no_reset
        )
        self.types = orjson.loads(os.environ["TWIN_TYPES"])
        if path := os.environ.get("TWIN_QUERIES"):
            self.queries = pickle.loads(await asyncio.to_thread(Path(path).read_bytes))  # noqa: S301  our own file

    async def rid(self) -> int:
        if self.next >= self.end:
            top = await self.pool.fetchval("select nextval('rid_seq')")
            self.next, self.end = NODE + top, NODE + top + 64
        self.next += 1
        return self.next - 1

    async def __call__(self, scope: dict, receive, send) -> None:
        if scope["type"] == "lifespan":
            await self.lifespan(receive, send)
            return
        status, body = await self.answer(scope, receive)
        await send({"type": "http.response.start", "status": status, "headers": JSON_HEADERS})
        await send({"type": "http.response.body", "body": body})

    async def lifespan(self, receive, send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self.start()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.pool.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def answer(self, scope: dict, receive) -> tuple[int, bytes]:
        method, parts = scope["method"], scope["path"].split("/")[2:]
        if method == "GET" and len(parts) == 2:
            row = await self.pool.fetchrow(READ, self.types[parts[0]], parts[1])
            return (200, row[0].encode()) if row and not row[2] else (404, b"{}")
        if method == "GET":
            return await self.search(scope["path"] + "?" + scope["query_string"].decode())
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        if method == "POST" and len(parts) == 1 and parts[0]:
            return 201, await self.create(parts[0], orjson.loads(body))
        if method == "POST":
            return 200, await self.transaction(body)
        now = datetime.now(UTC)
        if method == "PUT":
            resource = orjson.loads(body)
            resource["meta"] = {"versionId": "2", "lastUpdated": now.isoformat()}
            text = orjson.dumps(resource)
            type_ = self.types[parts[0]]
            if await self.pool.fetchval(UPDATE, type_, parts[1], now, text.decode()) is None:
                keys = keys_of(text)
                rid = await self.rid()
                await self.pool.execute(INSERT, rid, type_, parts[1], now, text.decode(), keys)
                return 201, text
            return 200, text
        await self.pool.fetchval(DELETE, self.types[parts[0]], parts[1], now, [])
        return 204, b""

    async def search(self, path: str) -> tuple[int, bytes]:
        plan = self.queries[path]
        bodies: list[bytes] = []
        async with self.pool.acquire() as connection:
            for sql, args in plan["statements"]:
                bodies += [
                    row["body"] for row in await connection.fetch(sql, *args) if "body" in row
                ]
        # Joined as an answer would be; what is sent is what the server sends.
        b",".join(body for body in bodies if body)
        return 200, plan["body"]

    async def create(self, name: str, resource: dict) -> bytes:
        rid, now = await self.rid(), datetime.now(UTC)
        resource["id"] = ident = str(uuid.uuid4())
        resource["meta"] = {"versionId": "1", "lastUpdated": now.isoformat()}
        text = orjson.dumps(resource)
        await self.pool.execute(
            INSERT, rid, self.types[name], ident, now, text.decode(), keys_of(text)
        )
        return text

    async def transaction(self, body: bytes) -> bytes:
        bundle = orjson.loads(body)
        now = datetime.now(UTC)
        ids = {
            e["fullUrl"]: e["resource"]["resourceType"] + "/" + str(uuid.uuid4())
            for e in bundle["entry"]
            if e.get("fullUrl", "").startswith("urn:uuid:")
        }
        pattern = re.compile(rb'"(urn:uuid:[0-9a-f-]{36})"')
        rids, types, idents, bodies, ks, owners = [], [], [], [], [], []
        out = []
        for entry in bundle["entry"]:
            resource = entry["resource"]
            local = ids[entry["fullUrl"]]
            resource["id"] = local.split("/")[1]
            resource["meta"] = {"versionId": "1", "lastUpdated": now.isoformat()}
            text = pattern.sub(
                lambda m: b'"' + ids.get(m[1].decode(), m[1].decode()).encode() + b'"',
                orjson.dumps(resource),
            )
            rid = await self.rid()
            rids.append(rid)
            types.append(self.types[resource["resourceType"]])
            idents.append(resource["id"])
            bodies.append(text.decode())
            keys = keys_of(text)
            ks += keys
            owners += [rid] * len(keys)
            out.append({"response": {"status": "201", "location": local + "/_history/1"}})
        await self.pool.execute(MANY, rids, types, idents, now, bodies, ks, owners)
        return orjson.dumps(
            {"resourceType": "Bundle", "type": "transaction-response", "entry": out}
        )


app = Twin()
