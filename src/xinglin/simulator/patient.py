"""Who the patient is: demographics that fit the course of illness, and the Patient resource.

https://hl7.org/fhir/R4/patient.html
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from . import people
from .codes import V2, V3, Json, coding, concept, ref
from .people import Name, identifier
from .times import age_on, years_after

if TYPE_CHECKING:
    from .chance import Chance

_TEST: Final = {"security": [coding(V3 + "ActReason", "HTEST", "test health data")]}
"""Marks invented people, in the standard's own words."""


class Person(msgspec.Struct):
    """One patient. ``id`` is the Patient id and the stem of the ids of all that belongs to it."""

    id: str
    serial: int
    sex: str
    born: date
    name: Name
    phone: str = ""
    id_number: str = ""
    address: Json = {}
    base: dict[str, float] = {}
    allergies: list[str] = []
    """ATC prefixes of the drugs the patient must not have."""
    height: float = 0.0
    weight: float = 0.0
    died: datetime | None = None
    mother: Person | None = None
    link: str = ""

    def years(self, when: datetime) -> float:
        """Age in years; exact below one year."""
        days = (when.date() - self.born).days
        return days / 365.25 if days < 730 else float(age_on(self.born, when.date()))

    def age_text(self, when: datetime) -> str:
        """As a Chinese record writes the age."""
        days = (when.date() - self.born).days
        if days < 29:
            return f"{days}天"
        if days < 730:
            return f"{days * 12 // 365}月"
        return f"{age_on(self.born, when.date())}岁"

    def rename(self, chance: Chance) -> None:
        """After the course has moved the birthday: name and identity number follow it."""
        self.name = people.name(chance, self.sex, self.born.year)
        self.id_number = people.identity_number(chance, self.born, self.sex)

    @property
    def sex_text(self) -> str:
        """男 or 女."""
        return "男" if self.sex == "male" else "女"

    @property
    def subject(self) -> Json:
        """The reference to the patient."""
        return ref("Patient", self.id, self.name.text)


def draw(
    chance: Chance, key: str, serial: int, sex: str, ages: tuple[float, float], today: datetime
) -> Person:
    """A person of that sex whose age today lies in the range (years)."""
    days = int(chance.between(ages[0], ages[1]) * 365.25)
    born = today.date() - timedelta(days=max(days, 0))
    person = Person(key, serial, sex, born, people.name(chance, sex, born.year))
    person.phone = people.phone(chance)
    person.id_number = people.identity_number(chance, born, sex)
    person.address = people.address(chance)
    person.height, person.weight = _build(chance, person, today)
    return person


def _build(chance: Chance, person: Person, today: datetime) -> tuple[float, float]:
    """Height in cm and weight in kg."""
    years = person.years(today)
    if years >= 17:
        height = (
            chance.normal(170.5 if person.sex == "male" else 158.5, 5.8) - max(0, years - 50) / 9
        )
        return height, chance.normal(24.0, 2.6) * (height / 100) ** 2
    if years < 2:
        months = years * 12
        return 50 + 25.0 * (months / 12) ** 0.6, 3.3 + 6.6 * (months / 12) ** 0.55
    height = 86 + 6.1 * (years - 2) + chance.normal(0, 3)
    bmi = 15.6 + max(0, years - 8) * 0.55 + chance.normal(0, 1.1)
    return height, bmi * (height / 100) ** 2


def resource(chance: Chance, person: Person, today: datetime) -> Json:
    """The Patient resource."""
    years = person.years(today)
    out: Json = {
        "resourceType": "Patient",
        "id": person.id,
        "meta": _TEST,
        "identifier": _identifiers(person, years),
        "active": True,
        "name": people.human_name(person.name),
        "telecom": [{"system": "phone", "value": person.phone, "use": "mobile"}],
        "gender": person.sex,
        "birthDate": person.born.isoformat(),
        "address": [person.address],
    }
    ethnic = people.ethnic_extension(person.name)
    if ethnic:
        out["extension"] = ethnic
    if person.died is not None:
        out["deceasedDateTime"] = person.died.isoformat()
    if years >= 18:
        out["maritalStatus"] = people.MARITAL[_marital(chance, years)]
    out["contact"] = [_contact(chance, person, years)]
    chinese = person.name.country == "CN"
    out["communication"] = (
        people.spoken("zh-CN", "Chinese", "汉语")
        if chinese
        else people.spoken("en", "English", "英语")
    )
    if person.link:
        out["link"] = [{"other": ref("RelatedPerson", person.link), "type": "seealso"}]
    out["managingOrganization"] = ref("Organization", "xg")
    return out


def _identifiers(person: Person, years: float) -> list[Json]:
    number = f"{person.serial:09d}"
    out = [identifier("PI", f"E{number}", "usual"), identifier("MR", f"M{number}")]
    if person.name.country != "CN":
        out.append(identifier("PPN", f"XX{number}"))
    elif years > 0.1:
        out.append(identifier("NI", person.id_number))
        out.append(identifier("HC", f"99{number}"))
    return out


def _marital(chance: Chance, years: float) -> str:
    if years < 24:
        return "S"
    if years > 72 and chance.happens(0.35):
        return "W"
    return "S" if chance.happens(0.4 if years < 30 else 0.04) else "M"


def _contact(chance: Chance, person: Person, years: float) -> Json:
    """Next of kin: a parent of a child, else spouse or child."""
    mother = person.mother
    if mother is not None:
        kin, sex, phone, code = mother.name, mother.sex, mother.phone, ("MTH", "Mother", "母亲")
        return _kin(kin, sex, phone, code)
    if years < 18:
        sex = "female" if chance.happens(0.7) else "male"
        family = (person.name.family, person.name.latin_family) if sex == "male" else None
        kin = people.name(
            chance, sex, person.born.year - 28, family if family and family[0] else None
        )
        code = ("MTH", "Mother", "母亲") if sex == "female" else ("FTH", "Father", "父亲")
    elif years > 60 and chance.happens(0.5):
        sex = "male" if chance.happens(0.5) else "female"
        family = (person.name.family, person.name.latin_family)
        same = person.sex == "male" and bool(family[0])
        kin = people.name(chance, sex, person.born.year + 27, family if same else None)
        code = (
            ("SON", "Natural son", "儿子") if sex == "male" else ("DAU", "Natural daughter", "女儿")
        )
    else:
        sex = "female" if person.sex == "male" else "male"
        kin = people.name(chance, sex, person.born.year)
        code = ("SPS", "Spouse", "配偶") if years >= 24 else ("FRND", "Unrelated friend", "朋友")
    return _kin(kin, sex, people.phone(chance), code)


def _kin(kin: Name, sex: str, phone: str, code: tuple[str, str, str]) -> Json:
    return {
        "relationship": [
            {
                "coding": [
                    coding(V2 + "0131", "N", "Next-of-Kin"),
                    coding(V3 + "RoleCode", code[0], code[1]),
                ],
                "text": code[2],
            }
        ],
        "name": people.human_name(kin)[0],
        "telecom": [{"system": "phone", "value": phone, "use": "mobile"}],
        "gender": sex,
    }


def birthday(person: Person, years: int) -> date:
    """The day the person reaches that age."""
    return years_after(person.born, years)


NEXT_OF_KIN: Final = concept(V2 + "0131", "N", "Next-of-Kin", "近亲属")
