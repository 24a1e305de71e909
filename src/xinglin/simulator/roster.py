"""Who works where and when: the staff of each department and its rota.

PractitionerRole.availableTime, https://hl7.org/fhir/R4/practitionerrole.html
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from typing import Final

import msgspec

from .chance import Chance
from .people import Name, name
from .tables import table
from .times import WEEKDAYS

ROUND_THE_CLOCK: Final = frozenset({"ED", "LAB", "IMG", "PHAR"})
"""Departments whose doctors work in three shifts; elsewhere one doctor is on duty at night."""

CLINICS: Final = frozenset({"HAEM", "RHEU", "ENT", "DERM", "GP", "CHK", "CHC", "PATH"})
"""Departments that close at night."""

_SUPPORT: Final = {"LAB": "technologist", "IMG": "radiologist", "PHAR": "pharmacist"}
_TITLES: Final = {
    "doctor": (("主任医师", "Chief physician"), ("副主任医师", "Associate chief physician"),
               ("主治医师", "Attending physician"), ("住院医师", "Resident physician")),
    "nurse": (("主管护师", "Nurse in charge"), ("护师", "Senior nurse"), ("护士", "Nurse")),
    "technologist": (("副主任技师", "Associate chief technologist"), ("主管技师", "Technologist in charge"),
                     ("技师", "Technologist")),
    "radiologist": (("主任医师", "Chief radiologist"), ("主治医师", "Attending radiologist"),
                    ("住院医师", "Resident radiologist")),
    "pharmacist": (("副主任药师", "Associate chief pharmacist"), ("主管药师", "Pharmacist in charge"),
                   ("药师", "Pharmacist")),
}  # fmt: skip
_DAY: Final = ("08:00:00", "17:30:00")
_SHIFTS: Final = (("00:00:00", "08:00:00"), ("08:00:00", "16:00:00"), ("16:00:00", "23:59:59"))

Hours = tuple[int, str, str]
"""Weekday (Monday 0), start, end."""


class Member(msgspec.Struct, frozen=True):
    """One member of staff."""

    id: str
    kind: str
    department: str
    campus: str
    number: int
    of: int
    name: Name
    sex: str
    born: date

    @property
    def title(self) -> tuple[str, str]:
        """Professional title in Chinese and English; seniors come first."""
        titles = _TITLES[self.kind]
        return titles[self.number * len(titles) // self.of]

    @property
    def in_shifts(self) -> bool:
        """Whether this person works in three shifts."""
        if self.department in CLINICS:
            return False
        return self.kind != "doctor" or self.department in ROUND_THE_CLOCK

    def hours(self) -> list[Hours]:
        """The weekly rota."""
        if self.in_shifts:
            return [
                (slot // 3, *_SHIFTS[slot % 3])
                for slot in range(21)
                if slot % self.of == self.number
            ]
        week: list[Hours] = [(day, *_DAY) for day in range(5)]
        if self.department in CLINICS:
            return week
        for day in range(7):
            if day % self.of == self.number:
                if day > 4:
                    week.append((day, *_DAY))
                week.append((day, "17:30:00", "23:59:59"))
                week.append(((day + 1) % 7, "00:00:00", "08:00:00"))
        return sorted(week)


def _team(department: str) -> list[tuple[str, int]]:
    if department in _SUPPORT:
        return [(_SUPPORT[department], 6)]
    if department in CLINICS:
        return [("doctor", 4), ("nurse", 2)]
    return [("doctor", 8 if department == "ED" else 6), ("nurse", 6)]


@cache
def members(department: str, campus: str) -> dict[str, list[Member]]:
    """The staff of a department on a campus, by kind. The same for every seed."""
    out: dict[str, list[Member]] = {}
    for kind, count in _team(department):
        out[kind] = [_member(kind, department, campus, number, count) for number in range(count)]
    return out


def _member(kind: str, department: str, campus: str, number: int, of: int) -> Member:
    chance = Chance("staff", campus, department, kind, number)
    women = 0.93 if kind == "nurse" else 0.72 if department in {"OBST", "GYNE", "PAED"} else 0.46
    sex = "female" if chance.happens(women) else "male"
    born = date(1964 + (28 * number) // of, 1, 1) + timedelta(days=chance.whole(0, 1400))
    return Member(
        f"xg-{campus}-{department}-{kind[0]}{number + 1}".lower(),
        kind, department, campus, number, of, name(chance, sex, born.year), sex, born,
    )  # fmt: skip


@cache
def _week(department: str, campus: str, kind: str) -> list[list[tuple[str, str, Member]]]:
    week: list[list[tuple[str, str, Member]]] = [[] for _ in WEEKDAYS]
    for member in members(department, campus)[kind]:
        for day, start, end in member.hours():
            week[day].append((start, end, member))
    return week


def works(member: Member, moment: datetime) -> bool:
    """Whether the rota has this person at work."""
    clock = moment.strftime("%H:%M:%S")
    return any(
        who is member and start <= clock <= end
        for start, end, who in _week(member.department, member.campus, member.kind)[
            moment.weekday()
        ]
    )


def on_duty(
    chance: Chance, department: str, campus: str, moment: datetime, kind: str = "doctor"
) -> Member:
    """Somebody of that kind whose rota covers the moment."""
    clock = moment.strftime("%H:%M:%S")
    there = [m for a, b, m in _week(department, campus, kind)[moment.weekday()] if a <= clock <= b]
    if not there:
        raise ValueError(f"nobody of {kind} works in {department} {campus} at {moment}")
    return chance.pick(there)


def support(department: str) -> str:
    """The kind of staff a diagnostic department has."""
    return _SUPPORT.get(department, "doctor")


def everyone() -> list[Member]:
    """All staff of the group, in a fixed order."""
    out: list[Member] = []
    for code, row in table("group")["departments"].items():
        for campus in row[3]:
            for team in members(code, campus).values():
                out.extend(team)
    return out
