"""``$audit-alerts`` and ``$audit-alert-close``: the list of odd patterns, and what came of each.

Own operations, for whoever reads the whole trail. docs/howto/audit.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xinglin.cdr.operations import OWN_DEFINITION, Call, Reply
from xinglin.kernel.errors import Issue, Malformed, NotFound
from xinglin.trust.audit.search import queries as names_of
from xinglin.trust.audit.search.sight import forbidden, sight_of

from . import queries
from .rules import rules

if TYPE_CHECKING:
    from datetime import datetime

    import asyncpg

    from xinglin.cdr.access import Access
    from xinglin.cdr.operations import Registry
    from xinglin.kernel.database import Database
    from xinglin.trust.audit.search.resource import Names

OUTCOMES = ("justified", "not-justified", "unclear")
_STATES = {"open": "open", "closed": "closed", "all": ""}


class Alerts:
    """The two operations over one database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def register(self, operations: Registry) -> None:
        """Make them callable on the system."""
        stem = f"{OWN_DEFINITION}audit-alert"
        operations.register("audit-alerts", ("system",), (), self.alerts, definition=f"{stem}s")
        operations.register(
            "audit-alert-close",
            ("system",),
            (),
            self.close,
            changes=True,
            definition=f"{stem}-close",
        )

    async def alerts(self, call: Call) -> Reply:
        """``state`` open (without one), closed or all; ``_count`` at most 1,000."""
        _allowed(call.access)
        state = call.parameters.text("state") or "open"
        if state not in _STATES:
            raise _bad("state", "takes open, closed or all", "可为 open、closed 或 all")
        count = min(call.parameters.number("_count", 1) or 100, 1000)
        rows = await queries.alerts(self._db, _STATES[state], count)
        names = await names_of.names(
            self._db,
            {row["patient"] for row in rows},
            {one for row in rows for one in (row["account"], row["closed_by"])},
            call.lang,
        )
        found = [_alert(row, names, call.lang) for row in rows]
        total = {"name": "total", "valueInteger": len(found)}
        return Reply({"resourceType": "Parameters", "parameter": [total, *found]})

    async def close(self, call: Call) -> Reply:
        """``id``, ``outcome`` (justified, not-justified, unclear), ``comment``."""
        _allowed(call.access)
        given = call.parameters
        number = given.number("id", 1)
        outcome, comment = given.text("outcome") or "", given.text("comment") or ""
        if number is None:
            raise _bad("id", "is missing: which alert", "缺失：请指明警示编号")
        if outcome not in OUTCOMES:
            choice = ", ".join(OUTCOMES)
            raise _bad("outcome", f"takes one of {choice}", f"可为 {choice}")
        if not await queries.close(self._db, number, call.access.account, outcome, comment[:2000]):
            raise NotFound(
                Issue(
                    "not-found",
                    f"There is no open alert {number}; $audit-alerts lists those there are.",
                    f"没有编号为 {number} 的未处理警示；可用 $audit-alerts 查看。",
                )
            )
        parts: list[dict[str, Any]] = [
            {"name": "id", "valueInteger": number},
            {"name": "state", "valueCode": "closed"},
        ]
        return Reply({"resourceType": "Parameters", "parameter": parts})


def _allowed(access: Access) -> None:
    if not sight_of(access, "s").everything:
        raise forbidden()


def _alert(row: asyncpg.Record, names: Names, lang: str) -> dict[str, Any]:
    told = {rule.code: rule for rule in rules()}.get(row["rule"])
    parts: list[dict[str, Any]] = [
        {"name": "id", "valueInteger": row["id"]},
        {"name": "rule", "valueCode": row["rule"]},
        {"name": "name", "valueString": told.name[lang] if told else row["rule"]},
        {"name": "severity", "valueCode": told.severity if told else "low"},
        {"name": "who", "valueReference": _who(row["account"], row["actor"], names)},
        {"name": "first", "valueInstant": _instant(row["first"])},
        {"name": "last", "valueInstant": _instant(row["last"])},
        {"name": "times", "valueInteger": row["times"]},
        {"name": "state", "valueCode": row["state"]},
        {"name": "event", "valueReference": {"reference": f"AuditEvent/{row['row']}"}},
    ]
    patient = names.resources.get(row["patient"])
    if patient:
        parts.append({"name": "patient", "valueReference": {"reference": patient}})
    texts = {one: row[one] for one in ("role", "note", "outcome", "comment")}
    parts += [{"name": one, "valueString": text} for one, text in texts.items() if text]
    if row["closed_at"]:
        parts.append({"name": "closed", "valueInstant": _instant(row["closed_at"])})
        parts.append({"name": "closedBy", "valueReference": _who(row["closed_by"], "", names)})
    return {"name": "alert", "part": parts}


def _who(account: int, actor: str, names: Names) -> dict[str, str]:
    reference, name = names.accounts.get(account, ("", ""))
    who = {"display": name or actor or "?"}
    return who | {"reference": reference} if reference else who


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _bad(name: str, en: str, zh: str) -> Malformed:
    place = f"Parameters.parameter.where(name='{name}')"
    return Malformed(Issue("value", f"Parameter {name} {en}", f"参数 {name} {zh}", (place,)))
