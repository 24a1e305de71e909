"""Who can have what: sex and age against diagnoses, operations, vaccines.

ICD-10 chapters: O is pregnancy, P the newborn, C60-C63 and N40-N98 the organs of one sex.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from xinglin.simulator.codes import ICD9, ICD10, local
from xinglin.simulator.people import check_digit

from .record import Contradiction, age, codes, moment, name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xinglin.simulator.codes import Json

    from .record import Record, Rule

_FEMALE: Final = ("O", "Z34", "Z37", "Z39", "C51", "C52", "C53", "C54", "C55", "C56", "C57", "C58",
                  "N7", "N80", "N81", "N83", "N84", "N85", "N91", "N92", "N93", "N94", "N95", "D25")  # fmt: skip
_MALE: Final = ("C60", "C61", "C62", "C63", "N40", "N41", "N42", "N43", "N44", "N45", "N48")
_FEMALE_ACTS: Final = ("65", "66", "67", "68", "69", "70", "71", "72", "73", "74", "75")
_MALE_ACTS: Final = ("60", "61", "62", "63", "64")
_CHILD_VACCINES: Final = 18


def wrong_sex(record: Record) -> Iterator[Contradiction]:
    """A diagnosis or operation of the other sex."""
    for type_, system, female, male in (
        ("Condition", ICD10, _FEMALE, _MALE),
        ("Procedure", ICD9, _FEMALE_ACTS, _MALE_ACTS),
    ):
        for resource in record.of(type_):
            patient = record.patient(resource)
            if patient is None:
                continue
            for code in codes(resource["code"], system):
                bad = female if patient["gender"] == "male" else male
                if code.startswith(bad):
                    yield Contradiction(
                        "wrong-sex", name(resource), f"{code} in a {patient['gender']} patient"
                    )


def wrong_age(record: Record) -> Iterator[Contradiction]:
    """Pregnancy in a child or an old woman, an illness of newborns in an adult, and the like."""
    for condition in record.of("Condition"):
        patient = record.patient(condition)
        if patient is None:
            continue
        years = age(patient, moment(condition["onsetDateTime"]))
        for code in codes(condition["code"], ICD10):
            low, high = _ages(code)
            if not low <= years <= high:
                yield Contradiction("wrong-age", name(condition), f"{code} at {years:.1f} years")


def _ages(code: str) -> tuple[float, float]:
    if code.startswith("O"):
        return 10, 60
    if code.startswith("P"):
        return -0.01, 0.25
    if code.startswith(("N40", "H25", "M80", "M81")):
        return 40, 130
    if code.startswith(("I10", "I21", "I63", "J44", "E11")):
        return 18, 130
    return -0.01, 130


def vaccine_age(record: Record) -> Iterator[Contradiction]:
    """A vaccine of the children's programme in an adult."""
    for vaccine in record.of("Immunization"):
        patient = record.patient(vaccine)
        programme = codes(vaccine["vaccineCode"], local("vaccine"))
        if patient is None or not programme or programme[0].startswith("adult"):
            continue
        years = age(patient, moment(vaccine["occurrenceDateTime"]))
        if years >= _CHILD_VACCINES:
            yield Contradiction(
                "child-vaccine-in-adult", name(vaccine), f"{programme[0]} at {years:.0f} years"
            )


def identity(record: Record) -> Iterator[Contradiction]:
    """An identity number that is not valid or tells another birthday or sex."""
    for patient in record.of("Patient"):
        for identifier in patient["identifier"]:
            if not identifier["system"].endswith("/cn-id"):
                continue
            number = identifier["value"]
            if check_digit(number[:17]) != number[17]:
                yield Contradiction("identity-check", name(patient), f"{number} fails its check")
            if number[6:14] != patient["birthDate"].replace("-", ""):
                yield Contradiction(
                    "identity-birth", name(patient), f"{number} is another birthday"
                )
            if (int(number[16]) % 2 == 1) != (patient["gender"] == "male"):
                yield Contradiction("identity-sex", name(patient), f"{number} is the other sex")


def family(record: Record) -> Iterator[Contradiction]:
    """A newborn whose mother is a man, a child, or gave birth on another day."""
    for link in record.of("RelatedPerson"):
        child = record.by_ref.get(link["patient"]["reference"])
        mother = _mother(record, link)
        if child is None or mother is None:
            continue
        if mother["gender"] != "female":
            yield Contradiction("father-gave-birth", name(link), "the mother is a man")
        born = moment(child["birthDate"])
        years = age(mother, born)
        if not 14 <= years <= 55:
            yield Contradiction("mother-age", name(link), f"the mother was {years:.0f}")


def _mother(record: Record, link: Json) -> Json | None:
    for patient in record.of("Patient"):
        for other in patient.get("link", []):
            if other["other"]["reference"] == name(link):
                return patient
    return None


RULES: Final[tuple[Rule, ...]] = (wrong_sex, wrong_age, vaccine_age, identity, family)
