"""A transaction: all entries or none, in the order DELETE, POST, PUT and PATCH, GET.

https://hl7.org/fhir/R4/http.html#trules
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xinglin.cdr.context import retrying
from xinglin.cdr.index.references import local

from . import replying, retrieve, transaction_plan
from .breath import Breath
from .entries import located
from .transaction_targets import Targets
from .write import write

if TYPE_CHECKING:
    from xinglin.cdr.access import Access
    from xinglin.cdr.context import Context
    from xinglin.kernel.database import Connection, Database

    from .entries import Entry
    from .replying import Style
    from .result import Result
    from .transaction_plan import Plan

from xinglin.kernel.errors import Refusal


async def run(ctx: Context, access: Access, parsed: list[Entry], style: Style) -> Result:
    """Do all of it or nothing; the first refusal is the answer of the whole."""
    plan = await transaction_plan.plan(access, parsed)

    async def attempt() -> dict[int, Result]:
        if plan.creates_only and not ctx.hooks_of({t.type for t in plan.targets}):
            return await _perform(ctx, ctx.db, access, plan, style)
        await _foresee(ctx, plan)
        async with ctx.db.transaction() as connection:
            results = await _perform(ctx, connection, access, plan, style)
        ctx.notify()
        return results

    results = await retrying(attempt)
    breath = Breath()
    told: set[str] = set()
    parts: list[bytes] = []
    for entry in parsed:
        await breath()
        parts.append(replying.succeeded(results[entry.index], entry.method, style, told))
    return replying.answer("transaction", parts, results.values())


async def _foresee(ctx: Context, plan: Plan) -> None:
    """Have numbers for what is mentioned, committed, before the transaction begins.

    Two transactions that mention what the other creates would otherwise wait for each other.
    """
    texts = {site.holder[site.key] for sites in plan.references.values() for site in sites}
    names = {name for text in texts if (name := local(text, ctx.indexer.bases)) is not None}
    own = {(target.type, target.id) for target in plan.targets}
    await ctx.references.resolve(ctx.db, names - own)


async def _perform(
    ctx: Context, source: Connection | Database, access: Access, plan: Plan, style: Style
) -> dict[int, Result]:
    targets = Targets(ctx, source, access, plan)
    await targets.find()
    await targets.link()
    drafts = await targets.drafts()
    bodies = style.prefer == "representation"
    written = await write(ctx, source, access, [draft for _, draft in drafts], bodies=bodies)
    results = dict(zip((index for index, _ in drafts), written, strict=True))
    results.update(targets.done)
    for entry in plan.reads:
        try:
            results[entry.index] = await retrieve.retrieve(ctx, source, access, entry, style)
        except Refusal as refusal:
            raise located(refusal, entry) from None
    return results
