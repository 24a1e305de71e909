"""The System values: partial dates, date-times and times, and quantities.

FHIRPath N1 (2.0.0) §4.1 (literals), §6.1 and §6.2 (equality and order of partial precision).
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from xinglin.fhir import ucum
from xinglin.fhir.path.errors import PathError

DAY = 86_400_000_000
_MINUTE = 60_000_000
_EAST = 14 * 60 * _MINUTE  # the earliest clocks of the world are 14 hours ahead of UTC,
_WEST = 12 * 60 * _MINUTE  # the latest 12 behind: an unknown offset lies between

YEAR, MONTH, DATE, HOUR, MINUTE, SECOND = range(1, 7)

CALENDAR_UNITS = {
    "year": "year", "years": "year", "month": "month", "months": "month", "week": "week",
    "weeks": "week", "day": "day", "days": "day", "hour": "hour", "hours": "hour",
    "minute": "minute", "minutes": "minute", "second": "second", "seconds": "second",
    "millisecond": "millisecond", "milliseconds": "millisecond",
}  # fmt: skip
CALENDAR_UCUM = {
    "year": "a", "month": "mo", "week": "wk", "day": "d", "hour": "h", "minute": "min",
    "second": "s", "millisecond": "ms",
}  # fmt: skip
_NO_UCUM = {"year": (Decimal(12), "month"), "month": (Decimal(1), "month")}

_TEMPORAL = re.compile(
    r"(?:(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d))?)?)?"
    r"(?P<t>T)?(?:(?P<hour>\d\d)(?::(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.(?P<fraction>\d+))?)?)?"
    r"(?P<offset>Z|[+-]\d\d:\d\d)?)?",
)
_HOURS = re.compile(r"\d\d(?::\d\d(?::\d\d(?:\.\d+)?)?)?")


class Temporal:
    """A Date, DateTime or Time of some precision, with or without an offset from UTC.

    ``precision`` counts the known fields (YEAR to SECOND); fractions of a second belong to the
    seconds. ``lo`` and ``hi`` are the first and last microsecond it can mean (UTC when it has an
    offset, local otherwise); a time of day counts from midnight.
    """

    __slots__ = ("digits", "hi", "kind", "lo", "offset", "precision", "text")

    def __init__(
        self,
        kind: Literal["Date", "DateTime", "Time"],
        text: str,
        precision: int,
        span: tuple[int, int],
        *,
        offset: int | None = None,
        digits: int = 0,
    ) -> None:
        self.kind = kind
        self.text = text
        self.precision = precision
        self.offset = offset
        self.digits = digits
        shift = (offset or 0) * _MINUTE
        self.lo = span[0] - shift
        self.hi = span[1] - shift

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"{self.kind}({self.text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Temporal) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    @property
    def key(self) -> tuple[bool, int, int, bool]:
        """What makes two values the same: the span they mean and whether it has an offset."""
        return (self.kind == "Time", self.lo, self.hi, self.offset is None)

    @property
    def local(self) -> datetime:
        """The first moment it can mean, as written, without an offset."""
        return _EPOCH + timedelta(microseconds=self.lo + (self.offset or 0) * _MINUTE)

    @property
    def local_end(self) -> datetime:
        """The last moment it can mean, as written, without an offset."""
        return _EPOCH + timedelta(microseconds=self.hi + (self.offset or 0) * _MINUTE)


_EPOCH = datetime(1, 1, 1)  # noqa: DTZ001 (a local reading, kept apart from its offset)


@lru_cache(maxsize=8192)
def temporal(text: str) -> Temporal:
    """Read a FHIRPath date, date-time or (with a leading T) time; PathError when it is none."""
    match = _TEMPORAL.fullmatch(text)
    if match is None or (match["year"] is None and (match["hour"] is None or match["offset"])):
        raise _bad(text)
    if match["hour"] is not None and match["t"] is None:
        raise _bad(text)
    if match["year"] is not None and match["t"] and match["hour"] and match["day"] is None:
        raise _bad(text)
    try:
        return _read(match, text)
    except (ValueError, OverflowError):
        raise _bad(text) from None


def clock_time(text: str) -> Temporal:
    """Read a time of day written without the T, as in FHIR."""
    if _HOURS.fullmatch(text) is None:
        raise _bad(text)
    return temporal(f"T{text}")


def _bad(text: str) -> PathError:
    return PathError(
        f"‘{text}’ is no date or time; write it like 2015-02-04T14:34:28+08:00",
        f"“{text}”不是日期或时间，请写成 2015-02-04T14:34:28+08:00 的样式",
    )


def _read(match: re.Match[str], text: str) -> Temporal:
    fields = [match[name] for name in ("year", "month", "day", "hour", "minute", "second")]
    known = [int(f) for f in fields if f is not None]
    fraction = match["fraction"] or ""
    micros = int((fraction + "000000")[:6])
    if match["year"] is None:
        start = _clock(known, micros)
        precision = DATE + len(known)
        bare = text[1:]
        span = (start, _end_clock(start, precision))
        return Temporal("Time", bare, precision, span, digits=len(fraction))
    precision = len(known)
    day = date(known[0], known[1] if precision > 1 else 1, known[2] if precision > 2 else 1)
    start = (day.toordinal() - 1) * DAY + _clock(known[3:], micros)
    end = _end(day, precision) if precision <= DATE else _end_clock(start, precision)
    kind = "DateTime" if match["t"] else "Date"
    text = text if precision > DATE else text.rstrip("T")
    offset = _offset(match["offset"])
    return Temporal(kind, text, precision, (start, end), offset=offset, digits=len(fraction))


def _clock(fields: list[int], micros: int) -> int:
    hour, minute, second = (*fields, 0, 0, 0)[:3]
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError
    return ((hour * 60 + minute) * 60 + second) * 1_000_000 + micros


def _end_clock(start: int, precision: int) -> int:
    return start + {HOUR: 60 * _MINUTE - 1, MINUTE: _MINUTE - 1}.get(precision, 0)


def _end(day: date, precision: int) -> int:
    if precision == YEAR:
        days = date(day.year, 12, 31).toordinal()
    elif precision == MONTH:
        days = (
            (day.replace(day=28) + timedelta(days=4)).replace(day=1).toordinal() - 1
            if ((day.year, day.month) != (9999, 12))
            else date(9999, 12, 31).toordinal()
        )
    else:
        days = day.toordinal()
    return days * DAY - 1


def _offset(text: str | None) -> int | None:
    if text is None:
        return None
    if text == "Z":
        return 0
    minutes = int(text[1:3]) * 60 + int(text[4:6])
    if minutes > 14 * 60 or int(text[4:6]) > 59:
        raise ValueError
    return -minutes if text[0] == "-" else minutes


def order(a: Temporal, b: Temporal) -> int | None:
    """Compare two values: -1, 0 or 1, None when their precision or offset leaves it open."""
    lo, hi = b.lo, b.hi
    same_zone = (a.offset is None) == (b.offset is None)
    if not same_zone:
        widen = (_EAST, _WEST) if b.offset is None else (_WEST, _EAST)
        lo, hi = lo - widen[0], hi + widen[1]
    if a.hi < lo:
        return -1
    if a.lo > hi:
        return 1
    return 0 if same_zone and a.precision == b.precision else None


def now_values(now: datetime) -> tuple[Temporal, Temporal, Temporal]:
    """Return now(), today() and timeOfDay() for one aware moment."""
    moment = now.astimezone(now.tzinfo or UTC).isoformat(timespec="milliseconds")
    today, clock = moment.split("T")
    return temporal(moment), temporal(today), temporal(f"T{clock[:12]}")


class Quantity:
    """A number with a unit: a UCUM expression, or a calendar word when ``calendar``."""

    __slots__ = ("calendar", "unit", "value")

    def __init__(self, value: Decimal, unit: str, *, calendar: bool = False) -> None:
        self.value = value
        self.unit = unit
        self.calendar = calendar

    def __str__(self) -> str:
        return f"{self.value} {self.unit}" if self.calendar else f"{self.value} '{self.unit}'"

    def __repr__(self) -> str:
        return f"Quantity({self!s})"

    @property
    def ucum(self) -> str:
        """The unit as a UCUM expression; a calendar month is read as the mean one."""
        return CALENDAR_UCUM[CALENDAR_UNITS[self.unit]] if self.calendar else self.unit

    def canonical(self) -> tuple[Decimal, str] | None:
        """The value in base units; calendar years and months are no number of seconds."""
        if self.calendar and (months := _NO_UCUM.get(CALENDAR_UNITS[self.unit])):
            return self.value * months[0], months[1]
        return ucum.canonical(self.value, self.ucum)

    def plain(self) -> dict[str, object]:
        """The same as a FHIR Quantity."""
        if self.calendar:
            return {"value": self.value, "unit": self.unit}
        return {
            "value": self.value,
            "unit": self.unit,
            "system": "http://unitsofmeasure.org",
            "code": self.unit,
        }
