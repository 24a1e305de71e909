"""Entries that read: a resource, a version, a history, a search, an operation.

https://hl7.org/fhir/R4/http.html#trules
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from xinglin.cdr import types

from . import history, read, vread

if TYPE_CHECKING:
    from xinglin.cdr.access import Access
    from xinglin.cdr.context import Context
    from xinglin.kernel.database import Connection, Database

    from .entries import Entry
    from .replying import Style
    from .result import Result


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
                return await read.read(ctx, source, access, type_, id_)
            case (type_, id_, "_history", version):
                return await vread.vread(ctx, source, access, type_, id_, version)
            case (*where, "_history") if len(where) < 3:
                type_, id_ = (*where, None, None)[:2]
                params = parse_qsl(entry.query or "", keep_blank_values=True)
                return await history.history(
                    ctx, source, access, type_, id_, params, base=style.base
                )
            case _ if ctx.search is not None and not any(part.startswith("$") for part in path):
                return await ctx.search(source, access, path, entry.query or "", style)
            case _:
                pass
    raise entry.refuse(
        f'{entry.method} "{entry.url}" is not possible inside a Bundle; send it by itself.',
        f"Bundle 中不支持 {entry.method} “{entry.url}”；请单独发送。",
    )
