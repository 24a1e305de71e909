"""Prescriptions that respect the patient's allergies.

https://hl7.org/fhir/R4/medicationrequest.html
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from .catalogue import Drug, drug, route
from .codes import HL7, UCUM, Json, concept, number, translated
from .times import stamp

if TYPE_CHECKING:
    from .visit import Visit

_WHERE: Final = {
    "IMP": concept(HL7 + "medicationrequest-category", "inpatient", "Inpatient", "住院"),
    "SS": concept(HL7 + "medicationrequest-category", "inpatient", "Inpatient", "住院"),
    "AMB": concept(HL7 + "medicationrequest-category", "outpatient", "Outpatient", "门诊"),
    "EMER": concept(HL7 + "medicationrequest-category", "outpatient", "Outpatient", "急诊"),
}
_DISCHARGE: Final = concept(
    HL7 + "medicationrequest-category", "discharge", "Discharge", "出院带药"
)
_COURSE: Final = {
    "short": concept(
        HL7 + "medicationrequest-course-of-therapy", "acute", "Short course (acute) therapy", "短期"
    ),
    "long": concept(
        HL7 + "medicationrequest-course-of-therapy",
        "continuous",
        "Continuous long term therapy",
        "长期",
    ),
}
_SAID: Final = {"ug": "μg", "[iU]": "IU", "[drp]": "滴", "{packet}": "袋", "{application}": "次量"}
_CHILD_SHARE: Final = 55.0
"""Weight in kg at which a child gets the adult dose."""


def allowed(visit: Visit, *keys: str) -> str:
    """The first of these drugs that the patient is not allergic to; '' if none."""
    banned = tuple(visit.chart.person.allergies)
    for key in keys:
        if not banned or not drug(key).atc.startswith(banned):
            return key
    return ""


def prescribe(
    visit: Visit, keys: str, when: datetime, days: float, why: Json | None = None, *,
    discharge: bool = False, once: bool = False,
) -> str:  # fmt: skip
    """Order the first allowed of ``a|b|c`` for so many days; answers the text for notes."""
    key = allowed(visit, *keys.split("|"))
    if not key:
        return ""
    item = drug(key)
    end = when + timedelta(days=days)
    dose = _dose(visit, item, when)
    times = 1 if once else item.times
    text = _text(item, dose, times, once)
    body: Json = {
        "status": "completed",
        "intent": "order",
        "category": [_DISCHARGE if discharge else _WHERE[visit.kind]],
        "priority": "urgent" if visit.kind == "EMER" else "routine",
        "medicationCodeableConcept": item.concept,
        "subject": visit.chart.subject,
        "encounter": visit.ref,
        "authoredOn": stamp(when),
        "requester": visit.who(visit.on_duty(when)),
        "courseOfTherapyType": _COURSE["long" if item.kind == "long" else "short"],
        "dosageInstruction": [_dosage(item, dose, times, text, when, end, once)],
    }
    if why is not None:
        body["reasonReference"] = [why]
    if visit.kind in {"AMB", "EMER"} or discharge:
        body["dispenseRequest"] = _dispense(days, item)
    visit.touch(when)
    visit.chart.add("MedicationRequest", when, body, end)
    if discharge:
        visit.drugs.append(text)
    return text


def _dose(visit: Visit, item: Drug, when: datetime) -> float:
    """The adult dose, or the child's share of it by weight."""
    person = visit.chart.person
    if person.years(when) >= 14 or item.route in {"ih", "top", "eye"}:
        return item.dose
    share = max(min(person.weight / _CHILD_SHARE, 1.0), 0.02)
    return float(f"{item.dose * share:.2g}")


def _text(item: Drug, dose: float, times: int, once: bool) -> str:
    way = route(item.route)["text"]
    unit = _SAID.get(item.unit, item.unit)
    often = "立即1次" if once else f"每周{-times}次" if times < 0 else f"每日{times}次"
    return f"{item.zh}{dose:g}{unit} {way} {often}"


def _english(item: Drug, dose: float, times: int, once: bool) -> str:
    often = "once now" if once else f"{-times} × a week" if times < 0 else f"{times} × a day"
    unit = {"[iU]": "IU", "[drp]": "drop(s)"}.get(item.unit, item.unit).strip("{}")
    return (
        f"{item.en} {dose:g} {unit}, {route(item.route)['coding'][0]['display'].lower()}, {often}"
    )


def _dosage(
    item: Drug, dose: float, times: int, text: str, start: datetime, end: datetime, once: bool
) -> Json:
    places = 0 if float(dose).is_integer() else len(f"{dose:g}".partition(".")[2])
    timing: Json = (
        {"event": [stamp(start)]}
        if once
        else {
            "repeat": {
                "boundsPeriod": {"start": stamp(start), "end": stamp(end)},
                "frequency": abs(times),
                "period": 1,
                "periodUnit": "wk" if times < 0 else "d",
            }
        }
    )
    return {
        "text": text,
        "_text": translated(_english(item, dose, times, once)),
        "timing": timing,
        "route": route(item.route),
        "doseAndRate": [
            {
                "doseQuantity": {
                    "value": number(dose, places),
                    "unit": item.unit,
                    "system": UCUM,
                    "code": item.unit,
                }
            }
        ],
    }


def _dispense(days: float, item: Drug) -> Json:
    doses = days * item.times if item.times > 0 else days / 7 * -item.times
    return {
        "numberOfRepeatsAllowed": 0,
        "expectedSupplyDuration": {
            "value": number(max(days, 1), 0),
            "unit": "d",
            "system": UCUM,
            "code": "d",
        },
        "quantity": {"value": number(max(doses, 1), 0), "unit": "剂"},
    }
