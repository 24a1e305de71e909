"""ConceptMap: its rows, and translation by them.

https://hl7.org/fhir/R4/conceptmap-operation-translate.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .model import Match

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xinglin.kernel.database.pool import Connection

INVERSE = {
    "wider": "narrower",
    "narrower": "wider",
    "subsumes": "specializes",
    "specializes": "subsumes",
}


def read(resource: dict[str, Any]) -> list[tuple[str, str, str, str, str, str, str]]:
    """The rows of a map, in order."""
    return list(_rows(resource))


def _rows(resource: dict[str, Any]) -> Iterator[tuple[str, str, str, str, str, str, str]]:
    for group in resource.get("group", ()):
        for element in group.get("element", ()):
            for target in element.get("target", ()):
                yield (
                    group.get("source", ""),
                    element.get("code", ""),
                    group.get("target", ""),
                    target.get("code", ""),
                    target.get("display", ""),
                    target.get("equivalence", "equivalent"),
                    target.get("comment", ""),
                )


async def translate(
    connection: Connection,
    code: str,
    system: str,
    *,
    url: str | None = None,
    rid: int | None = None,
    source: str | None = None,
    target: str | None = None,
    target_system: str | None = None,
    reverse: bool = False,
) -> list[Match]:
    """Every translation of a code by one map or all that fit; reverse: target to source."""
    near, far = ("target", "source") if reverse else ("source", "target")
    display = "''" if reverse else "target_display"
    rows = await connection.fetch(
        f"select equivalence, {far}_system, {far}_code, {display}, url, comment"
        f" from concept_map_element join concept_map using (cm)"
        f" where {near}_system = $1 and {near}_code = $2"
        " and ($3::text is null or url = $3) and ($4::text is null or source = $4)"
        f" and ($5::text is null or target = $5) and ($6::text is null or {far}_system = $6)"
        f" and ($7::bigint is null or rid = $7) and {far}_code <> '' order by cm, ord",
        system,
        code,
        url,
        source,
        target,
        target_system,
        rid,
    )
    found: list[Match] = []
    for row in rows:
        kind = str(row[0])
        kind = INVERSE.get(kind, kind) if reverse else kind
        found.append(Match(kind, *(str(cell) for cell in row[1:6])))
    return found
