"""``Patient/$break-glass-find``: whom somebody without access may ask to open.

By a whole number, or by a whole name with the birth date; what is told is enough to recognise the
person who lies there, and not more. The operation is our own; docs/howto/break-glass.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xinglin.cdr.access import Access
from xinglin.cdr.operations.registry import Reply
from xinglin.cdr.search import SearchRequest
from xinglin.fhir import json
from xinglin.kernel.errors import Forbidden, Issue, Malformed

if TYPE_CHECKING:
    from xinglin.cdr.assembly import Assembly
    from xinglin.cdr.operations.registry import Call
    from xinglin.kernel.database import Database
    from xinglin.trust.policy.compile import RolePolicy

Json = dict[str, Any]
_MOST: Final = 5


class Finding:
    """The search over one engine."""

    def __init__(self, assembly: Assembly, database: Database, policy: RolePolicy) -> None:
        self._engine = assembly.engine
        self._database = database
        self._policy = policy

    async def find(self, call: Call) -> Reply:
        """At most five patients, masked; more than five: none, with the advice to say more."""
        grant = self._policy.grant_of(call.access)
        position = grant.position if grant else None
        role = self._policy.roles.get(position.role) if position else None
        if role is None or not role.break_glass or (grant and grant.scopes is not None):
            raise Forbidden(
                Issue(
                    "forbidden",
                    "Your position cannot open records by break-glass.",
                    "您的岗位不能紧急访问病历。",
                )
            )
        query = (*_query(call), ("_count", str(_MOST + 1)), ("_summary", "false"))
        request = SearchRequest("Patient", query)
        found = await self._engine.search(self._database, Access.local(), request)
        patients = [one["resource"] for one in json.decode(found.body).get("entry", ())]
        if len(patients) > _MOST:
            raise Malformed(
                Issue(
                    "too-costly",
                    "More than five people are like that: give a whole record or identity number.",
                    "符合条件的超过五人：请输入完整的病案号或身份证号。",
                )
            )
        parameter = [{"name": "patient", "part": masked(one)} for one in patients]
        told: Json = {"resourceType": "Parameters"}
        return Reply({**told, "parameter": parameter} if parameter else told)


def _query(call: Call) -> tuple[tuple[str, str], ...]:
    given = call.parameters
    number, name = given.text("identifier"), given.text("name")
    born = given.text("birthdate")
    if number and len(number) >= _MOST:
        return (("identifier", _plain(number)),)
    if name and born and len(born) == len("2000-01-01"):
        return (("name:exact", _plain(name)), ("birthdate", _plain(born)))
    raise Malformed(
        Issue(
            "required",
            "Give a whole record or identity number (identifier), or the whole name with the birth "
            "date (name, birthdate).",
            "请给出完整的病案号或身份证号（identifier），或完整姓名与出生日期（name、birthdate）。",
        )
    )


def _plain(text: str) -> str:
    """What is special to a search is meant as it stands."""
    for mark in "\\,$|":
        text = text.replace(mark, "\\" + mark)
    return text


def masked(patient: Json) -> list[Json]:
    """Enough to recognise somebody: 张*, sex, year of birth."""
    names = patient.get("name") or [{}]
    text = str(names[0].get("text") or names[0].get("family") or "")
    shown = text[:1] + "*" * min(len(text[1:]), 3)
    parts: list[Json] = [
        {"name": "patient", "valueReference": {"reference": f"Patient/{patient['id']}"}}
    ]
    if shown:
        parts.append({"name": "name", "valueString": shown})
    if "gender" in patient:
        parts.append({"name": "gender", "valueCode": patient["gender"]})
    if isinstance(patient.get("birthDate"), str):
        parts.append({"name": "birthYear", "valueString": patient["birthDate"][:4]})
    return parts
