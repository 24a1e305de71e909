"""Conditional create, update, patch and delete: the criteria of a search instead of an id.

https://hl7.org/fhir/R4/http.html#ccreate, #cond-update, #3.1.0.7.1
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xinglin.cdr import store, types
from xinglin.cdr.context import retrying
from xinglin.kernel.errors import Issue, Malformed, NotFound
from xinglin.kernel.ids import uuid7

from . import criteria as matching
from . import delete as deletion
from . import hidden, image, match, sight
from . import patch as patching
from .draft import Draft
from .read import shown
from .result import Result
from .write import write_one

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from xinglin.cdr.access import Access
    from xinglin.cdr.context import Context
    from xinglin.cdr.store import Stored
    from xinglin.kernel.database import Connection


async def create(
    ctx: Context, access: Access, type_: str, resource: dict[str, Any], criteria: str
) -> Result:
    """Create it where nothing meets the criteria; answer what does."""
    wanted = matching.normalise(type_, criteria, "If-None-Exist")

    async def attempt() -> Result:
        found = await matching.one(ctx, ctx.db, access, wanted)
        if found is not None:
            return existing(access, found)
        return await _guarded(
            ctx,
            wanted,
            lambda connection: _create_in(ctx, connection, access, resource, wanted),
        )

    return await retrying(attempt)


async def _create_in(
    ctx: Context,
    connection: Connection,
    access: Access,
    resource: dict[str, Any],
    wanted: matching.Criteria,
) -> Result:
    found = await matching.one(ctx, connection, access, wanted)
    if found is not None:
        return existing(access, found)
    return await write_one(ctx, connection, access, Draft(wanted.type, uuid7(), resource))


async def update(
    ctx: Context,
    access: Access,
    type_: str,
    criteria: str,
    resource: dict[str, Any],
    *,
    if_match: str | None = None,
    if_none_match: str | None = None,
) -> Result:
    """Update the one that meets the criteria; create it where none does."""
    image.check_type(type_)
    image.check(resource, type_)
    hidden.refuse_subsetted(resource)
    wanted = matching.normalise(type_, criteria)

    async def write(source: Any, found: Stored | None) -> Result:
        draft = await target(source, type_, resource, found)
        match.check(draft, if_match, if_none_match)
        return await write_one(ctx, source, access, draft)

    async def write_in(connection: Connection) -> Result:
        return await write(connection, await matching.one(ctx, connection, access, wanted))

    async def attempt() -> Result:
        found = await matching.one(ctx, ctx.db, access, wanted)
        if found is not None:
            return await write(ctx.db, found)
        return await _guarded(ctx, wanted, write_in)

    return await retrying(attempt)


async def target(
    source: Any,
    type_: str,
    resource: dict[str, Any],
    found: Stored | None,
    new_id: str | None = None,
) -> Draft:
    """What a conditional update writes: the match, or a new resource with the id of the body."""
    id_ = resource.get("id")
    if found is None:
        if id_ is None:
            return Draft(type_, new_id or uuid7(), resource)
        image.check_id(id_)
        old = await store.one(source, types.number(type_), id_)
        draft = Draft(type_, id_, resource, old)
        if draft.live:
            raise _other_id(type_, id_)
        return draft
    if id_ is not None and id_ != found.id:
        raise _other_id(type_, id_)
    return Draft(type_, found.id, resource, found)


async def patch(
    ctx: Context,
    access: Access,
    type_: str,
    criteria: str,
    body: patching.Body,
    *,
    if_match: str | None = None,
) -> Result:
    """Patch the one that meets the criteria."""
    image.check_type(type_)
    wanted = matching.normalise(type_, criteria)

    async def attempt() -> Result:
        found = await matching.one(ctx, ctx.db, access, wanted)
        if found is None:
            raise no_match(wanted)
        seen = (await sight.told(ctx, ctx.db, access, [found.rid], ("u", "r")))[found.rid]
        return await write_one(
            ctx, ctx.db, access, patching.draft(seen, body, if_match, access.hides(type_))
        )

    return await retrying(attempt)


async def delete(ctx: Context, access: Access, type_: str, criteria: str) -> Result:
    """Delete the one that meets the criteria; several are refused."""
    image.check_type(type_)
    if not access.allows(type_, "d"):
        raise sight.forbidden(type_)
    wanted = matching.normalise(type_, criteria)

    async def attempt() -> Result:
        found = await matching.one(ctx, ctx.db, access, wanted)
        if found is None:
            return deletion.nothing(type_, "")
        return await write_one(ctx, ctx.db, access, Draft(type_, found.id, None, found))

    return await retrying(attempt)


def existing(access: Access, found: Stored) -> Result:
    """The answer of a conditional create for what is there already."""
    result = shown(access, found)
    return Result(
        status=200,
        type=result.type,
        id=result.id,
        version=result.version,
        modified=result.modified,
        body=result.body,
        location=f"{result.type}/{result.id}/_history/{result.version}",
        patients=result.patients,
    )


def no_match(wanted: matching.Criteria) -> NotFound:
    """The answer where a match is needed and there is none."""
    return NotFound(
        Issue(
            "not-found",
            f"No {wanted.type} that you may see meets {wanted.text}.",
            f"没有您可查看的 {wanted.type} 满足条件 {wanted.text}。",
        )
    )


async def _guarded(
    ctx: Context, wanted: matching.Criteria, work: Callable[[Connection], Awaitable[Result]]
) -> Result:
    """Do it alone among all who have the same criteria.

    The lock is taken in an earlier statement than the match: in the same one the match would use
    a snapshot from before the wait.
    """
    async with ctx.db.transaction() as connection:
        await matching.lock(connection, [wanted])
        result = await work(connection)
    ctx.notify()
    return result


def _other_id(type_: str, id_: str) -> Malformed:
    return Malformed(
        Issue(
            "invalid",
            f'The body has the id "{id_}", but the criteria lead to another {type_}. '
            "Leave the id out, or correct the criteria.",
            f"请求体的 id 为“{id_}”，但条件指向另一个 {type_}。请去掉 id，或修正条件。",
            (f"{type_}.id",),
        )
    )
