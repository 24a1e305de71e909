"""Another organisation answers for a resource: what no body can say, and no update changes.

docs/adr/0007-writes.md, docs/adr/0008-access-in-sql.md. It is a version of its own, so that
history, the feed and other nodes learn of it, and a Provenance says who did it and why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from xinglin.cdr.access import Access
from xinglin.cdr.context import retrying
from xinglin.fhir import json
from xinglin.kernel.errors import Forbidden, Invalid, Issue
from xinglin.kernel.ids import uuid7

from . import homes, image, sight
from .draft import Draft
from .read import shown
from .write import foresee, write

if TYPE_CHECKING:
    from xinglin.cdr.context import Context

    from .result import Result

GRANT = "$correct-home"
"""The name under which a `Scope` grants it (letter ``u``), beside the right to update."""


async def correct_home(
    ctx: Context, access: Access, name: tuple[str, str], organization: str, reason: str
) -> Result:
    """Make it so; the right to update must cover it before and after."""
    type_, id_ = name
    image.check_type(type_)
    image.check_id(id_)
    if not (access.total or _granted(access)):
        raise _not_granted()
    if homes.of_group(type_):
        raise _of_group(type_)
    owner = await sight.visible(ctx, ctx.db, access, "Organization", organization)
    if owner is None or owner.deleted:
        raise _no_organization(organization)

    async def attempt() -> Result:
        seen = await sight.look(ctx, ctx.db, access, name, ("u", "r"))
        if seen is None or not seen.stored.ver or seen.stored.deleted or not seen.may("u"):
            raise sight.absent(type_, id_)
        if seen.stored.home == owner.rid:
            return shown(access, seen.stored)
        draft = Draft(
            type_, id_, json.decode(seen.stored.body.encode()), seen.stored, home=owner.rid
        )
        told = Draft("Provenance", uuid7(), _provenance(ctx, access, draft, reason))
        await foresee(ctx, ctx.db, [draft, told])
        async with ctx.db.transaction() as connection:
            [result] = await write(ctx, connection, access, [draft])
            everything = msgspec.structs.replace(Access.local(), home=owner.rid)
            await write(ctx, connection, everything, [told], bodies=False)
        ctx.notify()
        return result

    return await retrying(attempt)


def _granted(access: Access) -> bool:
    return any(
        scope.types is not None and GRANT in scope.types and "u" in scope.letters
        for scope in access.scopes
    )


def _provenance(ctx: Context, access: Access, draft: Draft, reason: str) -> dict[str, Any]:
    version = draft.old.ver + 1 if draft.old else 1
    return {
        "resourceType": "Provenance",
        "target": [{"reference": f"{draft.type}/{draft.id}/_history/{version}"}],
        "recorded": image.instant(ctx.clock.now()),
        "reason": [{"text": reason}],
        "activity": {"text": "correct-home"},
        "agent": [{"who": {"display": access.actor}}],
    }


def _not_granted() -> Forbidden:
    return Forbidden(
        Issue(
            "forbidden",
            "You may not say which organisation answers for a resource; ask the record room or the"
            " administrator of the group.",
            "您无权更改资源的归属机构；请联系病案室或集团管理员。",
        )
    )


def _of_group(type_: str) -> Invalid:
    return Invalid(
        Issue(
            "business-rule",
            f"A {type_} belongs to the group as a whole: no single organisation answers for it.",
            f"{type_} 属于整个集团，没有单一的归属机构。",
        )
    )


def _no_organization(id_: str) -> Invalid:
    return Invalid(
        Issue(
            "not-found",
            f"Organization/{id_[:64]} is not there, or is none that you may see. Name one that is.",
            f"Organization/{id_[:64]} 不存在，或者您无权查看。请给出有效的机构。",
            ("Parameters.parameter.where(name='organization')",),
        )
    )
