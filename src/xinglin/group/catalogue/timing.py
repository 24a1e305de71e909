"""Frequencies: the FHIR Timing of each, and how many doses fall on the first day.

https://hl7.org/fhir/R4/datatypes.html#Timing; spec/clinical.md, 3.7a (order kinds).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xinglin.fhir.json import FhirDecimal

if TYPE_CHECKING:
    from datetime import time

    from .model import Frequency

Json = dict[str, Any]
ABBREVIATION: Final = "http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation"


def timing(frequency: Frequency, system: str) -> Json:
    """The Timing that an order of this frequency carries; ``system`` is our code system."""
    repeat = _repeat(frequency)
    coding = [{"system": system, "code": frequency.code, "display": frequency.zh}]
    if frequency.standard:
        coding.append({"system": ABBREVIATION, "code": frequency.standard})
    code: Json = {"coding": coding, "text": frequency.zh}
    return {"repeat": repeat, "code": code} if repeat else {"code": code}


def _repeat(frequency: Frequency) -> Json:
    if frequency.kind in ("once", "standby"):
        return {"count": 1}
    period = frequency.period
    if period is None:
        return {}
    found: Json = {"frequency": _per_period(frequency)}
    found |= {"period": FhirDecimal(str(period.value)), "periodUnit": period.unit}
    if frequency.days:
        found["dayOfWeek"] = list(frequency.days)
    if frequency.when:  # tim-10: not together with clock times
        found["when"] = list(frequency.when)
        if len(frequency.when) == frequency.times or frequency.when == ("HS",):
            found["frequency"] = 1 if len(frequency.when) == 1 else found["frequency"]
    elif frequency.clock and period.unit in ("d", "wk", "mo", "a"):
        found["timeOfDay"] = [at.strftime("%H:%M:%S") for at in frequency.clock]
    return found


def _per_period(frequency: Frequency) -> int:
    period = frequency.period
    assert period is not None  # noqa: S101  asked before
    if frequency.days:
        return len(frequency.days)
    return frequency.times if period.unit == "d" and period.value == 1 and frequency.times else 1


def first_day(frequency: Frequency, ordered: time, asked: int | None = None) -> int:
    """How many doses the first day has when it is ordered at a time of day.

    What the nurse or doctor writes (``asked``) counts, never more than a whole day has.
    """
    whole = max(frequency.times, 1)
    if asked is not None:
        return min(max(asked, 0), whole)
    if frequency.first == "once":
        return 1
    if frequency.first == "full" or not frequency.clock:
        return whole
    return max(sum(1 for at in frequency.clock if at > ordered), 1)
