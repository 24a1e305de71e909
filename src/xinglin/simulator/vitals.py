"""Vital signs as Observations of the R4 vital-signs profile.

https://hl7.org/fhir/R4/observation-vitalsigns.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .codes import HL7, LOINC, Json, concept, quantity
from .times import stamp

if TYPE_CHECKING:
    from datetime import datetime

    from .visit import Visit

_CATEGORY: Final = [concept(HL7 + "observation-category", "vital-signs", "Vital Signs", "生命体征")]
_SIGNS: Final = {
    "temp": (concept(LOINC, "8310-5", "Body temperature", "体温"), 1, "Cel", "℃"),
    "hr": (concept(LOINC, "8867-4", "Heart rate", "脉搏"), 0, "/min", "次/分"),
    "rr": (concept(LOINC, "9279-1", "Respiratory rate", "呼吸频率"), 0, "/min", "次/分"),
    "spo2": (concept(LOINC, "2708-6", "Oxygen saturation", "血氧饱和度"), 0, "%", "%"),
    "height": (concept(LOINC, "8302-2", "Body height", "身高"), 1, "cm", "cm"),
    "weight": (concept(LOINC, "29463-7", "Body weight", "体重"), 1, "kg", "kg"),
    "bmi": (concept(LOINC, "39156-5", "Body mass index", "体质指数"), 1, "kg/m2", "kg/m²"),
    "head": (concept(LOINC, "9843-4", "Head circumference", "头围"), 1, "cm", "cm"),
}
_PRESSURE: Final = concept(LOINC, "85354-9", "Blood pressure panel", "血压")
_SYSTOLIC: Final = concept(LOINC, "8480-6", "Systolic blood pressure", "收缩压")
_DIASTOLIC: Final = concept(LOINC, "8462-4", "Diastolic blood pressure", "舒张压")


def vitals(visit: Visit, when: datetime, signs: str = "temp hr rr bp spo2") -> str:
    """Measure these signs; answers the sentence for the note."""
    said: list[str] = []
    head = _head(visit, when)
    for sign in signs.split():
        if sign == "bp":
            said.append(_blood_pressure(visit, when, head))
        else:
            said.append(_measure(visit, when, head, sign, visit.chart.value(sign, when)))
    return "，".join(said)


def size(visit: Visit, when: datetime) -> None:
    """Height and weight, and the body mass index from two years on."""
    person = visit.chart.person
    weight = visit.chance.normal(person.weight, person.weight * 0.006)
    head = _head(visit, when)
    _measure(visit, when, head, "height", person.height)
    _measure(visit, when, head, "weight", weight)
    if person.years(when) >= 2:
        _measure(visit, when, head, "bmi", weight / (person.height / 100) ** 2)


def growth(visit: Visit, when: datetime, height: float, weight: float, head: float) -> None:
    """A child's length, weight and head circumference."""
    common = _head(visit, when)
    _measure(visit, when, common, "height", height)
    _measure(visit, when, common, "weight", weight)
    if head:
        _measure(visit, when, common, "head", head)


def _head(visit: Visit, when: datetime) -> Json:
    visit.touch(when)
    nurse = visit.who(visit.on_duty(when, "nurse"))
    return {
        "status": "final",
        "category": _CATEGORY,
        "subject": visit.chart.subject,
        "encounter": visit.ref,
        "effectiveDateTime": stamp(when),
        "performer": [nurse],
    }


def _measure(visit: Visit, when: datetime, head: Json, sign: str, value: float) -> str:
    code, places, unit, shown = _SIGNS[sign]
    measured = quantity(value, places, unit, shown)
    visit.chart.add("Observation", when, {**head, "code": code, "valueQuantity": measured})
    return f"{code['text']}{measured['value']}{shown}"


def _blood_pressure(visit: Visit, when: datetime, head: Json) -> str:
    high = visit.chart.value("sbp", when)
    low = min(visit.chart.value("dbp", when), high * 0.7)
    visit.chart.add(
        "Observation",
        when,
        {
            **head,
            "code": _PRESSURE,
            "component": [
                {"code": _SYSTOLIC, "valueQuantity": quantity(high, 0, "mm[Hg]", "mmHg")},
                {"code": _DIASTOLIC, "valueQuantity": quantity(low, 0, "mm[Hg]", "mmHg")},
            ],
        },
    )
    return f"血压{high:.0f}/{low:.0f}mmHg"
