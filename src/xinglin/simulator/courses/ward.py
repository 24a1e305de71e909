"""The routine of a stay: admission, daily rounds, repeated results, discharge.

National rules for records (病历书写基本规范): admission in 24 h, course notes, discharge.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from xinglin.simulator.acts import record_allergies
from xinglin.simulator.chart import DAY, HOUR, Chart
from xinglin.simulator.notes import admission_note, discharge_note, note, progress_note
from xinglin.simulator.tables import table
from xinglin.simulator.times import at, clinic_time, said
from xinglin.simulator.visit import Kind, Visit
from xinglin.simulator.vitals import size, vitals

if TYPE_CHECKING:
    from xinglin.simulator.beds import Cell


def owned(chart: Chart) -> Cell:
    """The bed cell of a course that has a stream."""
    if chart.cell is None:
        raise ValueError("this course has no stream of beds")
    return chart.cell


def admission_day(chart: Chart, days: float, turn: int = -1, share: float = 0.85) -> datetime:
    """Midnight of a day within the patient's window on which a stay of ``days`` fits.

    In the current window ``share`` of the stays are still going on at the anchor.
    """
    cell = owned(chart)
    start = cell.starts[turn]
    room = cell.length / DAY - days - 1.5
    if room < 0:
        raise ValueError(f"a stay of {days} days does not fit into {cell.length}")
    if cell.current and turn in {-1, len(cell.starts) - 1} and chart.chance.happens(share):
        back = chart.chance.between(0.5, max(days - 0.6, 0.6))
        return at((chart.now - back * DAY).date())
    return start + int(chart.chance.between(0, room)) * DAY


def moment(chart: Chart, day: datetime, low: float = 6, high: float = 23) -> datetime:
    """Any time of that day."""
    return day + chart.chance.minutes(low * 60, high * 60)


def outpatient(
    chart: Chart, department: str, campus: str, day: datetime, zh: str, en: str
) -> Visit:
    """A clinic visit on the next working day."""
    start = clinic_time(chart.chance, day.date())
    return arrive(Visit(chart, "AMB", department, campus, start), zh, en)


def emergency(chart: Chart, campus: str, start: datetime, zh: str, en: str) -> Visit:
    """An emergency visit at any time."""
    return arrive(Visit(chart, "EMER", "ED", campus, start), zh, en)


def arrive(visit: Visit, zh: str, en: str) -> Visit:
    """State the complaint; allergies are recorded at the first visit of all."""
    visit.because(zh, en)
    chart = visit.chart
    if chart.person.allergies and not chart.met:
        record_allergies(chart, visit.start + timedelta(minutes=4), visit.who(visit.doctor))
    chart.met = True
    return visit


def admit(
    chart: Chart, ward: str, start: datetime, end: datetime, source: str, zh: str, en: str,
    *, kind: Kind = "IMP",
) -> Visit:  # fmt: skip
    """A stay in a ward of the patient's cell; the bed is the patient's for the whole stay."""
    cell = owned(chart)
    department, campus = table("group")["wards"][ward][:2]
    visit = arrive(Visit(chart, kind, department, campus, start), zh, en)
    visit.came_from(source)
    visit.lies_in(cell.beds[ward], start, end)
    return visit


def move(visit: Visit, stays: list[tuple[str, datetime, datetime]]) -> None:
    """A stay in several wards one after the other."""
    visit.body.pop("location", None)
    for ward, start, end in stays:
        visit.lies_in(owned(visit.chart).beds[ward], start, end)


def clerk(visit: Visit, history: str, exam: str, plan: str) -> None:
    """Vital signs and size on arrival, and the admission note some hours later."""
    measured = vitals(visit, visit.start + timedelta(minutes=12))
    if visit.chart.person.years(visit.start) >= 0.1:
        size(visit, visit.start + timedelta(minutes=14))
    when = visit.start + visit.chance.minutes(150, 420)
    admission_note(visit, when, history, f"{measured}。{exam}", plan)


def rounds(
    visit: Visit, end: datetime, texts: list[str], *, signs: str = "temp hr rr bp spo2",
    every: float = 3.0,
) -> None:  # fmt: skip
    """Daily vital signs, and one course note for each text, spread over the stay.

    ``{exam}``-free: the measured signs are put in front of each note.
    """
    day = at(visit.start.date()) + DAY
    length = max((end - visit.start) / DAY, 1.0)
    due = [visit.start + (n + 0.7) * (length / (len(texts) + 0.4)) * DAY for n in range(len(texts))]
    since = visit.start
    turn = 0.0
    while day + 9 * HOUR < end:
        when = day + timedelta(hours=7, minutes=visit.chance.whole(0, 40))
        if when < visit.start + 4 * HOUR:
            day += DAY
            continue
        measured = vitals(visit, when, signs) if turn <= 0 else ""
        turn = turn - 1 if turn > 0 else every - 1
        if due and texts and due[0] <= when + DAY / 2 and when + 3 * HOUR < end:
            written = when + visit.chance.minutes(70, 150)
            if not measured:
                measured = vitals(visit, when, signs)
            progress_note(visit, written, since, f"{measured}。", texts.pop(0))
            since = written
            due.pop(0)
        day += DAY


def discharge(visit: Visit, end: datetime, course: str, state: str, advice: str) -> None:
    """Vital signs of the last morning, the discharge record, and the way home."""
    measured = vitals(visit, end - 3 * HOUR)
    discharge_note(visit, end - HOUR, course, f"{measured}。{state}", advice)
    visit.leave(end, "home")


def die(visit: Visit, when: datetime, cause: str) -> None:
    """The patient dies in hospital; the record is written in the same minute, then nothing."""
    chart = visit.chart
    if when > chart.now:
        visit.leave(when, "exp")
        return
    note(visit, "death", when, [("记录", f"患者于{said(when)}宣告临床死亡。{cause}", [])])
    visit.leave(when, "exp")
    chart.person.died = when
