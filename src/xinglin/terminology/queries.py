"""The SQL of terminology: writing systems, sets and maps, and finding them.

migrations/0002_terminology.sql
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xinglin.fhir import json

from .concepts import closure
from .model import CodeSystem, Concept

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xinglin.kernel.database.pool import Connection

SYSTEM = "cs, url, version, name, title, content, sensitive, source"
# What an institution wrote itself goes before what was loaded, and that before what is shipped;
# among equals the highest version is the current one.
ORDER = "order by array_position(array['resource', 'loaded', 'builtin'], origin), version desc"


async def add_system(
    connection: Connection,
    resource: dict[str, Any],
    concepts: Sequence[Concept],
    *,
    origin: str,
    source: str = "",
    rid: int | None = None,
) -> int:
    """Write a code system with its concepts; returns its number."""
    number = await connection.fetchval(
        "insert into code_system"
        " (url, version, name, title, content, sensitive, source, origin, rid)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning cs",
        resource["url"],
        resource.get("version", ""),
        resource.get("name", ""),
        resource.get("title", ""),
        resource.get("content", "complete"),
        resource.get("caseSensitive", True),
        source,
        origin,
        rid,
    )
    cs = int(number or 0)
    await copy_concepts(connection, [(cs, concepts)])
    return cs


async def copy_concepts(
    connection: Connection, systems: Sequence[tuple[int, Sequence[Concept]]]
) -> None:
    """Write the concepts of systems whose rows are there."""
    await connection.copy_records_to_table(
        "concept",
        columns=("cs", "code", "display", "definition", "ord", "abstract", "inactive"),
        records=[
            (cs, c.code, c.display, c.definition, n, c.abstract, c.inactive)
            for cs, concepts in systems
            for n, c in enumerate(concepts)
        ],
    )
    await connection.copy_records_to_table(
        "concept_closure",
        columns=("cs", "ancestor", "code", "direct"),
        records=[(cs, *row) for cs, concepts in systems for row in closure(concepts)],
    )
    await connection.copy_records_to_table(
        "concept_designation",
        columns=("cs", "code", "language", "use", "value"),
        records=[
            (cs, c.code, *d) for cs, concepts in systems for c in concepts for d in c.designations
        ],
    )
    await connection.copy_records_to_table(
        "concept_property",
        columns=("cs", "code", "name", "kind", "value"),
        records=[
            (cs, c.code, *p) for cs, concepts in systems for c in concepts for p in c.properties
        ],
    )


async def add_systems(
    connection: Connection,
    resources: Sequence[tuple[dict[str, Any], Sequence[Concept]]],
    source: str,
) -> None:
    """Write many shipped code systems with a few statements."""
    numbers = await connection.fetch(
        "select nextval(pg_get_serial_sequence('code_system', 'cs'))::int"
        " from generate_series(1, $1)",
        len(resources),
    )
    await connection.executemany(
        "insert into code_system"
        " (cs, url, version, name, title, content, sensitive, source, origin)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, 'builtin')",
        [
            (
                number[0],
                one["url"],
                one.get("version", ""),
                one.get("name", ""),
                one.get("title", ""),
                one.get("content", "complete"),
                one.get("caseSensitive", True),
                source,
            )
            for number, (one, _) in zip(numbers, resources, strict=True)
        ],
    )
    pairs = zip(numbers, resources, strict=True)
    await copy_concepts(connection, [(number[0], found) for number, (_, found) in pairs])


async def add_value_set(
    connection: Connection, resource: dict[str, Any], *, origin: str, rid: int | None = None
) -> None:
    """Write a value set."""
    body = {k: v for k, v in resource.items() if k not in ("text", "meta", "contained")}
    await connection.execute(
        "insert into value_set (url, version, body, origin, rid) values ($1, $2, $3, $4, $5)",
        resource["url"],
        resource.get("version", ""),
        json.encode(body).decode(),
        origin,
        rid,
    )


async def add_map(
    connection: Connection,
    resource: dict[str, Any],
    rows: Sequence[tuple[str, str, str, str, str, str, str]],
    *,
    origin: str,
    rid: int | None = None,
) -> None:
    """Write a concept map.

    A row is source system and code, target system, code and display, equivalence, comment.
    """
    cm = await connection.fetchval(
        "insert into concept_map (url, version, source, target, origin, rid)"
        " values ($1, $2, $3, $4, $5, $6) returning cm",
        resource["url"],
        resource.get("version", ""),
        resource.get("sourceUri") or resource.get("sourceCanonical") or "",
        resource.get("targetUri") or resource.get("targetCanonical") or "",
        origin,
        rid,
    )
    await connection.copy_records_to_table(
        "concept_map_element",
        columns=(
            "cm",
            "ord",
            "source_system",
            "source_code",
            "target_system",
            "target_code",
            "target_display",
            "equivalence",
            "comment",
        ),
        records=[(cm, n, *row) for n, row in enumerate(rows)],
    )


async def drop_projection(connection: Connection, rid: int) -> None:
    """Forget what a resource was projected to."""
    for table in ("code_system", "value_set", "concept_map"):
        await connection.execute(f"delete from {table} where rid = $1", rid)


async def find_system(
    connection: Connection, url: str, version: str | None = None
) -> CodeSystem | None:
    """The current version of a system, or the version asked for."""
    row = await connection.fetchrow(
        f"select {SYSTEM} from code_system"
        f" where url = $1 and ($2::text is null or version = $2) {ORDER} limit 1",
        url,
        version,
    )
    return CodeSystem(**row) if row else None


async def system_of_resource(connection: Connection, rid: int) -> CodeSystem | None:
    """The system that a CodeSystem resource was projected to."""
    row = await connection.fetchrow(f"select {SYSTEM} from code_system where rid = $1", rid)
    return CodeSystem(**row) if row else None


async def find_value_set(
    connection: Connection, url: str, version: str | None = None
) -> dict[str, Any] | None:
    """A value set by its canonical address."""
    body = await connection.fetchval(
        "select body from value_set"
        f" where url = $1 and ($2::text is null or version = $2) {ORDER} limit 1",
        url,
        version,
    )
    return json.decode(body.encode()) if body else None


async def value_set_of_resource(connection: Connection, rid: int) -> dict[str, Any] | None:
    """The value set of a resource number."""
    body = await connection.fetchval("select body from value_set where rid = $1", rid)
    return json.decode(body.encode()) if body else None


async def concept(connection: Connection, system: CodeSystem, code: str) -> Concept | None:
    """One concept with everything known about it; codes fold case where the system says so."""
    row = await connection.fetchrow(
        "select code, display, definition, abstract, inactive from concept"
        " where cs = $1 and (code = $2 or not $3 and lower(code) = lower($2)) limit 1",
        system.cs,
        code,
        system.sensitive,
    )
    if row is None:
        return None
    own = row["code"]
    designations = await connection.fetch(
        "select language, use, value from concept_designation where cs = $1 and code = $2",
        system.cs,
        own,
    )
    properties = await connection.fetch(
        "select name, kind, value from concept_property where cs = $1 and code = $2",
        system.cs,
        own,
    )
    parents = await connection.fetch(
        "select ancestor from concept_closure where cs = $1 and code = $2 and direct order by 1",
        system.cs,
        own,
    )
    return Concept(
        **row,
        parents=tuple(r[0] for r in parents),
        designations=tuple(tuple(r) for r in designations),
        properties=tuple(tuple(r) for r in properties),
    )


async def children(connection: Connection, cs: int, code: str) -> list[str]:
    """The direct children of a concept."""
    rows = await connection.fetch(
        "select c.code from concept_closure c join concept using (cs, code)"
        " where c.cs = $1 and c.ancestor = $2 and c.direct order by ord",
        cs,
        code,
    )
    return [row[0] for row in rows]


async def is_ancestor(connection: Connection, cs: int, ancestor: str, code: str) -> bool:
    """Whether the first concept is above the second."""
    there = await connection.fetchval(
        "select exists (select from concept_closure where cs = $1 and ancestor = $2 and code = $3)",
        cs,
        ancestor,
        code,
    )
    return bool(there)


async def lineage(connection: Connection, cs: int, code: str, *, above: bool) -> list[str]:
    """A concept and everything above it, or everything below it."""
    near, far = ("code", "ancestor") if above else ("ancestor", "code")
    rows = await connection.fetch(
        f"select {far} from concept_closure where cs = $1 and {near} = $2", cs, code
    )
    return [code, *(row[0] for row in rows)]


async def versions(connection: Connection) -> list[tuple[str, list[str]]]:
    """The address of every system, with its versions; "" stands for one without."""
    rows = await connection.fetch(
        "select url, array_agg(distinct coalesce(version, '') order by coalesce(version, '')) v"
        " from code_system group by url order by url"
    )
    return [(row["url"], row["v"]) for row in rows]


async def loaded(connection: Connection) -> list[tuple[CodeSystem, int]]:
    """The systems of an operator's files, with how many codes each has."""
    rows = await connection.fetch(
        f"select {SYSTEM}, (select count(*) from concept c where c.cs = s.cs) as concepts"
        " from code_system s where origin = 'loaded' order by url, version"
    )
    return [(CodeSystem(*tuple(row)[:-1]), row["concepts"]) for row in rows]
