"""Days as inputs of the operations of this room.

https://hl7.org/fhir/R4/datatypes.html#date
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from xinglin.kernel.errors import Invalid, Issue

if TYPE_CHECKING:
    from datetime import datetime


def day_of(text: str | None, now: datetime, place: str) -> date:
    """The day that is given, or today; raises Invalid."""
    if not text:
        return now.date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(
            Issue(
                "value",
                f"{place}: {text[:40]!r} should be a day such as 2026-12-01",
                f"{place}：“{text[:40]}”应为日期，如 2026-12-01",
                (place,),
            )
        ) from None
