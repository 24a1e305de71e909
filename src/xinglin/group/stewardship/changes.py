"""A change to an entry as a Task: what is proposed, in which state, what publishing makes of it.

https://hl7.org/fhir/R4/task.html#statemachine. The proposed content is contained in the Task, so
that what is in use stays as it is until the change is published.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from xinglin.kernel.errors import Conflict, Issue

if TYPE_CHECKING:
    from datetime import date, datetime

Json = dict[str, Any]
Kind = Literal["change", "retire"]
BASE: Final = "https://xinglin.example/fhir/"
SYSTEM: Final = BASE + "CodeSystem/stewardship"
STATUS: Final = BASE + "CodeSystem/catalogue-status"
VALID_FROM: Final = BASE + "StructureDefinition/valid-from"
_PROPOSED: Final = "proposed"
_IN_USE: Final = "in-use"
_NAMES: Final = {
    "change": ("Change of a catalogue entry", "目录条目变更"),
    "retire": ("Retirement of a catalogue entry", "目录条目停用"),
    "wish": ("Wish or report about a catalogue", "目录需求与问题"),
}
WITHOUT_DRAFT: Final = frozenset({"MedicationKnowledge", "Medication"})
"""Types whose status knows no draft: the stewards' mark says it."""
OPEN: Final = ("requested", "accepted", "ready")
"""Proposed; reviewed; published from a day that has not come."""
_RETIRED: Final = {"MedicationKnowledge": "inactive", "Medication": "inactive"}
_WITHOUT_STATUS: Final = frozenset(
    {"ObservationDefinition", "SpecimenDefinition", "DeviceDefinition"}
)


def code(kind: str) -> Json:
    """The code of a Task."""
    en, zh = _NAMES[kind]
    return {"coding": [{"system": SYSTEM, "code": kind, "display": en}], "text": zh}


class Saying(NamedTuple):
    """Who says something to which team, why, and when."""

    team: str
    who: str
    text: str
    at: datetime


def _task(kind: str, said: Saying) -> Json:
    return {
        "resourceType": "Task",
        "status": "requested",
        "intent": "proposal",
        "code": code(kind),
        "groupIdentifier": {"system": SYSTEM + "-team", "value": said.team},
        "authoredOn": said.at.isoformat(),
        "requester": {"display": said.who},
        "description": said.text,
    }


def propose(kind: Kind, target: Json, said: Saying, content: Json | None) -> Json:
    """The Task of a proposal about an entry that is marked with it (`marked`).

    ``content`` None: the entry as it is.
    """
    version = int(target["meta"]["versionId"]) + 1
    task = _task(kind, said)
    task["focus"] = {
        "reference": f"{target['resourceType']}/{target['id']}/_history/{version}",
    }
    task["statusReason"] = {"text": state_of(target) or _IN_USE}
    if content is not None:
        kept = {name: value for name, value in content.items() if name not in ("id", "meta")}
        task["contained"] = [kept | {"id": _PROPOSED}]
        task["input"] = [
            {"type": {"text": _PROPOSED}, "valueReference": {"reference": f"#{_PROPOSED}"}}
        ]
    return task


def wish(said: Saying, screen: str, focus: str | None) -> Json:
    """The Task of a wish or a report, from whatever screen."""
    task = _task("wish", said)
    if focus:
        task["focus"] = {"reference": focus}
    if screen:
        task["note"] = [{"text": screen, "time": said.at.isoformat()}]
    return task


def kind_of(task: Json) -> str:
    """change, retire or wish."""
    return task["code"]["coding"][0]["code"]


def base_of(task: Json) -> tuple[str, str, str | None]:
    """(type, id, version) of the entry that a proposal started from."""
    type_, id_, *rest = task["focus"]["reference"].split("/")
    return type_, id_, rest[1] if len(rest) == 2 else None


def reviewed(task: Json, who: str, comment: str, at: datetime, *, approved: bool) -> Json:
    """The Task after its review; raises Conflict for one's own proposal, or where it is past."""
    _expect(task, "requested", "reviewed", "审核")
    if task["requester"]["display"] == who:
        raise Conflict(
            Issue(
                "business-rule",
                "Nobody reviews a proposal of his own; ask another member of the team.",
                "不得审核本人提出的变更；请由团队其他成员审核。",
            )
        )
    return noted(task, who, comment, at) | {
        "status": "accepted" if approved else "rejected",
        "owner": {"display": who},
    }


def noted(task: Json, who: str, text: str, at: datetime) -> Json:
    """With a note."""
    if not text:
        return dict(task)
    note = {"authorString": who, "time": at.isoformat(), "text": text}
    return task | {"note": [*task.get("note", []), note]}


def scheduled(task: Json, day: date) -> Json:
    """Published, from a day to come."""
    _expect(task, "accepted", "published", "发布")
    period = {"start": day.isoformat()}
    return task | {"status": "ready", "executionPeriod": period}


def due(task: Json, today: date) -> bool:
    """Whether its day has come."""
    start = task.get("executionPeriod", {}).get("start", "")
    return task["status"] == "ready" and start <= today.isoformat()


def completed(task: Json, at: datetime) -> Json:
    """Done."""
    if task["status"] not in ("accepted", "ready"):
        _expect(task, "accepted", "published", "发布")
    period = {"start": at.date().isoformat()} | task.get("executionPeriod", {})
    return task | {"status": "completed", "executionPeriod": period | {"end": at.isoformat()}}


def _expect(task: Json, status: str, en: str, zh: str) -> None:
    if task["status"] != status:
        raise Conflict(
            Issue(
                "conflict",
                f"This proposal is {task['status']}; only one that is {status} can be {en}.",
                f"该变更当前状态为 {task['status']}；只有 {status} 状态才能{zh}。",
            )
        )


def published(entry: Json, task: Json, day: date) -> Json:
    """The entry as it is in use from that day."""
    content = next(iter(task.get("contained", [])), None)
    made = dict(entry)
    if content is not None:
        made = {**content, "id": entry["id"], "meta": entry.get("meta", {})}
    type_ = entry["resourceType"]
    if kind_of(task) == "retire":
        if type_ not in _WITHOUT_STATUS:
            made["status"] = _RETIRED.get(type_, "retired")
        return _tagged(made, "retired" if type_ in _WITHOUT_STATUS else None)
    if type_ not in _WITHOUT_STATUS:
        made["status"] = "active"
    return _valid_from(_tagged(made, None), day)


def marked(entry: Json, state: str) -> Json:
    """The entry with the stewards' state: draft or review."""
    return _tagged(dict(entry), state)


def unmarked(entry: Json, task: Json) -> Json:
    """The entry as it was before this was proposed."""
    before = task.get("statusReason", {}).get("text", _IN_USE)
    return _tagged(dict(entry), None if before == _IN_USE else before)


def state_of(entry: Json) -> str:
    """The stewards' state, empty where it has none."""
    tags = entry.get("meta", {}).get("tag", ())
    return next((tag["code"] for tag in tags if tag.get("system") == STATUS), "")


def _tagged(entry: Json, state: str | None) -> Json:
    meta = dict(entry.get("meta", {}))
    tags = [tag for tag in meta.get("tag", ()) if tag.get("system") != STATUS]
    if state:
        tags.append({"system": STATUS, "code": state})
    if tags:
        meta["tag"] = tags
    else:
        meta.pop("tag", None)
    return entry | {"meta": meta}


def _valid_from(entry: Json, day: date) -> Json:
    kept = [one for one in entry.get("extension", []) if one.get("url") != VALID_FROM]
    return entry | {"extension": [*kept, {"url": VALID_FROM, "valueDate": day.isoformat()}]}
