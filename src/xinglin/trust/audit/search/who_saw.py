"""``Patient/{id}/$who-saw``: who had to do with a patient, in which role, when and how often.

An own operation; for the patient himself and for whoever reads the trail. docs/howto/audit.md.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from xinglin.cdr.operations import OWN_DEFINITION, Call, Reply
from xinglin.kernel.errors import Issue, NotFound
from xinglin.trust.audit.queries import instant

from . import asking, queries
from .kinds import kind
from .sight import of_patient

if TYPE_CHECKING:
    from xinglin.cdr.index.dates import Dates
    from xinglin.cdr.operations import Registry
    from xinglin.kernel.database import Database

    from .queries import Seen
    from .resource import Names

EMERGENCY = frozenset(("BTG", "ETREAT"))


class WhoSaw:
    """The operation over one database."""

    def __init__(self, db: Database, dates: Dates) -> None:
        self._db = db
        self._reader = asking.Reader(
            dates, partial(queries.rid_of, db), partial(queries.accounts, db)
        )

    def register(self, operations: Registry) -> None:
        """Make it callable on a patient."""
        operations.register(
            "who-saw",
            ("instance",),
            ("Patient",),
            self.who_saw,
            definition=f"{OWN_DEFINITION}who-saw",
        )

    async def who_saw(self, call: Call) -> Reply:
        """Parameters with one ``person`` for each; ``date`` narrows the time (several allowed)."""
        rid = await queries.rid_of(self._db, "Patient", call.id)
        sight = of_patient(call.access, rid or 0)
        if rid is None:
            raise _absent(call.id)
        wanted = await self._reader.read([("date", one) for one in call.parameters.texts("date")])
        rows = await queries.saw(self._db, rid, sight, wanted)
        names = await queries.names(self._db, (), {row.account for row in rows}, call.lang)
        people = [_person(row, names, call.lang) for row in rows]
        return Reply({"resourceType": "Parameters", "parameter": people or [_nobody()]})


def _person(row: Seen, names: Names, lang: str) -> dict[str, Any]:
    reference, name = names.accounts.get(row.account, ("", ""))
    who = {"display": name or row.actor or row.client or "?"}
    if reference:
        who["reference"] = reference
    did = sorted({(told.zh if lang == "zh" else told.en) for told in map(kind, row.kinds)})
    parts: list[dict[str, Any]] = [
        {"name": "who", "valueReference": who},
        {"name": "account", "valueString": row.actor or "-"},
        {"name": "first", "valueInstant": _instant(row.first)},
        {"name": "last", "valueInstant": _instant(row.last)},
        {"name": "times", "valueInteger": row.times},
        {"name": "breakGlass", "valueBoolean": row.purpose in EMERGENCY},
        *({"name": "did", "valueString": one} for one in did),
    ]
    parts += [
        {"name": name, "valueString": value}
        for name, value in (("role", row.role), ("purpose", row.purpose), ("client", row.client))
        if value
    ]
    return {"name": "person", "part": parts}


def _nobody() -> dict[str, Any]:
    return {"name": "persons", "valueInteger": 0}


def _instant(at: int) -> str:
    return instant(at).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _absent(id_: str) -> NotFound:
    return NotFound(
        Issue(
            "not-found",
            f"There is no Patient/{id_} here, or none that you may see.",
            f"此处没有 Patient/{id_}，或者您无权查看。",
        )
    )
