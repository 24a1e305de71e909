"""One version of a resource.

https://hl7.org/fhir/R4/http.html#vread
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xinglin.cdr import store
from xinglin.kernel.errors import Issue, NotFound

from . import read, sight

if TYPE_CHECKING:
    from xinglin.cdr.access import Access
    from xinglin.cdr.context import Context
    from xinglin.kernel.database import Connection, Database

    from .result import Result

_LAST = 2**31 - 1


async def vread(
    ctx: Context,
    source: Connection | Database,
    access: Access,
    type_: str,
    id_: str,
    version: str,
) -> Result:
    """Answer it: the current or last version must be visible, and so must the one asked for."""
    current = await read.visible(ctx, source, access, type_, id_)
    number = int(version) if version.isascii() and version.isdigit() and len(version) < 11 else 0
    if not 0 < number <= min(current.ver, _LAST) or str(number) != version:
        raise _absent(type_, id_, version)
    if number == current.ver:
        found = current
    else:
        found = await store.version(source, current, number)
        if found is None or not all(await sight.may_all(ctx, source, access, [found], "r")):
            raise _absent(type_, id_, version)
    if found.deleted:
        raise read.gone(type_, id_, number)
    return read.shown(access, found)


def _absent(type_: str, id_: str, version: str) -> NotFound:
    return NotFound(
        Issue(
            "not-found",
            f'{type_}/{id_} has no version "{version[:20]}" that you may see; '
            f"{type_}/{id_}/_history lists them.",
            f"{type_}/{id_} 没有您可查看的版本“{version[:20]}”；"
            f"版本列表见 {type_}/{id_}/_history。",
        )
    )
