"""Entries that read: a resource, a version, a history, a search, an operation.

https://hl7.org/fhir/R4/http.html#trules
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import msgspec

from xinglin.cdr import types
from xinglin.cdr.index.dates import microseconds

from . import history, match, read, vread

if TYPE_CHECKING:
    from xinglin.cdr.access import Access
    from xinglin.cdr.context import Context
    from xinglin.kernel.database import Connection, Database

    from .entries import Entry
    from .replying import Style
    from .result import Result


def _fresh(result: Result, entry: Entry, ctx: Context) -> Result:
    """The result, or 304 where the reader has it already (RFC 9110: tags outrank dates)."""
    if entry.if_none_match is not None:
        known = match.unchanged(result.version, entry.if_none_match)
    elif entry.if_modified_since is not None and result.modified is not None:
        try:
            _, since = ctx.indexer.dates.bounds(entry.if_modified_since)
        except ValueError:
            return result
        known = microseconds(result.modified) <= since
    else:
        return result
    return msgspec.structs.replace(result, status=304, body=b"") if known else result


async def retrieve(
    ctx: Context,
    source: Connection | Database,
    access: Access,
    entry: Entry,
    style: Style,
) -> Result:
    """Answer it from what the source sees; in a transaction, after its writes."""
    if entry.method in {"GET", "HEAD"}:
        path = entry.path
        match path:
            case (type_, id_) if types.known(type_) and id_[0] not in "$_":
                return _fresh(await read.read(ctx, source, access, type_, id_), entry, ctx)
            case (type_, id_, "_history", version):
                return await vread.vread(ctx, source, access, type_, id_, version)
            case (*where, "_history") if len(where) < 3:
                type_, id_ = (*where, None, None)[:2]
                params = parse_qsl(entry.query or "", keep_blank_values=True)
                return await history.history(
                    ctx, source, access, type_, id_, params, base=style.base
                )
            case _ if ctx.search is not None and not _is_other(path):
                return await ctx.search(source, access, path, entry.query or "", style)
            case _:
                pass
    elif ctx.search is not None and entry.path[-1:] == ("_search",):
        return await ctx.search(source, access, entry.path[:-1], entry.query or "", style)
    if ctx.other is not None and source is ctx.db and _is_other(entry.path):
        return await ctx.other(access, entry, style)
    raise entry.refuse(
        f'{entry.method} "{entry.url}" is not possible inside a Bundle; send it by itself.',
        f"Bundle 中不支持 {entry.method} “{entry.url}”；请单独发送。",
    )


def _is_other(path: tuple[str, ...]) -> bool:
    """Whether it leads to an operation or to the CapabilityStatement."""
    return path == ("metadata",) or any(part.startswith("$") for part in path)
