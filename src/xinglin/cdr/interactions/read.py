"""The current version of a resource.

https://hl7.org/fhir/R4/http.html#read
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xinglin.cdr import types
from xinglin.kernel.errors import Gone, Issue

from . import hidden, image, sight
from .result import Result

if TYPE_CHECKING:
    from xinglin.cdr.access import Access
    from xinglin.cdr.context import Context
    from xinglin.cdr.store import Stored
    from xinglin.kernel.database import Connection, Database


async def read(
    ctx: Context, source: Connection | Database, access: Access, type_: str, id_: str
) -> Result:
    """Answer it; `NotFound` where nothing may be seen, `Gone` where it was deleted."""
    stored = await visible(ctx, source, access, type_, id_)
    if stored.deleted:
        raise gone(type_, id_, stored.ver)
    return shown(access, stored)


async def visible(
    ctx: Context, source: Connection | Database, access: Access, type_: str, id_: str
) -> Stored:
    """The row, a tombstone included, if it may be read."""
    image.check_type(type_)
    stored = await sight.visible(ctx, source, access, type_, id_) if image.is_id(id_) else None
    if stored is None:
        raise sight.absent(type_, id_)
    return stored


def shown(access: Access, stored: Stored) -> Result:
    """A stored version as the caller may see it."""
    type_ = types.name(stored.type)
    return Result(
        status=200,
        type=type_,
        id=stored.id,
        version=stored.ver,
        modified=stored.updated,
        body=hidden.conceal_body(stored.body, access.hides(type_)),
        patients=stored.patients,
    )


def gone(type_: str, id_: str, version: int) -> Gone:
    """The answer for what was deleted."""
    return Gone(
        Issue(
            "deleted",
            f"{type_}/{id_} was deleted; its earlier versions are in {type_}/{id_}/_history.",
            f"{type_}/{id_} 已被删除；早先的版本见 {type_}/{id_}/_history。",
        ),
        headers={"ETag": f'W/"{version}"'},
    )
