"""A visit: the Encounter and what hangs on it, from arrival to leaving.

https://hl7.org/fhir/R4/encounter.html
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal

from . import roster
from .catalogue import diagnosis
from .codes import HL7, V3, Json, coding, concept, local, number, ref
from .tables import table
from .times import stamp

if TYPE_CHECKING:
    from .chart import Chart
    from .roster import Member

Kind = Literal["AMB", "EMER", "IMP", "SS"]
_CLASS: Final = {
    "AMB": coding(V3 + "ActCode", "AMB", "ambulatory"),
    "EMER": coding(V3 + "ActCode", "EMER", "emergency"),
    "IMP": coding(V3 + "ActCode", "IMP", "inpatient encounter"),
    "SS": coding(V3 + "ActCode", "SS", "short stay"),
}
_TYPE: Final = {
    "AMB": concept(local("encounter-type"), "outpatient", "Outpatient visit", "门诊"),
    "EMER": concept(local("encounter-type"), "emergency", "Emergency visit", "急诊"),
    "IMP": concept(local("encounter-type"), "inpatient", "Inpatient stay", "住院"),
    "SS": concept(local("encounter-type"), "day", "Day case", "日间"),
}
_ROLE: Final = {
    code: concept(V3 + "ParticipationType", code, en, zh)
    for code, en, zh in (("ATND", "attender", "主管医师"), ("ADM", "admitter", "接诊医师"))
}
_USE: Final = {
    "AD": concept(HL7 + "diagnosis-role", "AD", "Admission diagnosis", "入院诊断"),
    "DD": concept(HL7 + "diagnosis-role", "DD", "Discharge diagnosis", "出院诊断"),
    "CC": concept(HL7 + "diagnosis-role", "CC", "Chief complaint", "主诉"),
    "CM": concept(HL7 + "diagnosis-role", "CM", "Comorbidity diagnosis", "合并症"),
}
_DISPOSITION: Final = {
    "home": concept(HL7 + "discharge-disposition", "home", "Home", "医嘱离院"),
    "exp": concept(HL7 + "discharge-disposition", "exp", "Expired", "死亡"),
    "rehab": concept(HL7 + "discharge-disposition", "rehab", "Rehabilitation", "转康复"),
    "oth": concept(HL7 + "discharge-disposition", "oth", "Other", "其他"),
}
_ADMIT: Final = {
    "emd": concept(HL7 + "admit-source", "emd", "From accident/emergency department", "急诊"),
    "outp": concept(HL7 + "admit-source", "outp", "From outpatient department", "门诊"),
    "born": concept(HL7 + "admit-source", "born", "Born in hospital", "院内出生"),
}
_CLINICAL: Final = HL7 + "condition-clinical"
CONFIRMED: Final = {"coding": [coding(HL7 + "condition-ver-status", "confirmed")]}
_CATEGORY: Final = {
    name: concept(HL7 + "condition-category", name, en, zh)
    for name, en, zh in (
        ("encounter-diagnosis", "Encounter Diagnosis", "就诊诊断"),
        ("problem-list-item", "Problem List Item", "长期问题"),
    )
}


class Visit:
    """One encounter being written. Acts (orders, results, notes) take it as first argument."""

    def __init__(
        self, chart: Chart, kind: Kind, department: str, campus: str, start: datetime
    ) -> None:
        self.chart = chart
        self.chance = chart.chance
        self.kind: Kind = kind
        self.department = department
        self.campus = campus
        self.start = start
        self.last = start
        self.doctor: Member = roster.on_duty(chart.chance, department, campus, start)
        self.complaint = ""
        self.diagnoses: list[tuple[str, str]] = []
        self.facts: list[tuple[datetime, str, Json]] = []
        """Abnormal results with their issue time and text, for the notes."""
        self.drugs: list[str] = []
        self.body: Json = {
            "status": "finished",
            "class": _CLASS[kind],
            "type": [_TYPE[kind]],
            "serviceType": service(department),
            "subject": chart.subject,
            "participant": [
                {"type": [_ROLE["ATND"]], "individual": self.who(self.doctor)},
            ],
            "period": {"start": stamp(start)},
            "serviceProvider": ref("Organization", f"xg-{campus}".lower()),
        }
        self.ref = chart.add("Encounter", start, self.body)
        self.entry = chart.entries[-1]
        self.body = self.entry.resource

    def on_duty(self, when: datetime, kind: str = "doctor", department: str = "") -> Member:
        """Who works then: the patient's own doctor if possible, else somebody of the department."""
        if kind == "doctor" and not department and roster.works(self.doctor, when):
            return self.doctor
        return roster.on_duty(self.chance, department or self.department, self.campus, when, kind)

    @staticmethod
    def who(member: Member) -> Json:
        """A reference to a member of staff."""
        return ref("Practitioner", member.id, member.name.text)

    def touch(self, when: datetime) -> None:
        """The visit lasts at least until then."""
        self.last = max(self.last, when)

    def because(self, zh: str, en: str) -> None:
        """Why the patient came."""
        self.complaint = zh
        self.body["reasonCode"] = [
            {"coding": [coding(local("complaint"), en.replace(" ", "-"), en)], "text": zh}
        ]

    def came_from(self, source: str) -> None:
        """How an inpatient was admitted."""
        self.body.setdefault("hospitalization", {})["admitSource"] = _ADMIT[source]

    def lies_in(self, bed: str, start: datetime, end: datetime) -> None:
        """A bed, for a time."""
        self.body.setdefault("location", []).append(
            {
                "location": ref("Location", bed),
                "status": "completed",
                "period": {"start": stamp(start), "end": stamp(end)},
            }
        )

    def diagnose(
        self, key: str, when: datetime, use: str = "DD", *, since: datetime | None = None,
        until: datetime | None = None, lasting: bool = False,
    ) -> Json:  # fmt: skip
        """A Condition; ``lasting`` puts it on the problem list, ``until`` ends it."""
        self.touch(when)
        code = diagnosis(key)
        body: Json = {
            "clinicalStatus": {"coding": [coding(_CLINICAL, "resolved" if until else "active")]},
            "verificationStatus": CONFIRMED,
            "category": [_CATEGORY["problem-list-item" if lasting else "encounter-diagnosis"]],
            "code": code,
            "subject": self.chart.subject,
            "encounter": self.ref,
            "onsetDateTime": stamp(since or self.start),
            "recordedDate": stamp(when),
            "recorder": self.who(self.doctor),
        }
        if until:
            body["abatementDateTime"] = stamp(until)
        made = self.chart.add("Condition", when, body, until)
        rank = len(self.diagnoses) + 1
        self.diagnoses.append((key, code["text"]))
        self.body.setdefault("diagnosis", []).append(
            {"condition": made, "use": _USE[use], "rank": rank}
        )
        return made

    def recall(self, key: str, condition: Json, use: str = "DD") -> None:
        """A diagnosis made at an earlier visit is dealt with again."""
        rank = len(self.diagnoses) + 1
        self.diagnoses.append((key, diagnosis(key)["text"]))
        self.body.setdefault("diagnosis", []).append(
            {"condition": condition, "use": _USE[use], "rank": rank}
        )

    def leave(self, when: datetime | None = None, disposition: str = "") -> datetime:
        """The end of the visit; without a time, a few minutes after the last act."""
        end = when or self.last + timedelta(minutes=self.chance.whole(5, 15))
        if end < self.last:
            raise ValueError(f"{self.ref}: leaves at {end} before its last act at {self.last}")
        self.body["period"]["end"] = stamp(end)
        minutes = int((end - self.start).total_seconds() // 60)
        self.body["length"] = {
            "value": number(minutes, 0),
            "unit": "min",
            "system": "http://unitsofmeasure.org",
            "code": "min",
        }
        if disposition:
            self.body.setdefault("hospitalization", {})["dischargeDisposition"] = _DISPOSITION[
                disposition
            ]
        self.entry.end = end
        self.last = end
        return end


def service(department: str) -> Json:
    """The CodeableConcept of a department's service."""
    row = table("group")["departments"][department]
    return concept(local("department"), department, row[1], row[0])
