"""Notes: Compositions in Chinese whose sentences are taken from the data they speak of.

https://hl7.org/fhir/R4/composition.html; headings by the national rules for records.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .codes import LOINC, Json, concept, div, local
from .tables import table
from .times import said, stamp

if TYPE_CHECKING:
    from datetime import datetime

    from .visit import Visit

Section = tuple[str, str, list[Json]]
"""Heading, text, the resources the text speaks of."""

NOTE_TYPES: Final = {
    "admission": concept(LOINC, "34117-2", "History and physical note", "入院记录"),
    "progress": concept(LOINC, "11506-3", "Progress note", "病程记录"),
    "discharge": concept(LOINC, "18842-5", "Discharge summary", "出院记录"),
    "outpatient": concept(LOINC, "34108-1", "Outpatient note", "门诊病历"),
    "emergency": concept(LOINC, "34111-5", "Emergency department note", "急诊病历"),
    "operation": concept(LOINC, "11504-8", "Surgical operation note", "手术记录"),
    "delivery": concept(LOINC, "57057-2", "Labor and delivery summary note", "分娩记录"),
    "critical": concept(
        local("note-type"), "critical-value", "Critical value note", "危急值处理记录"
    ),
    "death": concept(local("note-type"), "death", "Death record", "死亡记录"),
    "transfusion": concept(local("note-type"), "transfusion", "Transfusion note", "输血记录"),
    "checkup": concept(local("note-type"), "check-up", "Check-up summary", "健康体检总检报告"),
}
_HEAD: Final = {
    zh: concept(local("note-section"), code, en, zh)
    for code, en, zh in (
        ("complaint", "Chief complaint", "主诉"), ("history", "History of present illness", "现病史"),
        ("past", "Past history and allergies", "既往史"), ("exam", "Examination", "体格检查"),
        ("results", "Results", "辅助检查"), ("diagnosis", "Diagnosis", "诊断"),
        ("plan", "Plan", "处理意见"), ("course", "Course", "诊疗经过"), ("value", "Value", "危急值"),
        ("action", "Action taken", "处理"), ("record", "Record", "记录"),
        ("state", "State at discharge", "出院情况"), ("drugs", "Drugs at discharge", "出院带药"),
    )
}  # fmt: skip


def note(visit: Visit, kind: str, when: datetime, sections: list[Section]) -> Json:
    """One Composition by the doctor on duty."""
    visit.touch(when)
    type_ = NOTE_TYPES[kind]
    return visit.chart.add(
        "Composition",
        when,
        {
            "status": "final",
            "type": type_,
            "subject": visit.chart.subject,
            "encounter": visit.ref,
            "date": stamp(when),
            "author": [visit.who(visit.on_duty(when))],
            "title": type_["text"],
            "section": [_section(*section) for section in sections if section[1]],
        },
    )


def _section(title: str, text: str, about: list[Json]) -> Json:
    out: Json = {
        "title": title,
        "code": _HEAD[title],
        "text": {"status": "additional" if not about else "generated", "div": div(text)},
    }
    if about:
        out["entry"] = about
    return out


def opening(visit: Visit) -> str:
    """Sex and age as a note begins."""
    person = visit.chart.person
    return f"患者{person.sex_text}，{person.age_text(visit.start)}"


def findings(visit: Visit, since: datetime, until: datetime) -> Section:
    """The abnormal results of that time, or the statement that there were none."""
    facts = [(text, about) for when, text, about in visit.facts if since <= when <= until]
    if not facts:
        return "辅助检查", "", []
    return "辅助检查", "；".join(text for text, _ in facts) + "。", [about for _, about in facts]


def diagnosis_section(visit: Visit) -> Section:
    """The numbered list of diagnoses."""
    listed = "；".join(f"{n}. {text}" for n, (_, text) in enumerate(visit.diagnoses, 1))
    return "诊断", listed, []


def past_text(visit: Visit) -> str:
    """Earlier illnesses and allergies."""
    names = table("allergies")["drugs"]
    known = [names[prefix][0] for prefix in visit.chart.person.allergies]
    allergic = f"过敏史：{'、'.join(known)}。" if known else "否认药物及食物过敏史。"
    past = visit.chart.past
    return f"既往有{'、'.join(past)}病史。{allergic}" if past else allergic


def visit_note(visit: Visit, when: datetime, history: str, exam: str, plan: str) -> Json:
    """The note of an outpatient or emergency visit."""
    kind = "emergency" if visit.kind == "EMER" else "outpatient"
    return note(
        visit,
        kind,
        when,
        [
            ("主诉", visit.complaint, []),
            ("现病史", f"{opening(visit)}，{history}", []),
            ("既往史", past_text(visit), []),
            ("体格检查", exam, []),
            findings(visit, visit.start, when),
            diagnosis_section(visit),
            ("处理意见", plan, []),
        ],
    )


def admission_note(visit: Visit, when: datetime, history: str, exam: str, plan: str) -> Json:
    """The admission note, due within 24 hours."""
    return note(
        visit,
        "admission",
        when,
        [
            ("主诉", visit.complaint, []),
            ("现病史", f"{opening(visit)}，{history}", []),
            ("既往史", past_text(visit), []),
            ("体格检查", exam, []),
            findings(visit, visit.start, when),
            diagnosis_section(visit),
            ("处理意见", plan, []),
        ],
    )


def progress_note(visit: Visit, when: datetime, since: datetime, exam: str, text: str) -> Json:
    """A course note on what changed since the last one."""
    return note(
        visit,
        "progress",
        when,
        [("体格检查", exam, []), findings(visit, since, when), ("记录", text, [])],
    )


def discharge_note(visit: Visit, when: datetime, course: str, state: str, advice: str) -> Json:
    """The discharge record."""
    drugs = "、".join(visit.drugs)
    return note(
        visit,
        "discharge",
        when,
        [
            ("主诉", visit.complaint, []),
            ("诊疗经过", course, []),
            findings(visit, visit.start, when),
            diagnosis_section(visit),
            ("出院情况", state, []),
            ("出院带药", f"{drugs}。{advice}" if drugs else advice, []),
        ],
    )


def critical_note(visit: Visit, key: str, about: Json, text: str, when: datetime) -> Json:
    """What was done about a critical value, within the hour."""
    action = table("critical")["actions"].get(key, "立即报告上级医师，结合临床处理并复查。")
    return note(
        visit,
        "critical",
        when,
        [
            ("危急值", f"{said(when)}接检验科危急值报告：{text}。", [about]),
            ("处理", action, []),
        ],
    )
