"""Keeps the tables in step with CodeSystem, ValueSet and ConceptMap resources.

The repository calls this in the transaction that writes the resource (design, section 2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import concepts, maps, queries

if TYPE_CHECKING:
    from xinglin.kernel.database.pool import Connection

TYPES = frozenset({"CodeSystem", "ValueSet", "ConceptMap"})


async def project(connection: Connection, rid: int, resource: dict[str, Any] | None) -> None:
    """Replace what a resource was projected to; None when it has been deleted."""
    await queries.drop_projection(connection, rid)
    if resource is None:
        return
    resource = resource if resource.get("url") else {**resource, "url": f"urn:xinglin:{rid}"}
    match resource["resourceType"]:
        case "CodeSystem":
            found = concepts.read(resource)
            await queries.add_system(connection, resource, found, origin="resource", rid=rid)
        case "ValueSet":
            await queries.add_value_set(connection, resource, origin="resource", rid=rid)
        case _:  # a ConceptMap: TYPES has no more
            rows = maps.read(resource)
            await queries.add_map(connection, resource, rows, origin="resource", rid=rid)
