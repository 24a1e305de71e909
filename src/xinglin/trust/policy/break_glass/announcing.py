"""What is written when a record is opened: the review, the notice to the team, the flag.

HL7 FHIR R4: task.html, communication.html, flag.html. All three in the transaction that opens it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from xinglin.trust.policy.reading import Name

from .model import CATEGORY, FLAG, OUTCOMES, PURPOSES, TASK, Opening, concept, instant

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

Json = dict[str, Any]
_MOST: Final = 40
_REASON: Final = "http://terminology.hl7.org/CodeSystem/v3-ActReason"


class Announced(msgspec.Struct, frozen=True):
    """An opening with the names of whose record it is and of who opens it."""

    opening: Opening
    patient: Name
    by: Name

    @property
    def period(self) -> Json:
        """How long the record is open."""
        return {"start": instant(self.opening.since), "end": instant(self.opening.until)}


def review(told: Announced) -> Json:
    """The Task of the privacy officer; its period is how long the record is open."""
    one = told.opening
    en, zh = PURPOSES[one.purpose]
    coding = {"system": _REASON, "code": one.purpose, "display": en}
    return {
        "resourceType": "Task",
        "id": one.task_id,
        "status": "requested",
        "intent": "order",
        "priority": "urgent",
        "code": concept(TASK),
        "description": one.reason,
        "for": _ref(told.patient),
        "requester": _ref(told.by),
        "authoredOn": instant(one.since),
        "reasonCode": {"coding": [coding], "text": zh},
        "restriction": {"period": told.period},
    }


def notice(told: Announced, id_: str, team: Sequence[Name]) -> Json:
    """What the treating team and the privacy officer are told at once."""
    one = told.opening
    minutes = round((one.until - one.since).total_seconds() / 60)
    made: Json = {
        "resourceType": "Communication",
        "id": id_,
        "status": "completed",
        "priority": "urgent",
        "category": [concept(CATEGORY)],
        "subject": _ref(told.patient),
        "about": [_ref(("Task", one.task_id))],
        "sender": _ref(told.by),
        "sent": instant(one.since),
        "payload": [
            {"contentString": f"已紧急访问该患者病历，时限 {minutes} 分钟。理由：{one.reason}"},
            {
                "contentString": "The record of this patient was opened by break-glass for "
                f"{minutes} minutes. Reason: {one.reason}"
            },
        ],
    }
    others = [_ref(name) for name in team if name != told.by][:_MOST]
    return {**made, "recipient": others} if others else made


def flag(told: Announced, id_: str) -> Json:
    """What whoever opens the chart sees, the patient included."""
    return {
        "resourceType": "Flag",
        "id": id_,
        "status": "active",
        "category": [concept(FLAG)],
        "code": concept(FLAG),
        "subject": _ref(told.patient),
        "period": told.period,
        "author": _ref(told.by),
    }


def reviewed(task: Json, outcome: str, comment: str, at: datetime) -> Json:
    """The Task when the review is done."""
    zh = OUTCOMES[outcome][1]
    done = {**task, "status": "completed", "lastModified": instant(at)}
    done["businessStatus"] = concept(("break-glass-outcome", outcome, zh))
    if comment:
        done["note"] = [*task.get("note", ()), {"time": instant(at), "text": comment}]
    return done


def _ref(name: Name) -> Json:
    return {"reference": "/".join(name)}
