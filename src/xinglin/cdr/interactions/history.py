"""History of a resource, of a type, of everything.

https://hl7.org/fhir/R4/http.html#history
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xinglin.cdr import types
from xinglin.cdr.store import history as rows

from . import hidden, history_bundle, history_query, image, read, sight
from .result import Result

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xinglin.cdr.access import Access, Letter
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
        found += await _own(ctx, source, access, page, "r", current.ver)
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
    limits = access.predicate(type_, "s") if type_ else access.over("s")
    node = await sight.condition(ctx, source, limits)
    while len(found) <= query.count:
        wanted = query.count + 1 - len(found)
        page = await rows.changes(source, number, window, wanted, node)
        found += await _admitted(ctx, source, access, page)
        if len(page) < wanted:
            break
        window = query.window(page[-1])
    return found


async def _admitted(
    ctx: Context, source: Connection | Database, access: Access, page: list[Entry]
) -> list[Entry]:
    """Those whose own version and whose last version may both be seen.

    The statement has looked at what is current, and at what is kept of tombstones.
    """
    if access.total:
        return page
    gone = {one.stored.rid for one in page if one.gone}
    seen = await sight.told(ctx, source, access, gone, ("s",)) if gone else {}
    left = [one for one in page if not one.gone or "s" in seen[one.stored.rid].letters]
    return await _own(ctx, source, access, left, "s")


async def _own(
    ctx: Context,
    source: Connection | Database,
    access: Access,
    page: list[Entry],
    letter: Letter,
    current: int = 0,
) -> list[Entry]:
    """Those whose own version may be seen; of the current one that is known."""
    due = [one for one in page if one.stored.ver != (one.current or current)]
    told = await sight.may_all(ctx, source, access, [one.stored for one in due], letter)
    hidden_ones = {id(one) for one, may in zip(due, told, strict=True) if not may}
    return [one for one in page if id(one) not in hidden_ones]
