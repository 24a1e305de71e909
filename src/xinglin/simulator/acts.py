"""What else is done: imaging, operations, vaccines, allergies, cultures.

https://hl7.org/fhir/R4/procedure.html, immunization.html, allergyintolerance.html
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from .catalogue import procedure
from .codes import HL7, LOINC, V2, Json, coding, concept, local, number, ref
from .laboratory import CATEGORY, LAB_ORDER, REPORT, order
from .tables import table
from .times import stamp

if TYPE_CHECKING:
    from .chart import Chart
    from .visit import Visit

_IMAGING: Final = concept("http://snomed.info/sct", "363679005", "Imaging", "影像检查")
_SURGERY: Final = concept("http://snomed.info/sct", "387713003", "Surgical procedure", "手术操作")
_THERAPY: Final = concept(
    "http://snomed.info/sct", "277132007", "Therapeutic procedure", "治疗操作"
)
_RADIOLOGY: Final = {
    code: [concept(V2 + "0074", code, en, zh)]
    for code, en, zh in (
        ("RAD", "Radiology", "放射"), ("CT", "CAT Scan", "CT"), ("RUS", "Radiology Ultrasound", "超声"),
        ("NMR", "Nuclear Magnetic Resonance", "磁共振"), ("EC", "Electrocardiac", "心电"),
        ("CUS", "Cardiac Ultrasound", "心脏超声"), ("SP", "Surgical Pathology", "病理"),
        ("OTH", "Other", "内镜及其他"),
    )
}  # fmt: skip


def imaging(visit: Visit, key: str, when: datetime, conclusion: str, *, hours: float = 0.0) -> Json:
    """Request and report of an examination; the conclusion is the course's own."""
    kind, loinc, zh, en, department, minutes = table("imaging")["examinations"][key]
    code = concept(LOINC, loinc, en, zh) if loinc else concept(local("examination"), key, en, zh)
    done = when + visit.chance.minutes(*_wait(visit, kind))
    slow = 2 if kind == "EC" else 15
    issued = done + timedelta(minutes=minutes, hours=hours) + visit.chance.minutes(0, slow)
    request = order(visit, code, when, issued, _IMAGING)
    reader = _reader(visit, department, issued)
    visit.touch(issued)
    report = visit.chart.add(
        "DiagnosticReport",
        issued,
        {
            "basedOn": [request],
            "status": "final",
            "category": _RADIOLOGY[kind],
            "code": code,
            "subject": visit.chart.subject,
            "encounter": visit.ref,
            "effectiveDateTime": stamp(done),
            "issued": stamp(issued),
            "resultsInterpreter": [reader],
            "conclusion": conclusion,
        },
    )
    visit.facts.append((issued, f"{zh}：{conclusion.rstrip('。')}", report))
    return report


def _wait(visit: Visit, kind: str) -> tuple[float, float]:
    """Minutes from order to examination: an electrocardiogram at once, emergencies soon."""
    if kind == "EC":
        return 1, 4
    return (5, 15) if visit.kind == "EMER" else (10, 40)


def _reader(visit: Visit, department: str, when: datetime) -> Json:
    if department == "own":
        return visit.who(visit.on_duty(when))
    if department == "PATH":
        return ref("Practitioner", "xg-lh-path-d1")
    return visit.who(visit.on_duty(when, "radiologist", "IMG"))


def operate(
    visit: Visit, key: str, start: datetime, minutes: int, why: Json | None = None, *,
    outcome: str = "", surgery: bool = True,
) -> Json:  # fmt: skip
    """A Procedure by the doctor on duty, with an anaesthetist where it is surgery."""
    end = start + timedelta(minutes=minutes)
    visit.touch(end)
    performers = [{"actor": visit.who(visit.on_duty(start))}]
    if surgery and visit.campus != "NH":
        performers.append({"actor": visit.who(visit.on_duty(start, "doctor", "ANES"))})
    body: Json = {
        "status": "completed",
        "category": _SURGERY if surgery else _THERAPY,
        "code": procedure(key),
        "subject": visit.chart.subject,
        "encounter": visit.ref,
        "performedPeriod": {"start": stamp(start), "end": stamp(end)},
        "performer": performers,
    }
    if why is not None:
        body["reasonReference"] = [why]
    if outcome:
        body["outcome"] = {"text": outcome}
    return visit.chart.add("Procedure", end, body)


def culture(visit: Visit, kind: str, when: datetime, organism: str, days: float) -> Json | None:
    """A culture; ``organism`` names the growth, '' means none."""
    loinc, zh, en, specimen = table("labs")["cultures"][kind]
    what = concept(LOINC, loinc, en, zh)
    drawn = when + visit.chance.minutes(5, 20)
    issued = drawn + timedelta(days=days)
    tube_code, tube_zh, tube_en = table("labs")["specimens"][specimen]
    tube = visit.chart.add(
        "Specimen",
        drawn,
        {
            "status": "available",
            "type": concept(V2 + "0487", tube_code, tube_en, tube_zh),
            "subject": visit.chart.subject,
            "collection": {"collectedDateTime": stamp(drawn)},
        },
    )
    request = order(visit, what, when, issued, LAB_ORDER)
    visit.touch(issued)
    text = organism or f"培养{max(int(days), 1)}天无细菌生长"
    head: Json = {
        "status": "final",
        "category": CATEGORY,
        "code": what,
        "subject": visit.chart.subject,
        "encounter": visit.ref,
        "effectiveDateTime": stamp(drawn),
        "issued": stamp(issued),
        "specimen": tube,
    }
    growth = visit.chart.add(
        "Observation", issued, {**head, "valueCodeableConcept": {"text": text}}
    )
    visit.chart.add(
        "DiagnosticReport",
        issued,
        {
            **{k: v for k, v in head.items() if k not in {"category", "specimen"}},
            "basedOn": [request],
            "category": REPORT,
            "specimen": [tube],
            "result": [growth],
            "conclusion": text,
        },
    )
    visit.facts.append((issued, f"{zh}：{text}", growth))
    return growth


def vaccinate(visit: Visit, key: str, when: datetime, dose: int) -> Json:
    """One dose of the national programme."""
    code, zh, en, target, target_en, route, volume = table("vaccines")["vaccines"][key]
    visit.touch(when)
    lot = f"{code}{when:%y%m}{visit.chance.whole(10, 99)}"
    way = {
        "im": ("IM", "Injection, intramuscular", "肌内注射"),
        "sc": ("SQ", "Injection, subcutaneous", "皮下注射"),
        "id": ("IDINJ", "Injection, intradermal", "皮内注射"),
        "po": ("PO", "Swallow, oral", "口服"),
    }[route]
    return visit.chart.add(
        "Immunization",
        when,
        {
            "status": "completed",
            "vaccineCode": concept(local("vaccine"), code, en, zh),
            "patient": visit.chart.subject,
            "encounter": visit.ref,
            "occurrenceDateTime": stamp(when),
            "recorded": stamp(when),
            "primarySource": True,
            "lotNumber": lot,
            "route": concept(HL7 + "v3-RouteOfAdministration", *way),
            "doseQuantity": {
                "value": number(volume, 1),
                "unit": "mL",
                "system": "http://unitsofmeasure.org",
                "code": "mL",
            },
            "performer": [{"actor": visit.who(visit.on_duty(when, "nurse"))}],
            "protocolApplied": [
                {
                    "targetDisease": [
                        concept(
                            local("vaccine-target"), target_en.replace(" ", "-"), target_en, target
                        )
                    ],
                    "doseNumberPositiveInt": dose,
                }
            ],
        },
    )


def record_allergies(chart: Chart, when: datetime, doctor: Json) -> None:
    """The patient's allergies, as AllergyIntolerance recorded at the first visit."""
    for prefix in chart.person.allergies:
        zh, en, reaction, reaction_en, _ = table("allergies")["drugs"][prefix]
        code = concept("http://www.whocc.no/atc", prefix, en, zh)
        _allergy(chart, when, doctor, code, "medication", (reaction, reaction_en))


def record_food_allergy(chart: Chart, when: datetime, doctor: Json, key: str) -> None:
    """A food allergy."""
    zh, en, reaction, reaction_en, _ = table("allergies")["foods"][key]
    code = concept(local("food"), key, en, zh)
    _allergy(chart, when, doctor, code, "food", (reaction, reaction_en))


def _allergy(
    chart: Chart, when: datetime, doctor: Json, code: Json, category: str, reaction: tuple[str, str]
) -> None:
    chart.add(
        "AllergyIntolerance",
        when,
        {
            "clinicalStatus": {
                "coding": [coding(HL7 + "allergyintolerance-clinical", "active", "Active")]
            },
            "verificationStatus": {
                "coding": [
                    coding(HL7 + "allergyintolerance-verification", "confirmed", "Confirmed")
                ]
            },
            "type": "allergy",
            "category": [category],
            "criticality": "high" if reaction[0] == "哮喘发作" else "low",
            "code": code,
            "patient": chart.subject,
            "recordedDate": stamp(when),
            "recorder": doctor,
            "reaction": [
                {
                    "manifestation": [
                        concept(
                            local("reaction"),
                            reaction[1].replace(" ", "-"),
                            reaction[1],
                            reaction[0],
                        )
                    ],
                    "severity": "severe" if reaction[0] == "哮喘发作" else "mild",
                }
            ],
        },
    )
