"""The newborn as a patient of its own, linked to its mother.

https://hl7.org/fhir/R4/patient.html#maternity
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .chart import Chart
from .codes import HL7, LOINC, V3, coding, concept
from .patient import Person
from .people import Name, human_name, identity_number
from .times import stamp

if TYPE_CHECKING:
    from datetime import datetime

    from .visit import Visit

_SURVEY: Final = [concept(HL7 + "observation-category", "survey", "Survey", "评分")]
_APGAR: Final = (
    concept(LOINC, "9272-6", "1 minute Apgar score", "Apgar评分（1分钟）"),
    concept(LOINC, "9274-2", "5 minute Apgar score", "Apgar评分（5分钟）"),
)


def newborn_name(mother: Name, sex: str) -> Name:
    """As maternity wards write it: the son or daughter of its mother."""
    word, latin = ("之子", "Baby Boy of") if sex == "male" else ("之女", "Baby Girl of")
    if mother.country != "CN":
        return Name(mother.family, f"{latin} {mother.given}", mother.latin_family,
                    f"{latin} {mother.latin_given}", "", mother.country)  # fmt: skip
    return Name(mother.family, f"{mother.given}{word}", mother.latin_family,
                f"{latin} {mother.latin_given}", mother.ethnic)  # fmt: skip


def born(mother: Chart, birth: datetime, weight: float, length: float) -> Chart:
    """A child of this mother; its chart joins hers. Before the birth it does not exist."""
    who = mother.person
    sex = "male" if mother.chance.happens(0.52) else "female"
    child = Person(
        f"{who.id}b", who.serial + 500_000_000, sex, birth.date(), newborn_name(who.name, sex)
    )
    child.phone, child.address, child.mother = who.phone, who.address, who
    child.id_number = identity_number(mother.chance, child.born, sex)
    child.height, child.weight = length, weight
    chart = Chart(mother.chance, child, mother.now, mother.cell)
    if birth > mother.now:
        return chart
    mother.children.append(chart)
    link = chart.add(
        "RelatedPerson",
        birth,
        {
            "active": True,
            "patient": child.subject,
            "relationship": [
                {"coding": [coding(V3 + "RoleCode", "NMTH", "natural mother")], "text": "生母"}
            ],
            "name": human_name(who.name)[:1],
            "telecom": [{"system": "phone", "value": who.phone, "use": "mobile"}],
            "gender": "female",
            "birthDate": who.born.isoformat(),
        },
    )
    who.link = link["reference"].partition("/")[2]
    return chart


def score(visit: Visit, when: datetime, one: int, five: int) -> None:
    """The Apgar score after one and five minutes."""
    visit.touch(when)
    for code, value in zip(_APGAR, (one, five), strict=True):
        visit.chart.add(
            "Observation",
            when,
            {
                "status": "final",
                "category": _SURVEY,
                "code": code,
                "subject": visit.chart.subject,
                "encounter": visit.ref,
                "effectiveDateTime": stamp(when),
                "performer": [visit.who(visit.on_duty(when, "nurse"))],
                "valueQuantity": {
                    "value": value,
                    "unit": "分",
                    "system": "http://unitsofmeasure.org",
                    "code": "{score}",
                },
            },
        )
