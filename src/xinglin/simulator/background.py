"""What the patient already had: long illnesses of the middle-aged and old, told by one old visit.

https://hl7.org/fhir/R4/medicationstatement.html
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from .catalogue import drug
from .codes import HL7, concept
from .courses.clinic import seen
from .courses.ward import outpatient
from .times import stamp

if TYPE_CHECKING:
    from .chart import Chart

_OLDEST: Final = timedelta(days=1300)
"""Before the first window of any bed: nothing of a course can meet this visit."""

_TAKEN: Final = concept(
    HL7 + "medication-statement-category", "patientspecified", "Patient Specified", "患者自述"
)


class Long(msgspec.Struct, frozen=True):
    """A long illness: how often by age, what it does to usual values, what is taken for it."""

    diagnosis: str
    zh: str
    share: float
    drug: str
    usual: dict[str, float]
    excluded: tuple[str, ...]


_ILLNESSES: Final = (
    Long("hypertension", "高血压", 0.34, "amlodipine", {"sbp": 136.0, "dbp": 82.0},
         ("hypertension", "dialysis", "delivery", "caesarean", "preterm")),
    Long("t2dm", "2型糖尿病", 0.13, "metformin", {"hba1c": 7.1, "glu": 7.4, "rglu": 9.8},
         ("diabetes", "ketoacidosis", "dialysis", "delivery", "caesarean", "preterm", "check-up")),
    Long("coronary", "冠心病", 0.08, "aspirin", {}, ("stemi", "gi-bleed", "af-warfarin", "delivery", "caesarean", "preterm")),
)  # fmt: skip


def remember(chart: Chart, course: str) -> None:
    """Draw the long illnesses and write the visit at which they were taken down."""
    years = chart.person.years(chart.now)
    if years < 44:
        return
    weight = min((years - 34) / 34, 1.3)
    has = [
        illness
        for illness in _ILLNESSES
        if course not in illness.excluded and chart.chance.happens(illness.share * weight)
    ]
    if not has:
        return
    day = chart.now - _OLDEST - timedelta(days=chart.chance.whole(0, 150))
    visit = outpatient(
        chart, "GP", chart.chance.pick(["LH", "EC", "NH"]), day, "慢病建档", "chronic care"
    )
    for illness in has:
        chart.usual |= illness.usual
    chart.past.extend(illness.zh for illness in has)
    made = seen(
        visit,
        history=f"{'、'.join(i.zh for i in has)}数年，规律服药。",
        exam="心肺查体无特殊。",
        plan="建立慢病档案，社区随访。",
        diagnoses=tuple(illness.diagnosis for illness in has),
        lasting=True,
        since=visit.start - timedelta(days=900),
        labs="sugar" if any(i.diagnosis == "t2dm" for i in has) else "",
        signs="hr bp",
    )
    for illness, condition in zip(has, made, strict=True):
        chart.add(
            "MedicationStatement",
            visit.start + timedelta(minutes=5),
            {
                "status": "active",
                "category": _TAKEN,
                "medicationCodeableConcept": drug(illness.drug).concept,
                "subject": chart.subject,
                "context": visit.ref,
                "effectivePeriod": {"start": stamp(visit.start - timedelta(days=600))},
                "dateAsserted": stamp(visit.start + timedelta(minutes=5)),
                "reasonReference": [condition],
            },
        )
