"""References to what is not there, refused where a site asks for it (``fhir.check_references``).

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/references.html: servers may enforce integrity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xinglin.cdr import types
from xinglin.kernel.errors import Invalid, Issue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xinglin.cdr.context import Context, Hook
    from xinglin.cdr.interactions.draft import Written
    from xinglin.kernel.database import Connection

# What was written in the same transaction is there by now. A number alone (ver 0) is nobody.
_ABSENT = (
    "select w.type, w.id from unnest($1::smallint[], $2::text[]) w(type, id) "
    "left join resource r on r.type = w.type and r.id = w.id and r.ver > 0 and not r.deleted "
    "where r.rid is null order by w.type, w.id"
)


def hold_references(ctx: Context) -> Hook:
    """Return a hook that undoes a write which refers to what is not there."""

    async def hold(connection: Connection, written: Sequence[Written]) -> None:
        named = sorted(
            {
                (types.number(type_), id_)
                for one in written
                if one.resource is not None
                for type_, id_ in ctx.indexer.local_references(one.resource)
            }
        )
        rows = await connection.fetch(_ABSENT, [t for t, _ in named], [i for _, i in named])
        if rows:
            raise Invalid(*(_absent(types.name(row["type"]), row["id"]) for row in rows))

    return hold


def _absent(type_: str, id_: str) -> Issue:
    return Issue(
        "not-found",
        f"{type_}/{id_} is referred to, but is not there. Create it first, or in the same"
        " transaction.",
        f"引用的 {type_}/{id_} 不存在。请先创建它，或在同一事务中一并创建。",
    )
