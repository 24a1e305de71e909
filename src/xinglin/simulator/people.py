"""Invented people: names by birth cohort and sex, numbers that nobody can have, addresses.

GB 11643 (identity number, check digit ISO 7064 MOD 11-2); iso21090-EN-representation for pinyin.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import msgspec

from .codes import BASE, HL7, V2, Json, concept, identifier_system, local
from .tables import table

if TYPE_CHECKING:
    from datetime import date

    from .chance import Chance

_REPRESENTATION: Final = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation"
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS: Final = "10X98765432"
_SINGLE: Final = {1930: 0.12, 1950: 0.2, 1970: 0.33, 1990: 0.3, 2010: 0.04}
AREAS: Final = ("990101", "990102", "990103", "990104", "990121", "990122")
"""Area codes of the invented city: no province begins with 99, so no real person has one."""


class Name(msgspec.Struct, frozen=True):
    """A name as written and in Latin letters."""

    family: str
    given: str
    latin_family: str
    latin_given: str
    ethnic: str = "01"
    country: str = "CN"

    @property
    def text(self) -> str:
        """As it is written on the wristband."""
        if self.country != "CN":
            return f"{self.latin_given} {self.latin_family}"
        return f"{self.family}{self.given}"

    @property
    def latin(self) -> str:
        """As an English page shows it."""
        return f"{self.latin_given} {self.latin_family}".strip()


def check_digit(first_seventeen: str) -> str:
    """The last character of an 18-digit identity number (ISO 7064 MOD 11-2)."""
    total = sum(
        int(digit) * weight for digit, weight in zip(first_seventeen, _WEIGHTS, strict=True)
    )
    return _CHECKS[total % 11]


def identity_number(chance: Chance, born: date, sex: str) -> str:
    """A valid number under an area code that is not assigned; odd sequence for men."""
    sequence = chance.whole(0, 499) * 2 + (sex == "male")
    body = f"{chance.pick(AREAS)}{born:%Y%m%d}{sequence:03d}"
    return body + check_digit(body)


def phone(chance: Chance) -> str:
    """Eleven digits that begin with 164, a prefix no operator has."""
    return f"164{chance.whole(0, 99_999_999):08d}"


@cache
def _surnames() -> tuple[list[tuple[str, str]], list[float]]:
    rows = table("names")["surnames"]
    edges: list[float] = []
    total = 0.0
    for row in rows:
        total += row[2]
        edges.append(total)
    return [(row[0], row[1]) for row in rows], edges


def surname(chance: Chance) -> tuple[str, str]:
    """One surname with its pinyin, as frequent as in the population."""
    names, edges = _surnames()
    mark = chance.unit() * edges[-1]
    low, high = 0, len(edges) - 1
    while low < high:
        middle = (low + high) // 2
        if edges[middle] > mark:
            high = middle
        else:
            low = middle + 1
    return names[low]


def cohort(year: int) -> int:
    """The birth cohort whose names were in fashion that year."""
    return max(start for start in _SINGLE if start <= max(year, 1930))


def given_name(chance: Chance, sex: str, year: int) -> tuple[str, str]:
    """A given name of one or two characters, with its pinyin."""
    start = cohort(year)
    pool = table("names")["given"][f"{sex[0]}{start}"]
    if chance.happens(0.5):
        whole = chance.pick(pool["whole"])
        return whole[0], whole[1]
    second = chance.pick(pool["second"])
    if chance.happens(_SINGLE[start]):
        return second[0], second[1]
    first = chance.pick(pool["first"])
    if first[0] == second[0]:
        return second[0], second[1]
    return first[0] + second[0], first[1] + second[1]


def name(chance: Chance, sex: str, year: int, family: tuple[str, str] | None = None) -> Name:
    """A name; without a family given, 4 % come from minorities and 0.7 % from abroad."""
    if family is None:
        mark = chance.unit()
        if mark < 0.007:
            given, last = chance.pick(table("names")["western"][sex])
            return Name(last, given, last, given, "", "XX")
        if mark < 0.047:
            written, latin, ethnic = chance.pick(table("names")["minority"][sex])
            return Name("", written, "", latin, ethnic)
        family = surname(chance)
    given, latin = given_name(chance, sex, year)
    return Name(family[0], given, family[1].capitalize(), latin.capitalize())


def human_name(who: Name) -> list[Json]:
    """The official name, and for Chinese names the pinyin as a second representation."""
    if who.country != "CN":
        return [{"use": "official", "text": who.text, "family": who.family, "given": [who.given]}]
    written: Json = {"use": "official", "text": who.text, "given": [who.given]}
    latin: Json = {"use": "official", "text": who.latin, "given": [who.latin_given]}
    if who.family:
        written["family"] = who.family
        latin["family"] = who.latin_family
    return [_as("IDE", written), _as("SYL", latin)]


def _as(representation: str, out: Json) -> Json:
    return {"extension": [{"url": _REPRESENTATION, "valueCode": representation}], **out}


def ethnic_extension(who: Name) -> list[Json]:
    """The ethnic group by GB/T 3304; foreigners have none."""
    row = table("names")["ethnic"].get(who.ethnic)
    if row is None:
        return []
    return [
        {
            "url": f"{BASE}/StructureDefinition/ethnic-group",
            "valueCodeableConcept": concept(local("gb-t-3304"), who.ethnic, row[1], row[0]),
        }
    ]


def address(chance: Chance) -> Json:
    """A home in the invented city."""
    places = table("group")["places"]
    district, road = chance.pick(places["districts"]), chance.pick(places["roads"])
    block, flat = chance.whole(1, 30), f"{chance.whole(1, 18)}0{chance.whole(1, 4)}"
    line = f"{road}{chance.whole(1, 288)}号{block}幢{flat}室"
    return {
        "use": "home",
        "text": f"{places['city']}{district}{line}",
        "line": [line],
        "city": places["city"],
        "district": district,
        "country": "CN",
    }


IDENTIFIERS: Final = {
    "PI": ("Patient internal identifier", "主索引号", "empi"),
    "MR": ("Medical record number", "病案号", "mrn"),
    "NI": ("National unique individual identifier", "身份证号", "cn-id"),
    "PPN": ("Passport number", "护照号", "passport"),
    "HC": ("Health card number", "医保卡号", "insurance"),
}
"""Kinds of table 0203 with the name of our system for their values."""


def identifier(kind: str, value: str, use: str = "official") -> Json:
    """An Identifier with a type of table 0203."""
    en, zh, system = IDENTIFIERS[kind]
    return {
        "use": use,
        "type": concept(V2 + "0203", kind, en, zh),
        "system": identifier_system(system),
        "value": value,
    }


def spoken(language: str, en: str, zh: str) -> list[Json]:
    """What the patient speaks."""
    return [{"language": concept("urn:ietf:bcp:47", language, en, zh), "preferred": True}]


MARITAL: Final = {
    "S": concept(HL7 + "v3-MaritalStatus", "S", "Never Married", "未婚"),
    "M": concept(HL7 + "v3-MaritalStatus", "M", "Married", "已婚"),
    "W": concept(HL7 + "v3-MaritalStatus", "W", "Widowed", "丧偶"),
}
