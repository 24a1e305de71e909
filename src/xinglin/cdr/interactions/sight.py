"""What an `Access` lets through: of what is stored, and of what is about to be.

What is absent and what may not be seen get the same answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xinglin.cdr import store, types
from xinglin.cdr.index import HOME, KeySpace, Rows
from xinglin.fhir import json
from xinglin.kernel.errors import Forbidden, Issue, NotFound

from . import hidden

if TYPE_CHECKING:
    from xinglin.cdr.access import Access, Letter
    from xinglin.cdr.context import Context
    from xinglin.cdr.store import Stored
    from xinglin.kernel.database import Connection, Database

    from .draft import Draft
    from .work import Work

_LETTERS: dict[str, Letter] = {"C": "c", "U": "u", "D": "d"}


def absent(type_: str, id_: str) -> NotFound:
    """The answer for what is not there, and for what may not be seen."""
    return NotFound(
        Issue(
            "not-found",
            f"There is no {type_}/{id_} here, or none that you may see.",
            f"此处没有 {type_}/{id_}，或者您无权查看。",
        )
    )


def forbidden(type_: str) -> Forbidden:
    """The answer for what may not be done."""
    return Forbidden(
        Issue(
            "forbidden",
            f"You may not do this with this {type_}; ask whoever grants access in your hospital.",
            f"您无权对此 {type_} 执行该操作；请联系本院的权限管理人员。",
        )
    )


async def rows_of(ctx: Context, source: Connection | Database, stored: Stored) -> Rows:
    """The index rows of a stored version; of a tombstone, those of the version before it."""
    image: Stored | None = stored
    if stored.deleted:
        image = await store.version(source, stored, stored.ver - 1)
    rows = Rows()
    if image is not None and image.body:
        resource = json.decode(image.body.encode())
        numbers = await ctx.references.resolve(source, ctx.indexer.local_references(resource))
        numbers[types.name(stored.type), stored.id] = stored.rid
        rows = ctx.indexer.extract(resource, numbers.__getitem__)
    if stored.home is not None:
        rows.key.add(KeySpace.ref(HOME, stored.home))
    return rows


async def may(
    ctx: Context, source: Connection | Database, access: Access, stored: Stored, letter: Letter
) -> bool:
    """Whether this may be done with a stored version."""
    type_ = types.name(stored.type)
    node = access.predicate(type_, letter)
    if node is None:
        return True
    if not access.allows(type_, letter):
        return False
    return access.admits(type_, letter, await rows_of(ctx, source, stored), stored.rid)


def check(access: Access, work: Work) -> None:
    """Refuse a write that `Access` does not let through: by the image before, or the one after."""
    if access.total:
        return
    type_, letter = work.draft.type, _LETTERS[work.op]
    images = []
    if work.last is not None:
        images.append(work.before)
    if work.resource is not None:
        images.append(work.rows)
    for rows in images:
        if not access.admits(type_, letter, rows, work.rid):
            raise forbidden(type_)
    hidden.check(access.hides(type_), type_, work.last, work.resource)


async def reveals(
    ctx: Context, source: Connection | Database, access: Access, draft: Draft, letter: Letter
) -> bool:
    """Whether a live resource may be changed so; False: answer as if it were absent.

    `Forbidden` only where it may be read, so that its existence is no secret.
    """
    if draft.old is None or access.total:
        return True
    if await may(ctx, source, access, draft.old, letter):
        return True
    if await may(ctx, source, access, draft.old, "r"):
        raise forbidden(draft.type)
    return False
