"""Drugs: nothing that the patient is allergic to, nothing for an illness that is not there.

ATC codes tell the class: a drug belongs to a class when its code begins with the class's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from xinglin.simulator.codes import ATC, ICD10

from .record import Contradiction, codes, name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .record import Record, Rule

_NEEDS: Final = {
    # drug class: diagnoses one of which must be there
    "A10": ("E10", "E11", "E13", "O24", "E87"),
    "H03B": ("E05",),
    "L01": ("C",),
    "N06A": ("F",),
    "G04CB": ("N40",),
    "G04CA": ("N40", "N20"),
    "H01BB": ("O", "Z37"),
    "R03BB": ("J4",),
    "V03AE": ("N18", "E87"),
}


def allergic(record: Record) -> Iterator[Contradiction]:
    """A drug that the patient is known to be allergic to."""
    banned: dict[str, list[str]] = {}
    for allergy in record.of("AllergyIntolerance"):
        if allergy.get("clinicalStatus", {}).get("coding", [{}])[0].get("code") == "active":
            who = allergy["patient"]["reference"]
            banned.setdefault(who, []).extend(codes(allergy["code"], ATC))
    for request in record.of("MedicationRequest"):
        classes = tuple(banned.get(request["subject"]["reference"], ()))
        for code in codes(request["medicationCodeableConcept"], ATC):
            if classes and code.startswith(classes):
                yield Contradiction("allergic", name(request), f"{code} despite {classes}")


def without_reason(record: Record) -> Iterator[Contradiction]:
    """A drug for an illness that the patient does not have."""
    known: dict[str, set[str]] = {}
    for condition in record.of("Condition"):
        known.setdefault(condition["subject"]["reference"], set()).update(
            codes(condition["code"], ICD10)
        )
    for request in record.of("MedicationRequest"):
        has = known.get(request["subject"]["reference"], set())
        for code in codes(request["medicationCodeableConcept"], ATC):
            for drug_class, needs in _NEEDS.items():
                if code.startswith(drug_class) and not any(d.startswith(needs) for d in has):
                    yield Contradiction(
                        "without-reason", name(request), f"{code}, but none of {needs}"
                    )


RULES: Final[tuple[Rule, ...]] = (allergic, without_reason)
