"""What a member of staff may do beyond the licence: granted for a time, as qualifications.

https://hl7.org/fhir/R4/practitioner-definitions.html#Practitioner.qualification
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from xinglin.kernel.errors import Invalid, Issue

from .units import BASE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

Json = dict[str, Any]
SYSTEM: Final = BASE + "CodeSystem/staff-privilege"


class Privilege(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of them; ``includes``: those it comes with."""

    zh: str
    en: str
    includes: tuple[str, ...] = ()


@cache
def privileges() -> Mapping[str, Privilege]:
    """All there are."""
    path = Path(__file__).parent / "data" / "privileges.toml"
    return msgspec.convert(tomllib.loads(path.read_text("utf-8")), dict[str, Privilege])


def check(code: str | None) -> str:
    """Raises Invalid for one that there is not."""
    if code not in privileges():
        known = ", ".join(privileges())
        raise Invalid(
            Issue("value", f"code: one of {known}", f"code：应为 {known} 之一", ("code",))
        )
    return str(code)


def held(practitioner: Json, day: date) -> dict[str, str]:
    """The privileges of a day, those included too: code to how it was come by (its own code)."""
    found: dict[str, str] = {}
    for one in practitioner.get("qualification", []):
        code = _code(one)
        if code is not None and _within(one.get("period", {}), day):
            _with_included(code, code, found)
    return found


def _with_included(code: str, by: str, found: dict[str, str]) -> None:
    if found.get(code) != code:
        found[code] = by
    for one in privileges()[code].includes:
        _with_included(one, by, found)


def _code(qualification: Json) -> str | None:
    for one in qualification.get("code", {}).get("coding", []):
        if one.get("system") == SYSTEM and one.get("code") in privileges():
            return one["code"]
    return None


def _within(period: Json, day: date) -> bool:
    at = day.isoformat()
    return period.get("start", "")[:10] <= at <= (period.get("end", "9999")[:10] or "9999")


def granted(practitioner: Json, code: str, since: date, until: date | None, who: str) -> Json:
    """With a privilege for a time."""
    if until is not None and until < since:
        raise Invalid(
            Issue("value", "until: not before from", "until：不得早于 from", ("until",)),
        )
    one = privileges()[code]
    period = {"start": since.isoformat()} | ({"end": until.isoformat()} if until else {})
    qualification = {
        "code": {"coding": [{"system": SYSTEM, "code": code, "display": one.en}], "text": one.zh},
        "period": period,
        "issuer": {"display": who},
    }
    return practitioner | {"qualification": [*practitioner.get("qualification", []), qualification]}


def withdrawn(practitioner: Json, code: str, day: date) -> Json:
    """Without it from a day; what it was until then stays on record. Raises Invalid."""
    made: list[Json] = []
    ended = False
    for one in practitioner.get("qualification", []):
        period = one.get("period", {})
        if _code(one) == code and period.get("end", "9999") > day.isoformat():
            ended = True
            start = min(period.get("start", day.isoformat()), day.isoformat())
            made.append(one | {"period": {"start": start, "end": day.isoformat()}})
        else:
            made.append(one)
    if not ended:
        raise Invalid(
            Issue(
                "not-found",
                f"code: {code} is not held; $privileges shows what is",
                f"code：未持有 {code}；见 $privileges",
                ("code",),
            )
        )
    return practitioner | {"qualification": made}
