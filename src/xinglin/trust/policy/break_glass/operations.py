"""``Patient/{id}/$break-glass``, ``$break-glass-list``, ``$break-glass-review``; whom to look for.

The operations are our own; docs/howto/break-glass.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xinglin.cdr.operations.registry import OWN_DEFINITION, Reply
from xinglin.kernel.errors import Issue, Malformed

from .finding import Finding
from .model import OUTCOMES, PURPOSES, Status, instant
from .service import Openings

if TYPE_CHECKING:
    from xinglin.cdr.assembly import Assembly
    from xinglin.cdr.operations.registry import Call, Registry
    from xinglin.kernel.database import Database
    from xinglin.trust.audit import Recorder
    from xinglin.trust.policy.compile import RolePolicy

    from .model import About

Json = dict[str, Any]
LONGEST: Final = 240
USUAL: Final = 60
_SHORTEST_REASON: Final = 4
_PAGE: Final = 200
_STATUS: Final[dict[str, Status]] = {"open": "open", "reviewed": "reviewed", "all": "all"}


class BreakGlass:
    """The operations over one repository."""

    def __init__(
        self,
        assembly: Assembly,
        database: Database,
        policy: RolePolicy,
        recorder: Recorder | None = None,
    ) -> None:
        self._openings = Openings(assembly.repository, database, policy, recorder)
        self._finding = Finding(assembly, database, policy)

    def register(self, known: Registry) -> None:
        """Make them callable."""
        name = OWN_DEFINITION + "break-glass"
        known.register(
            "break-glass", ("instance",), ("Patient",), self.open, changes=True, definition=name
        )
        known.register("break-glass-list", ("system",), (), self.listed, definition=name + "-list")
        known.register(
            "break-glass-review",
            ("system",),
            (),
            self.review,
            changes=True,
            definition=name + "-review",
        )
        known.register(
            "break-glass-find",
            ("type",),
            ("Patient",),
            self._finding.find,
            changes=True,
            definition=name + "-find",
        )

    async def open(self, call: Call) -> Reply:
        """Open the record of one patient to the caller for some minutes."""
        given = call.parameters
        reason = (given.text("reason") or "").strip()
        if len(reason) < _SHORTEST_REASON:
            raise _bad(
                "reason",
                "write in a few words why the record is needed now",
                "请简要写明此刻需要查看病历的理由",
            )
        purpose = given.text("purpose") or "ETREAT"
        if purpose not in PURPOSES:
            known = ", ".join(PURPOSES)
            raise _bad("purpose", f"is one of {known}", f"应为 {known} 之一")
        minutes = given.number("minutes", 1)
        if minutes is not None and minutes > LONGEST:
            raise _bad("minutes", f"is at most {LONGEST}", f"最长 {LONGEST} 分钟")
        opening = await self._openings.open(
            call.access, call.id, reason[:1000], purpose, minutes or USUAL
        )
        parameter: list[Json] = [
            {"name": "id", "valueId": opening.task_id},
            {"name": "until", "valueInstant": instant(opening.until)},
            {"name": "review", "valueReference": {"reference": f"Task/{opening.task_id}"}},
        ]
        return Reply({"resourceType": "Parameters", "parameter": parameter})

    async def listed(self, call: Call) -> Reply:
        """The openings to be reviewed (``status`` open, reviewed or all); or ``mine``."""
        status = _STATUS.get(call.parameters.text("status") or "open")
        if status is None:
            raise _bad("status", "is open, reviewed or all", "应为 open、reviewed 或 all")
        mine = call.parameters.flag("mine") is True
        found = await self._openings.listed(call.access, status, _PAGE, mine=mine)
        parameter = [{"name": "opening", "part": _parts(one)} for one in found]
        told: Json = {"resourceType": "Parameters"}
        return Reply({**told, "parameter": parameter} if parameter else told)

    async def review(self, call: Call) -> Reply:
        """Say whether an opening was right; one that was not ends at once."""
        given = call.parameters
        id_, outcome = given.text("id"), given.text("outcome")
        if not id_:
            raise _bad("id", "names the opening", "应指明哪一次访问")
        if outcome not in OUTCOMES:
            known = ", ".join(OUTCOMES)
            raise _bad("outcome", f"is one of {known}", f"应为 {known} 之一")
        comment = (given.text("comment") or "").strip()[:2000]
        if outcome != "justified" and not comment:
            raise _bad("comment", "says what is to be done about it", "请说明原因及后续处理")
        about = await self._openings.review(call.access, id_, outcome, comment)
        return Reply({"resourceType": "Parameters", "parameter": _parts(about)})


def _parts(about: About) -> list[Json]:
    """One opening, as a page shows it."""
    one = about.opening
    patient = _named("Patient", about.patient_id, about.patient_name)
    person = _named("Practitioner", about.practitioner_id, about.practitioner_name)
    parts: list[Json] = [
        {"name": "id", "valueId": one.task_id},
        {
            "name": "patient",
            "valueReference": patient,
        },
        {"name": "practitioner", "valueReference": person},
        {"name": "actor", "valueString": one.actor},
        {"name": "role", "valueCode": one.role},
        {"name": "reason", "valueString": one.reason},
        {"name": "purpose", "valueCode": one.purpose},
        {"name": "since", "valueInstant": instant(one.since)},
        {"name": "until", "valueInstant": instant(one.until)},
        {"name": "status", "valueCode": "reviewed" if one.reviewed else "open"},
    ]
    if one.reviewed is not None:
        parts += [
            {"name": "reviewed", "valueInstant": instant(one.reviewed)},
            {"name": "reviewer", "valueString": one.reviewer},
            {"name": "outcome", "valueCode": one.outcome},
        ]
        if one.comment:
            parts.append({"name": "comment", "valueString": one.comment})
    return parts


def _named(type_: str, id_: str, name: str) -> Json:
    made: Json = {"reference": f"{type_}/{id_}"}
    return {**made, "display": name} if name else made


def _bad(name: str, en: str, zh: str) -> Malformed:
    place = (f"Parameters.parameter.where(name='{name}')",)
    return Malformed(Issue("required", f"Parameter {name}: {en}.", f"参数 {name}：{zh}。", place))
