"""Dates as ranges of microseconds, from what they say implicitly.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/search.html#date; a value without a zone is in the zone of
the installation: 07:30 in Hangzhou is the day before in UTC.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import Any, Final

MIN: Final = -(1 << 63)
MAX: Final = (1 << 63) - 1
"""Ends of a period that has no start or no end."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND: Final = 1_000_000
_DATE: Final = re.compile(
    r"(\d{4})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01])"
    r"(?:T([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d|60)(?:\.(\d{1,9}))?)?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?)?)?)?",
    re.ASCII,
)

Bounds = tuple[int, int]
"""First and last microsecond since 1970-01-01T00:00:00Z, both inclusive."""


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970 of an aware datetime."""
    delta = moment - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * _SECOND + delta.microseconds


class Dates:
    """Reads FHIR dates; ``zone`` is that of values without one."""

    def __init__(self, zone: tzinfo) -> None:
        self.zone = zone
        # All that happens in one encounter has the same few dates.
        self._known = lru_cache(maxsize=1 << 13)(self._read)

    def bounds(self, text: str) -> Bounds:
        """Range of a date, dateTime or instant; ``ValueError`` if it is none."""
        return self._known(text)

    def _read(self, text: str) -> Bounds:
        match = _DATE.fullmatch(text)
        if match is None or text.startswith("0000"):
            raise ValueError(text)
        year, month, day, hour, _, second, fraction, zone = match.groups()
        if hour is None:
            return self._days(int(year), month, day)
        if second == "60":
            # A leap second is the end of its minute.
            low, _ = self._read(text.replace(":60", ":59", 1).replace(f".{fraction}", "", 1))
            return low, low + _SECOND - 1
        moment = datetime.fromisoformat(text)
        if zone is None:
            moment = moment.replace(tzinfo=self.zone)
        low = microseconds(moment)
        if second is None:
            return low, low + 60 * _SECOND - 1
        if fraction is None:
            return low, low + _SECOND - 1
        return low, low + 10 ** max(6 - len(fraction), 0) - 1

    def _days(self, year: int, month: str | None, day: str | None) -> Bounds:
        first = int(month or 1), int(day or 1)
        last_month = int(month or 12)
        last = last_month, int(day or monthrange(year, last_month)[1])
        low = datetime(year, *first, tzinfo=self.zone)
        high = datetime(year, *last, 23, 59, 59, 999_999, tzinfo=self.zone)
        return microseconds(low), microseconds(high)

    def period(self, value: dict[str, Any]) -> Bounds | None:
        """Range of a Period, open where an end is missing; None if both are."""
        start, end = value.get("start"), value.get("end")
        if start is None and end is None:
            return None
        low = MIN if start is None else self.bounds(start)[0]
        high = MAX if end is None else self.bounds(end)[1]
        # A period that ends before it begins is found by its start.
        return low, max(low, high)

    def timing(self, value: dict[str, Any]) -> Bounds | None:
        """Outer limits of a Timing: its events and the bounds of its repetition."""
        found = [self.bounds(event) for event in value.get("event", ()) if event is not None]
        limits = value.get("repeat", {}).get("boundsPeriod")
        period = self.period(limits) if limits else None
        if period is not None:
            found.append(period)
        if not found:
            return None
        return min(low for low, _ in found), max(high for _, high in found)
