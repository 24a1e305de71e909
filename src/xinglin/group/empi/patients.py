"""Patients named in a call: found, locked, and only those that the caller may see or change.

https://hl7.org/fhir/R4/references.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from xinglin.cdr import store, types
from xinglin.cdr.access import Access
from xinglin.cdr.interactions import image, read, sight
from xinglin.cdr.interactions.draft import Draft
from xinglin.cdr.interactions.write import write
from xinglin.fhir import json
from xinglin.kernel.errors import Conflict, Issue, Malformed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xinglin.cdr.access import Letter
    from xinglin.cdr.context import Context
    from xinglin.cdr.interactions.result import Result
    from xinglin.cdr.operations.parameters import Parameters
    from xinglin.cdr.store import Stored
    from xinglin.kernel.database import Connection

Json = dict[str, Any]


def named(parameters: Parameters, name: str, *, needed: bool = True) -> str:
    """The id of the patient that a parameter refers to (Reference, or text ``Patient/x``)."""
    value = parameters.one(name)
    text = value.get("reference") if isinstance(value, dict) else value
    if text is None and not needed:
        return ""
    parts = str(text or "").rsplit("/", 2)
    if len(parts) < 2 or parts[-2] != "Patient" or not image.is_id(parts[-1]):
        raise Malformed(
            Issue(
                "value",
                f"Parameter {name} names a patient, as in Patient/123.",
                f"参数 {name} 应指明患者，如 Patient/123。",
                (f"Parameters.parameter.where(name='{name}')",),
            )
        )
    return parts[-1]


async def one(
    ctx: Context, connection: Connection, access: Access, id_: str, letter: Letter = "r"
) -> Stored:
    """The current version, if this may be done with it; else as if it were not there."""
    seen = await sight.look(ctx, connection, access, ("Patient", id_), ("r", letter))
    if seen is None or not seen.stored.ver or "r" not in seen.letters:
        raise sight.absent("Patient", id_)
    if letter not in seen.letters:
        raise sight.forbidden("Patient")
    if seen.stored.deleted:
        raise read.gone("Patient", id_, seen.stored.ver)
    return seen.stored


async def locked(
    ctx: Context, connection: Connection, access: Access, ids: Sequence[str]
) -> dict[str, Stored]:
    """Several, to be changed, locked in one order so that nobody waits in a circle."""
    if len(set(ids)) < len(ids):
        raise Conflict(
            Issue(
                "business-rule",
                "Both are the same record: name two different ones.",
                "两者是同一条记录：请指明两条不同的记录。",
            )
        )
    rows = await store.locked(connection, [(types.number("Patient"), id_) for id_ in ids])
    for id_ in ids:
        await one(ctx, connection, access, id_, "u")
    return {row.id: row for row in rows}


def content(stored: Stored) -> Json:
    """The resource, to be changed."""
    return json.decode(stored.body.encode())


async def put(
    ctx: Context,
    connection: Connection,
    access: Access,
    changed: Sequence[tuple[Stored, Json]],
    *,
    bodies: bool = True,
) -> list[Result]:
    """Write new versions in the transaction at hand."""
    drafts = [Draft(types.name(old.type), old.id, resource, old) for old, resource in changed]
    return await write(ctx, connection, access, drafts, bodies=bodies)


def elevated(access: Access) -> Access:
    """The same person, able to change all of a chart: for what an operation does by its nature."""
    whole = Access.local()
    return msgspec.structs.replace(access, scopes=whole.scopes, hidden=(), sealed=True)


def reference(stored: Stored) -> Json:
    """A reference to it."""
    return {"reference": f"Patient/{stored.id}"}


def with_link(patient: Json, other: str, kind: str) -> Json:
    """The patient with a link of this kind to another, once."""
    links = [*patient.get("link", ())]
    if not any(_is(link, other, kind) for link in links):
        links.append({"other": {"reference": f"Patient/{other}"}, "type": kind})
    return {**patient, "link": links}


def without_link(patient: Json, other: str, kind: str) -> Json:
    """The patient without it."""
    links = [link for link in patient.get("link", ()) if not _is(link, other, kind)]
    rest = {key: value for key, value in patient.items() if key != "link"}
    return {**patient, "link": links} if links else rest


def has_link(patient: Json, kind: str) -> bool:
    """Whether it has a link of this kind."""
    return any(link.get("type") == kind for link in patient.get("link", ()))


def _is(link: Json, other: str, kind: str) -> bool:
    return link.get("type") == kind and link.get("other", {}).get("reference") == f"Patient/{other}"
