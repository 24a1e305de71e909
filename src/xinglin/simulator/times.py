"""Hospital time: Asia/Shanghai, clinic hours and shifts.

FHIR dateTime, https://hl7.org/fhir/R4/datatypes.html#dateTime; GB/T 7408 for the written form.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .chance import Chance

ZONE: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China has kept one offset since 1991, and no simulated instant is older."""

DEFAULT_ANCHOR: Final = date(2026, 11, 20)
"""The simulated today. Nothing happens after 11:00 on it."""

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOLIDAYS: Final = {(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)}


def at(day: date, hour: int = 0, minute: int = 0) -> datetime:
    """That time of that day."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE)


def stamp(moment: datetime) -> str:
    """As a FHIR dateTime or instant, to the second."""
    return moment.isoformat()


def said(moment: datetime) -> str:
    """As a Chinese record writes it."""
    return f"{moment.year}年{moment.month}月{moment.day}日{moment.hour:02d}:{moment.minute:02d}"


def years_after(day: date, years: int) -> date:
    """The same day of another year; 29 February becomes 28."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def age_on(born: date, day: date) -> int:
    """Completed years."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def is_working_day(day: date) -> bool:
    """Monday to Friday, without the fixed public holidays."""
    return day.weekday() < 5 and (day.month, day.day) not in _HOLIDAYS


def working_day(day: date) -> date:
    """The day itself, or the next one on which clinics are open."""
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def clinic_time(chance: Chance, day: date) -> datetime:
    """A consultation on the next working day, 08:00 to 11:00 or 13:30 to 14:30.

    Results of the same visit are then ready before the clinic closes.
    """
    start = at(working_day(day), 8) if chance.happens(0.65) else at(working_day(day), 13, 30)
    return start + chance.minutes(0, 180 if start.hour == 8 else 60)
