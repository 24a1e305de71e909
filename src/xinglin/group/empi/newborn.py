"""A newborn and its mother: a RelatedPerson of the child, to which the mother's record is linked.

https://hl7.org/fhir/R4/patient.html#maternity; Patient.link: "the same person as a RelatedPerson".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xinglin.cdr.interactions.draft import Draft
from xinglin.cdr.interactions.write import write
from xinglin.kernel.ids import uuid7

from . import patients

if TYPE_CHECKING:
    from xinglin.cdr.access import Access
    from xinglin.cdr.context import Context
    from xinglin.cdr.store import Stored
    from xinglin.kernel.database import Connection

_NATURAL_MOTHER: Final = {
    "coding": [
        {
            "system": "http://terminology.hl7.org/CodeSystem/v3-RoleCode",
            "code": "NMTH",
            "display": "natural mother",
        }
    ],
    "text": "生母",
}


async def join(
    ctx: Context, connection: Connection, access: Access, child: str, mother: Stored
) -> None:
    """Have the record of the child name its mother, and hers point to that."""
    who = patients.content(mother)
    id_ = uuid7()
    related: dict[str, Any] = {
        "resourceType": "RelatedPerson",
        "active": True,
        "patient": {"reference": f"Patient/{child}"},
        "relationship": [_NATURAL_MOTHER],
        **{key: who[key] for key in ("name", "telecom", "gender", "birthDate") if key in who},
    }
    link = {"other": {"reference": f"RelatedPerson/{id_}"}, "type": "seealso"}
    await write(ctx, connection, access, [Draft("RelatedPerson", id_, related)])
    await patients.put(
        ctx,
        connection,
        access,
        [(mother, {**who, "link": [*who.get("link", ()), link]})],
        bodies=False,
    )
