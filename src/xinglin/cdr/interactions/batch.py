"""A batch: each entry on its own, as if it had been sent alone.

https://hl7.org/fhir/R4/http.html#transaction
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xinglin.kernel.errors import Refusal

from . import bundle, conditional, create, delete, entries, patch, replying, retrieve, update

if TYPE_CHECKING:
    from xinglin.cdr.access import Access
    from xinglin.cdr.context import Context

    from .entries import Entry
    from .replying import Style
    from .result import Result


async def run(ctx: Context, access: Access, parsed: list[Entry | Refusal], style: Style) -> Result:
    """Do the entries in turn; a refusal is the answer of its entry alone."""
    parts: list[bytes] = []
    results: list[Result] = []
    told: set[str] = set()
    for entry in parsed:
        if isinstance(entry, Refusal):
            parts.append(replying.refused(entry, style))
            continue
        try:
            result = await perform(ctx, access, entry, style)
            results.append(result)
            parts.append(replying.succeeded(result, entry.method, style, told))
        except Refusal as refusal:
            parts.append(replying.refused(entries.located(refusal, entry), style))
    return replying.answer("batch", parts, results)


async def perform(ctx: Context, access: Access, entry: Entry, style: Style) -> Result:
    """Do one entry."""
    match entry.method, entry.query:
        case "PUT", None:
            return await update.update(
                ctx,
                access,
                entry.type,
                entry.id,
                entry.body(),
                if_match=entry.if_match,
                if_none_match=entry.if_none_match,
            )
        case "PUT", str(criteria):
            return await conditional.update(
                ctx,
                access,
                entry.type,
                criteria,
                entry.body(),
                if_match=entry.if_match,
                if_none_match=entry.if_none_match,
            )
        case "PATCH", None:
            return await patch.patch(
                ctx, access, entry.type, entry.id, entry.patch(), if_match=entry.if_match
            )
        case "PATCH", str(criteria):
            return await conditional.patch(
                ctx, access, entry.type, criteria, entry.patch(), if_match=entry.if_match
            )
        case "DELETE", None:
            return await delete.delete(ctx, access, entry.type, entry.id, if_match=entry.if_match)
        case "DELETE", str(criteria):
            return await conditional.delete(ctx, access, entry.type, criteria)
        case "POST", None if len(entry.path) == 1 and not entry.type.startswith("$"):
            return await create.create(
                ctx, access, entry.type, entry.body(), if_none_exist=entry.if_none_exist
            )
        case "POST", None if not entry.path:
            return await bundle.bundle(ctx, access, entry.body(), style)
        case _:
            return await retrieve.retrieve(ctx, ctx.db, access, entry, style)
