"""The one way in which versions come into being: stamped, indexed, checked, written.

https://hl7.org/fhir/R4/http.html#create, #update, #delete. Validation is done before (`image`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from xinglin.cdr import store
from xinglin.cdr.context import inlined
from xinglin.fhir import json
from xinglin.kernel.database import Database
from xinglin.kernel.errors import Conflict, Issue

from . import existence, sight
from .breath import Breath
from .work import Work

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from xinglin.cdr.access import Access
    from xinglin.cdr.context import Context, Hook, Inline
    from xinglin.kernel.database import Connection

    from .draft import Draft
    from .result import Result
    from .work import Name


async def write_one(
    ctx: Context, source: Database | Connection, access: Access, draft: Draft
) -> Result:
    """Write one draft; see `write`."""
    return (await write(ctx, source, access, [draft]))[0]


async def write(
    ctx: Context,
    source: Database | Connection,
    access: Access,
    drafts: Sequence[Draft],
    *,
    bodies: bool = True,
) -> list[Result]:
    """Write all drafts (no two of the same resource), or raise.

    Outside a transaction it commits by itself; one draft, or only new ones, cost one statement. In
    one, which the caller has begun, he calls ``ctx.notify`` after it. Raises
    `store.Stale` where another writer came in between: read again and retry. Without ``bodies``
    the results have none.
    """
    if not isinstance(source, Database) and source.is_in_transaction():
        return await _write(ctx, source, access, drafts, bodies=bodies)
    several = len(drafts) > 1 and any(draft.old for draft in drafts)
    hooks = ctx.hooks_of({draft.type for draft in drafts})
    alone = len(drafts) == 1 and all(inlined(hook, drafts[0].type) for hook in hooks)
    if several or (hooks and not alone):
        # Nobody should wait for the numbers of what is only mentioned here.
        await foresee(ctx, source, drafts)
        results = await _together(ctx, source, access, drafts, bodies=bodies)
    else:
        results = await _write(ctx, source, access, drafts, bodies=bodies, inline=hooks)
    ctx.notify()
    return results


async def _together(
    ctx: Context,
    source: Database | Connection,
    access: Access,
    drafts: Sequence[Draft],
    *,
    bodies: bool,
) -> list[Result]:
    """In a transaction of its own."""
    if isinstance(source, Database):
        async with source.transaction() as connection:
            return await _write(ctx, connection, access, drafts, bodies=bodies)
    async with source.transaction():
        return await _write(ctx, source, access, drafts, bodies=bodies)


async def foresee(ctx: Context, source: Database | Connection, drafts: Sequence[Draft]) -> None:
    """Have numbers for what the drafts refer to, committed, before a transaction begins."""
    for draft in drafts:
        if draft.names is None and draft.resource is not None:
            draft.names = ctx.indexer.local_references(draft.resource)
    own = {(draft.type, draft.id) for draft in drafts}
    names = {name for draft in drafts for name in draft.names or ()}
    await ctx.references.resolve(source, names - own)


async def _write(
    ctx: Context,
    source: Database | Connection,
    access: Access,
    drafts: Sequence[Draft],
    *,
    bodies: bool,
    inline: Sequence[Hook] = (),
) -> list[Result]:
    at = _at(ctx, drafts)
    breath = Breath()
    work: list[Work] = []
    for draft in drafts:
        await breath()
        work.append(Work(draft, at))
    due = [one for one in work if not one.unchanged]
    # Writing what is there already writes nothing, but it is answered with what is there.
    looked_at = due if access.total else work
    await _recall(source, looked_at)
    numbers = await _numbers(ctx, source, looked_at)
    if ctx.check_references:
        await existence.check(ctx, source, access, due, numbers)
    await _know_plans(ctx, source, looked_at)
    plan = ctx.indexer.plan
    for one in looked_at:
        await breath()
        one.index(ctx, numbers, access)
    await ctx.dictionary.ensure(row for one in due for row in one.rows.coding)
    await _settle(source, access, looked_at)
    readable = await sight.check(ctx, source, access, looked_at)
    for draft in drafts:
        _check_owner(draft)
    if due:
        for hook in inline:
            due[0].related = await cast("Inline", hook).related(due[0].written(), numbers)
        await store.apply(source, at, ctx.node, plan, [one.write() for one in due])
        if not inline:
            await _tell(ctx, source, due)
    return [
        one.result(access, readable=bodies and (access.total or one.rid in readable))
        for one in work
    ]


async def _know_plans(ctx: Context, source: Database | Connection, due: Sequence[Work]) -> None:
    """Learn the plans by which the rows to be replaced were made, if another process knows more."""
    await ctx.indexer.catch_up(
        source, max((one.draft.old.plan for one in due if one.draft.old), default=0)
    )


def _check_owner(draft: Draft) -> None:
    """A resource has one writing node; what comes from another is a copy."""
    if draft.old is not None and draft.old.node:
        raise Conflict(
            Issue(
                "conflict",
                f"{draft.type}/{draft.id} is written by node {draft.old.node} of the group. "
                "Write it there, or have it transferred to this node.",
                f"{draft.type}/{draft.id} 由集团的 {draft.old.node} 号节点写入。"
                "请在该节点修改，或先转移到本节点。",
            )
        )


def _at(ctx: Context, drafts: Sequence[Draft]) -> datetime:
    """Now, in milliseconds as it is sent; never before the version that is superseded."""
    now = ctx.clock.now()
    now = now.replace(microsecond=now.microsecond // 1000 * 1000)
    return max([now, *(draft.old.updated for draft in drafts if draft.old and draft.old.ver)])


async def _recall(source: Database | Connection, due: Sequence[Work]) -> None:
    """Decode the images that are superseded; of a tombstone, the one before it."""
    for one in due:
        old = one.draft.old
        if old is None or not old.ver:
            continue
        body = old.body
        if old.deleted:
            last = await store.version(source, old, old.ver - 1)
            body = last.body if last else ""
        one.last = json.decode(body.encode()) if body else None


async def _numbers(
    ctx: Context, source: Database | Connection, due: Sequence[Work]
) -> dict[Name, int]:
    """The rids of everything that is referred to; own new resources get theirs."""
    anonymous = [one for one in due if not one.rid]
    if anonymous:
        rids = await ctx.allocate(source, len(anonymous))
        for one, rid in zip(anonymous, rids, strict=True):
            one.rid = rid
    own = {one.name: one.rid for one in due}
    names: set[Name] = set().union(*(one.names(ctx) for one in due)) if due else set()
    return await ctx.references.resolve(source, names - own.keys()) | own


async def _settle(source: Database | Connection, access: Access, due: Sequence[Work]) -> None:
    """Homes that come from an encounter in the same request, or that Access must know now."""
    homes = {one.rid: one.home for one in due if one.draft.type == "Encounter"}
    wanted = {one.encounter for one in due if one.encounter} - homes.keys()
    if wanted and not access.total:
        homes |= {row.rid: row.home for row in await store.by_rid(source, wanted)}
    for one in due:
        if one.encounter in homes:
            one.home, one.encounter = homes[one.encounter] or one.home, None
        one.settle_home()


async def _tell(ctx: Context, source: Any, due: Sequence[Work]) -> None:
    for hook in ctx.hooks_of({one.draft.type for one in due}):
        await hook(
            source, [one.written() for one in due if hook in ctx.hooks.get(one.draft.type, ())]
        )
