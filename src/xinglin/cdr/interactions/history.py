"""History of a resource, of a type, of everything.

https://hl7.org/fhir/R4/http.html#history
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xinglin.cdr import store, types
from xinglin.cdr.store import history as rows

from . import hidden, history_bundle, history_query, image, read, sight
from .result import Result

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xinglin.cdr.access import Access
    from xinglin.cdr.context import Context
    from xinglin.cdr.store import Stored
    from xinglin.cdr.store.history import Entry
    from xinglin.kernel.database import Connection, Database

    from .history_query import Query


async def history(
    ctx: Context,
    source: Connection | Database,
    access: Access,
    type_: str | None,
    id_: str | None,
    params: Sequence[tuple[str, str]],
    *,
    base: str,
) -> Result:
    """A page of it, newest first, as a Bundle.

    The current or last version must be visible, and so must each version that is shown.
    """
    query = history_query.parse(type_, id_, params, ctx.indexer.dates, ctx.secret)
    total = None
    if type_ is not None and id_ is not None:
        current = await read.visible(ctx, source, access, type_, id_)
        if access.predicate(type_, "r") is None and query.everything:
            total = current.ver
        entries = await _instance(ctx, source, access, current, query)
    else:
        if type_ is not None:
            image.check_type(type_)
            if not access.allows(type_, "s"):
                raise sight.forbidden(type_)
        if query.snapshot is None:
            query.snapshot = await rows.snapshot(source)
        entries = await _changes(ctx, source, access, type_, query)
    shown = entries[: query.count]
    more = len(entries) > query.count and bool(shown)
    for_page = [_shown(access, entry) for entry in shown]
    body = history_bundle.bundle(base, query, for_page, shown[-1] if more else None, total)
    return Result(status=200, body=body, patients=together(one.stored for one in shown))


def together(found: Iterable[Stored | Result]) -> tuple[int, ...]:
    """The patients of all of them."""
    return tuple(sorted({rid for one in found for rid in one.patients}))


def _shown(access: Access, entry: Entry) -> tuple[Entry, bytes]:
    paths = access.hides(types.name(entry.stored.type))
    return entry, hidden.conceal_body(entry.stored.body, paths)


async def _instance(
    ctx: Context,
    source: Connection | Database,
    access: Access,
    current: Stored,
    query: Query,
) -> list[Entry]:
    """One more than the page has, where there is more."""
    found: list[Entry] = []
    window = query.window()
    while len(found) <= query.count:
        wanted = query.count + 1 - len(found)
        page = await rows.instance(source, current, window, wanted)
        found += [
            entry
            for entry in page
            if entry.stored.ver == current.ver
            or await sight.may(ctx, source, access, entry.stored, "r")
        ]
        if len(page) < wanted:
            break
        window = query.window(page[-1])
    return found


async def _changes(
    ctx: Context,
    source: Connection | Database,
    access: Access,
    type_: str | None,
    query: Query,
) -> list[Entry]:
    found: list[Entry] = []
    window = query.window()
    number = types.number(type_) if type_ else None
    while len(found) <= query.count:
        wanted = query.count + 1 - len(found)
        page = await rows.changes(source, number, window, wanted)
        found += await _admitted(ctx, source, access, page)
        if len(page) < wanted:
            break
        window = query.window(page[-1])
    return found


async def _admitted(
    ctx: Context, source: Connection | Database, access: Access, page: list[Entry]
) -> list[Entry]:
    """Those whose own version and whose current or last version may both be seen."""
    limited = {
        entry.stored.rid
        for entry in page
        if access.predicate(types.name(entry.stored.type), "s") is not None
    }
    if not limited:
        return page
    visible: set[int] = set()
    for current in await store.by_rid(source, limited):
        if await sight.may(ctx, source, access, current, "s"):
            visible.add(current.rid)
    admitted: list[Entry] = []
    for entry in page:
        rid = entry.stored.rid
        if rid not in limited or (
            rid in visible and await sight.may(ctx, source, access, entry.stored, "s")
        ):
            admitted.append(entry)
    return admitted
