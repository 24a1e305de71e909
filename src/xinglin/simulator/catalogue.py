"""What the group can order: laboratory items, drugs, diagnoses, procedures, with local ranges.

Codes are LOINC, ATC, ICD-10 and ICD-9-CM-3 numbers; names and limits are the group's own data.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import msgspec

from .codes import ATC, ICD9, ICD10, LOINC, V3, Json, concept, local, pair
from .tables import table

NEWBORN: Final = 0.083
"""Four weeks, in years: below it the newborn limits hold."""


FIRST_ONLY: Final = frozenset({"crea"})
"""Items that are critical at their first crossing only: a known kidney failure is no news."""


class Item(msgspec.Struct, frozen=True):
    """One laboratory quantity. ``cv`` is its variation within a healthy person."""

    key: str
    code: str
    loinc: str
    zh: str
    en: str
    unit: str
    shown: str
    places: int
    cv: float
    low: float | None
    high: float | None

    @property
    def concept(self) -> Json:
        """LOINC and the local code."""
        return pair(LOINC, self.loinc, self.en, "lab-item", self.code, self.zh)


class Panel(msgspec.Struct, frozen=True):
    """What is ordered and reported together."""

    key: str
    code: str
    loinc: str
    zh: str
    en: str
    specimen: str
    minutes: int
    items: tuple[str, ...]

    @property
    def concept(self) -> Json:
        """LOINC where there is one, and the local code."""
        return _either(self.loinc, self.en, "lab-panel", self.code, self.zh)


class Drug(msgspec.Struct, frozen=True):
    """One product of the formulary."""

    key: str
    atc: str
    zh: str
    en: str
    form: str
    dose: float
    unit: str
    times: int
    route: str
    kind: str

    @property
    def concept(self) -> Json:
        """ATC code; the text names the product."""
        return concept(ATC, self.atc, self.en, f"{self.zh} {self.form}")


def _either(loinc: str, en: str, own: str, code: str, zh: str) -> Json:
    if loinc:
        return pair(LOINC, loinc, en, own, code, zh)
    return concept(local(own), code, en, zh)


def _limit(value: Any) -> float | None:
    return None if value == "" else float(value)


@cache
def items() -> dict[str, Item]:
    """All laboratory quantities."""
    return {
        key: Item(key, *row[:8], low=_limit(row[8]), high=_limit(row[9]))
        for key, row in table("labs")["items"].items()
    }


@cache
def panels() -> dict[str, Panel]:
    """All laboratory panels."""
    return {
        key: Panel(key, *row[:6], items=tuple(row[6]))
        for key, row in table("labs")["panels"].items()
    }


@cache
def answer_concept(key: str) -> Json:
    """The code of a test answered positive or negative."""
    code, loinc, zh, en = table("labs")["answers"][key]
    return _either(loinc, en, "lab-item", code, zh)


@cache
def drug(key: str) -> Drug:
    """One drug of the formulary."""
    return Drug(key, *table("drugs")["drugs"][key])


@cache
def diagnosis(key: str) -> Json:
    """The CodeableConcept of a diagnosis."""
    code, zh, en = table("diagnoses")["diagnoses"][key]
    return concept(ICD10, code, en, zh)


@cache
def procedure(key: str) -> Json:
    """The CodeableConcept of a procedure."""
    code, zh, en = table("procedures")["procedures"][key][:3]
    return concept(ICD9, code, en, zh)


@cache
def route(key: str) -> Json:
    """The CodeableConcept of a route."""
    code, zh, en = table("drugs")["routes"][key]
    return concept(V3 + "RouteOfAdministration", code, en, zh)


@cache
def limits(key: str, sex: str, years: float) -> tuple[float | None, float | None]:
    """The local reference range for that sex and age in years."""
    for of, low_age, high_age, low, high in table("labs")["ranges"].get(key, ()):
        if of in {"*", sex} and low_age <= years < high_age:
            return _limit(low), _limit(high)
    item = items()[key]
    return item.low, item.high


@cache
def critical(key: str, newborn: bool) -> tuple[float | None, float | None]:
    """The limits at which the laboratory calls the ward."""
    row = table("labs")["critical"].get(key)
    if row is None:
        return None, None
    low, high = row[2:] if newborn else row[:2]
    return _limit(low), _limit(high)


def flag(value: float, low: float | None, high: float | None, key: str, newborn: bool) -> str:
    """The interpretation code: N, L, H, LL or HH."""
    bottom, top = critical(key, newborn)
    if bottom is not None and value <= bottom:
        return "LL"
    if top is not None and value >= top:
        return "HH"
    if low is not None and value < low:
        return "L"
    if high is not None and value > high:
        return "H"
    return "N"
