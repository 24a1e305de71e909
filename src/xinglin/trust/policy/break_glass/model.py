"""An opening, and the words in which it is announced.

HL7 FHIR R4: task.html, communication.html, flag.html.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Literal

import msgspec

Json = dict[str, Any]
LOCAL: Final = "https://xinglin.example/fhir/CodeSystem/"
TASK: Final = ("task", "break-glass-review", "紧急访问复核")
CATEGORY: Final = ("communication-category", "break-glass", "紧急访问通知")
FLAG: Final = ("flag-category", "break-glass", "紧急访问")
PURPOSES: Final = {
    "ETREAT": ("Emergency treatment", "紧急救治"),
    "TREAT": ("Treatment", "诊疗"),
    "HOPERAT": ("Hospital operations", "医院管理"),
    "PATRQT": ("Patient's request", "患者要求"),
}
OUTCOMES: Final = {
    "justified": ("Justified", "合理"),
    "unjustified": ("Not justified", "不合理"),
    "unclear": ("Unclear", "待查"),
}
Status = Literal["open", "reviewed", "all"]


class Opening(msgspec.Struct, frozen=True):
    """One row of ``break_glass``; numbers are rids, ``account`` and ``position`` of sign-in."""

    task: int
    task_id: str
    patient: int
    unit: int
    account: int
    actor: str
    role: str
    position: int
    home: int | None
    reason: str
    purpose: str
    since: datetime
    until: datetime
    reviewed: datetime | None = None
    reviewer: str = ""
    outcome: str = ""
    comment: str = ""


class Asked(msgspec.Struct, frozen=True):
    """Which openings: of these campuses, by this account, this one; None: of all."""

    status: Status
    homes: tuple[int, ...] | None = None
    account: int | None = None
    task_id: str | None = None
    limit: int = 1


class About(msgspec.Struct, frozen=True):
    """An opening as it is told: with the names of patient and practitioner."""

    opening: Opening
    patient_id: str
    patient_name: str
    practitioner_id: str
    practitioner_name: str


def concept(known: tuple[str, str, str]) -> Json:
    """One of our own codes."""
    system, code, zh = known
    return {"coding": [{"system": LOCAL + system, "code": code, "display": zh}], "text": zh}


def instant(moment: datetime) -> str:
    """As FHIR writes it."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
