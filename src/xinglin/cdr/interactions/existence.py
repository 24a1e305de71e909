"""Refuses references to what is not there, where a site asks for it.

https://hl7.org/fhir/R4/references.html: the *type* of a target is always checked (validation), its
existence only by the setting ``fhir.check_references``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xinglin.kernel.errors import Invalid, Issue

from . import sight

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xinglin.cdr.access import Access
    from xinglin.cdr.context import Context
    from xinglin.kernel.database import Connection, Database

    from .work import Name, Work


async def check(
    ctx: Context,
    source: Connection | Database,
    access: Access,
    due: Sequence[Work],
    numbers: Mapping[Name, int],
) -> None:
    """Refuse what refers to a deleted resource, or to a number that is only reserved."""
    written = {one.rid: one.resource is not None for one in due}
    mentioned = {one.name: one.mentions(ctx) for one in due if one.resource is not None}
    rids = {numbers[name] for names in mentioned.values() for name in names}
    there = {rid for rid, stays in written.items() if stays}
    # What may not be seen must not be found out by referring to it.
    found = await sight.told(ctx, source, access, rids - written.keys(), ("r",))
    there |= {
        rid
        for rid, seen in found.items()
        if seen.stored.ver and not seen.stored.deleted and "r" in seen.letters
    }
    issues = [
        _dangling(owner, name)
        for owner, names in mentioned.items()
        for name in sorted(names)
        if numbers[name] not in there
    ]
    if issues:
        raise Invalid(*issues)


def _dangling(owner: Name, name: Name) -> Issue:
    return Issue(
        "not-found",
        f"{'/'.join(owner)} refers to {'/'.join(name)}, which is not there. Write that first.",
        f"{'/'.join(owner)} 引用的 {'/'.join(name)} 不存在。请先写入该资源。",
        (owner[0],),
    )
