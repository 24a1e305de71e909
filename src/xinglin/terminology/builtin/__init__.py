"""The terminology of R4 itself, loaded into a database the first time anybody asks.

HL7 FHIR 4.0.1 definitions (CC0), compiled by tools/compile_terminology.py.
"""

from __future__ import annotations

import gzip
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from xinglin.fhir import json
from xinglin.terminology import concepts, maps, queries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xinglin.kernel.database import Database
    from xinglin.terminology.model import Concept

SOURCE = "HL7 FHIR 4.0.1 definitions, CC0"
_LOCK = 7_201  # advisory lock: one process loads, the others wait


def _resources() -> Iterator[dict[str, Any]]:
    packed = files("xinglin.terminology.builtin").joinpath("r4.json.gz").read_bytes()
    for line in gzip.decompress(packed).splitlines():
        yield json.decode(line)


async def ensure(database: Database) -> None:
    """Load the shipped terminology where this database has none; a fraction of a second, once."""
    there = "select exists (select from code_system where origin = 'builtin')"
    if await database.fetchval(there):
        return
    async with database.transaction() as connection:
        await connection.execute("select pg_advisory_xact_lock($1)", _LOCK)
        if await connection.fetchval(there):
            return
        systems: list[tuple[dict[str, Any], list[Concept]]] = []
        sets: list[tuple[str, str, str]] = []
        for resource in _resources():
            match resource["resourceType"]:
                case "CodeSystem":
                    systems.append((resource, concepts.read(resource)))
                case "ValueSet":
                    body = json.encode(resource).decode()
                    sets.append((resource["url"], resource.get("version", ""), body))
                case _:
                    rows = maps.read(resource)
                    await queries.add_map(connection, resource, rows, origin="builtin")
        await queries.add_systems(connection, systems, SOURCE)
        await connection.copy_records_to_table(
            "value_set",
            columns=("url", "version", "body", "origin"),
            records=[(*row, "builtin") for row in sets],
        )
        await connection.execute("analyze code_system, concept, concept_closure, value_set")
