"""Laboratory orders and results: request, specimen, observations, report, critical values.

https://hl7.org/fhir/R4/diagnosticreport.html
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from .catalogue import FIRST_ONLY, NEWBORN, answer_concept, flag, items, limits, panels
from .codes import HL7, V2, V3, Json, coding, concept, number, quantity, ref
from .notes import critical_note
from .tables import table
from .times import said, stamp

if TYPE_CHECKING:
    from .catalogue import Item, Panel
    from .visit import Visit

CATEGORY: Final = [concept(HL7 + "observation-category", "laboratory", "Laboratory", "检验")]
REPORT: Final = [concept(V2 + "0074", "LAB", "Laboratory", "检验")]
_FLAG: Final = {
    code: [concept(V3 + "ObservationInterpretation", code, en, zh)]
    for code, en, zh in (
        ("N", "Normal", "正常"), ("L", "Low", "偏低"), ("H", "High", "偏高"),
        ("LL", "Critical low", "危急低值"), ("HH", "Critical high", "危急高值"),
        ("POS", "Positive", "阳性"), ("NEG", "Negative", "阴性"), ("A", "Abnormal", "异常"),
    )
}  # fmt: skip
_ARROW: Final = {"L": "↓", "H": "↑", "LL": "↓↓（危急值）", "HH": "↑↑（危急值）"}
_ANSWER: Final = {
    True: concept(V3 + "ObservationInterpretation", "POS", "Positive", "阳性"),
    False: concept(V3 + "ObservationInterpretation", "NEG", "Negative", "阴性"),
}


def order(visit: Visit, code: Json, when: datetime, done: datetime, category: Json) -> Json:
    """A ServiceRequest that is fulfilled at ``done``."""
    visit.touch(when)
    body: Json = {
        "status": "completed",
        "intent": "order",
        "category": [category],
        "priority": "stat" if visit.kind == "EMER" else "routine",
        "code": code,
        "subject": visit.chart.subject,
        "encounter": visit.ref,
        "authoredOn": stamp(when),
        "requester": visit.who(visit.on_duty(when)),
    }
    return visit.chart.add("ServiceRequest", when, body, done)


LAB_ORDER: Final = concept("http://snomed.info/sct", "108252007", "Laboratory procedure", "检验")


def labs(visit: Visit, panel_keys: str, when: datetime, positive: str = "") -> dict[str, float]:
    """Order, draw and report these panels; ``positive`` names the tests answered positive.

    Answers the reported numbers, and leaves the abnormal ones with the visit for its notes.
    """
    out: dict[str, float] = {}
    tubes: dict[str, tuple[Json, datetime]] = {}
    nurse = visit.on_duty(when, "nurse")
    for key in panel_keys.split():
        panel = panels()[key]
        if panel.specimen not in tubes:
            drawn = when + visit.chance.minutes(*((3, 12) if visit.kind == "EMER" else (6, 25)))
            tubes[panel.specimen] = (_specimen(visit, panel.specimen, drawn, nurse.id), drawn)
        tube, drawn = tubes[panel.specimen]
        out |= _report(visit, panel, when, tube, drawn, frozenset(positive.split()))
    return out


def _specimen(visit: Visit, kind: str, drawn: datetime, nurse: str) -> Json:
    code, zh, en = table("labs")["specimens"][kind]
    serial = visit.chart.new_id()
    return visit.chart.add(
        "Specimen",
        drawn,
        {
            "accessionIdentifier": {
                "system": "https://xinglin.example/fhir/sid/accession",
                "value": serial.upper(),
            },
            "status": "available",
            "type": concept(V2 + "0487", code, en, zh),
            "subject": visit.chart.subject,
            "collection": {
                "collector": ref("Practitioner", nurse),
                "collectedDateTime": stamp(drawn),
            },
        },
    )


def _report(
    visit: Visit,
    panel: Panel,
    when: datetime,
    tube: Json,
    drawn: datetime,
    positive: frozenset[str],
) -> dict[str, float]:
    issued = drawn + timedelta(minutes=panel.minutes) + visit.chance.minutes(0, panel.minutes / 3)
    visit.touch(issued)
    request = order(visit, panel.concept, when, issued, LAB_ORDER)
    head: Json = {
        "status": "final",
        "category": CATEGORY,
        "subject": visit.chart.subject,
        "encounter": visit.ref,
        "effectiveDateTime": stamp(drawn),
        "issued": stamp(issued),
        "performer": [ref("Organization", f"xg-{visit.campus}-lab".lower())],
        "specimen": tube,
    }
    values = {k: visit.chart.value(k, drawn) for k in panel.items if k in items()}
    _derive(visit, values, drawn)
    results: list[Json] = []
    calls: list[tuple[Item, Json, str]] = []
    for key in panel.items:
        if key in values:
            results.append(_numeric(visit, items()[key], values[key], issued, head, calls))
        elif key not in items():
            results.append(_answer(visit, key, key in positive, issued, head))
    verifier = visit.on_duty(issued, "technologist", "LAB")
    visit.chart.add(
        "DiagnosticReport",
        issued,
        {
            "basedOn": [request],
            "status": "final",
            "category": REPORT,
            "code": panel.concept,
            "subject": visit.chart.subject,
            "encounter": visit.ref,
            "effectiveDateTime": stamp(drawn),
            "issued": stamp(issued),
            "performer": head["performer"],
            "resultsInterpreter": [visit.who(verifier)],
            "specimen": [tube],
            "result": results,
        },
    )
    for item, observation, text in calls:
        _call(visit, item, observation, text, issued, verifier.id)
    return values


def _derive(visit: Visit, values: dict[str, float], when: datetime) -> None:
    """What the analyser computes rather than measures."""
    if "rbc" in values:
        values["hct"] = values["hgb"] * 0.295
        values["rbc"] = values["hct"] * 10 / values["mcv"]
    elif "hct" in values:
        values["hct"] = values["hgb"] * 0.295
    if "lymp" in values:
        values["neutp"] = min(values["neutp"], 96.0)
        values["lymp"] = min(values["lymp"], 97.5 - values["neutp"])
    if "dbil" in values:
        values["dbil"] = min(values["dbil"], values["tbil"] * 0.85)
    if "hco3" in values:
        values["hco3"] = 0.0307 * values["pco2"] * 10 ** (round(values["ph"], 2) - 6.1)
    if "chol" in values:
        values["chol"] = values["ldl"] + values["hdl"] + min(values["tg"], 4.5) / 2.2
    if "inr" in values:
        values["pt"] = 11.4 * values["inr"]
    years = visit.chart.person.years(when)
    if "egfr" in values:
        if years < 18:
            del values["egfr"]
        else:
            values["egfr"] = ckd_epi(values["crea"], years, visit.chart.person.sex)


def ckd_epi(creatinine: float, years: float, sex: str) -> float:
    """CKD-EPI 2021 from creatinine in µmol/L; mL/min per 1.73 m²."""
    kappa, alpha = (0.7, -0.241) if sex == "female" else (0.9, -0.302)
    ratio = creatinine / 88.4 / kappa
    value = 142 * min(ratio, 1) ** alpha * max(ratio, 1) ** -1.2 * 0.9938**years
    return value * (1.012 if sex == "female" else 1)


def _numeric(
    visit: Visit, item: Item, value: float, issued: datetime, head: Json,
    calls: list[tuple[Item, Json, str]],
) -> Json:  # fmt: skip
    person = visit.chart.person
    low, high = limits(item.key, person.sex, person.years(issued))
    measured = quantity(value, item.places, item.unit, item.shown or item.unit)
    sign = _sign(visit, item, float(measured["value"]), issued)
    made = visit.chart.add(
        "Observation",
        issued,
        {
            **head,
            "code": item.concept,
            "valueQuantity": measured,
            "interpretation": _FLAG[sign],
            "referenceRange": [_range(item, low, high)],
        },
    )
    if sign != "N":
        text = f"{item.zh}{measured['value']}{item.shown}{_ARROW[sign]}"
        visit.facts.append((issued, text, made))
        if sign in {"LL", "HH"}:
            calls.append((item, made, text))
    return made


def _sign(visit: Visit, item: Item, value: float, issued: datetime) -> str:
    """The interpretation; a limit that counts once only is no longer critical the next time."""
    person = visit.chart.person
    years = person.years(issued)
    low, high = limits(item.key, person.sex, years)
    sign = flag(value, low, high, item.key, years < NEWBORN)
    if sign in {"LL", "HH"} and item.key in FIRST_ONLY:
        if item.key in visit.chart.called:
            return sign[0]
        visit.chart.called.add(item.key)
    return sign


def _range(item: Item, low: float | None, high: float | None) -> Json:
    out: Json = {}
    for side, limit in (("low", low), ("high", high)):
        if limit is not None:
            out[side] = {
                "value": number(limit, item.places),
                "unit": item.shown or item.unit,
                "system": "http://unitsofmeasure.org",
                "code": item.unit,
            }
    out["text"] = _range_text(item, low, high)
    return out


def _range_text(item: Item, low: float | None, high: float | None) -> str:
    if low is None:
        return f"≤{number(high or 0, item.places)}"
    if high is None:
        return f"≥{number(low, item.places)}"
    return f"{number(low, item.places)}～{number(high, item.places)}"


def _answer(visit: Visit, key: str, positive: bool, issued: datetime, head: Json) -> Json:
    code = answer_concept(key)
    made = visit.chart.add(
        "Observation",
        issued,
        {
            **head,
            "code": code,
            "valueCodeableConcept": _ANSWER[positive],
            "interpretation": _FLAG["POS" if positive else "NEG"],
            "referenceRange": [{"text": "阴性"}],
        },
    )
    if positive:
        visit.facts.append((issued, f"{code['text']}阳性（+）", made))
    return made


def _call(
    visit: Visit, item: Item, observation: Json, text: str, issued: datetime, verifier: str
) -> None:
    """The laboratory rings, the ward reads back, the doctor acts and writes it down."""
    heard = issued + visit.chance.minutes(2, 9)
    nurse = visit.on_duty(heard, "nurse")
    visit.chart.add(
        "Communication",
        heard,
        {
            "status": "completed",
            "category": [
                {
                    "coding": [coding(HL7 + "communication-category", "alert", "Alert")],
                    "text": "危急值报告",
                }
            ],
            "priority": "stat",
            "subject": visit.chart.subject,
            "about": [observation],
            "encounter": visit.ref,
            "sent": stamp(issued),
            "received": stamp(heard),
            "recipient": [visit.who(nurse)],
            "sender": ref("Practitioner", verifier),
            "payload": [{"contentString": f"危急值：{text}。{said(heard)}复述确认无误。"}],
        },
    )
    critical_note(visit, item.key, observation, text, heard + visit.chance.minutes(8, 25))
