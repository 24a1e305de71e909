"""The first things one searches for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from tests.support.shelf import Shelf, ids, link

if TYPE_CHECKING:
    from xinglin.kernel.database import Database

PATIENTS: list[dict[str, Any]] = [
    {
        "resourceType": "Patient",
        "id": f"p{n}",
        "identifier": [{"system": "urn:mrn", "value": f"{n:04}"}],
        "name": [{"family": family, "given": [given]}],
        "gender": gender,
        "birthDate": born,
    }
    for n, (family, given, gender, born) in enumerate(
        [
            ("张", "三", "male", "1980-05-01"),
            ("李", "四", "female", "1990-12-31"),
            ("Smith", "Anna", "female", "1990"),
            ("Smith", "John", "male", "2001-02"),
            ("Müller", "Jörg", "male", "1975-07-20"),
        ],
        1,
    )
]
OBSERVATIONS: list[dict[str, Any]] = [
    {
        "resourceType": "Observation",
        "id": f"o{n}",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": code, "display": "Test"}]},
        "subject": {"reference": f"Patient/p{patient}"},
        "effectiveDateTime": when,
        "valueQuantity": {
            "value": value,
            "unit": "mg/dL",
            "system": "http://unitsofmeasure.org",
            "code": "mg/dL",
        },
    }
    for n, (code, patient, when, value) in enumerate(
        [
            ("718-7", 1, "2020-01-01T10:00:00+08:00", 5.4),
            ("718-7", 2, "2021-01-01", 6.0),
            ("2345-7", 1, "2021-06", 7.25),
            ("2345-7", 3, "2022-03-04T05:06:07Z", 100),
        ],
        1,
    )
]


@pytest_asyncio.fixture(scope="module")
async def shelf(module_db: Database) -> Shelf:
    shelf = Shelf(module_db)
    await shelf.put([*PATIENTS, *OBSERVATIONS])
    await shelf.reserve()
    return shelf


CASES = [
    ("Patient", "p5 p4 p3 p2 p1"),
    ("Patient?gender=male", "p5 p4 p1"),
    ("Patient?gender=male&gender=female", ""),
    ("Patient?gender=male,female&_count=2", "p5 p4"),
    ("Patient?gender:not=male", "p3 p2"),
    ("Patient?identifier=urn:mrn|0002", "p2"),
    ("Patient?identifier=0002", "p2"),
    ("Patient?identifier=|0002", ""),
    ("Patient?identifier=urn:mrn|", "p5 p4 p3 p2 p1"),
    ("Patient?name=smi", "p4 p3"),
    ("Patient?name=张三", "p1"),
    ("Patient?name:exact=Smith", "p4 p3"),
    ("Patient?name:exact=smith", ""),
    ("Patient?name:contains=mit", "p4 p3"),
    ("Patient?family=muller", "p5"),
    ("Patient?phonetic=zs", "p1"),
    ("Patient?birthdate=1990", "p3 p2"),
    ("Patient?birthdate=lt1980", "p5"),
    ("Patient?birthdate=ge1990&gender=female", "p3 p2"),
    ("Patient?_id=p1,p3", "p3 p1"),
    ("Observation?code=718-7", "o2 o1"),
    ("Observation?code=http://loinc.org|718-7", "o2 o1"),
    ("Observation?code=http://loinc.org|", "o4 o3 o2 o1"),
    ("Observation?patient=p1", "o3 o1"),
    ("Observation?subject=Patient/p1&code=718-7", "o1"),
    ("Observation?subject:Patient=p1", "o3 o1"),
    ("Observation?patient=http://here/fhir/Patient/p1", "o3 o1"),
    ("Observation?patient=nobody", ""),
    ("Observation?subject:Patient.name=smith", "o4"),
    ("Observation?patient.gender=male", "o3 o1"),
    ("Patient?_has:Observation:patient:code=2345-7", "p3 p1"),
    ("Observation?value-quantity=5.4", "o1"),
    ("Observation?value-quantity=gt6|http://unitsofmeasure.org|mg/dL", "o4 o3"),
    ("Observation?value-quantity=1|http://unitsofmeasure.org|g/L", "o4"),
    ("Observation?code-value-quantity=2345-7$gt50", "o4"),
    ("Observation?_sort=date", "o1 o2 o3 o4"),
    ("Observation?_sort=-date&_count=2", "o4 o3"),
    ("Patient?_sort=name", "p2 p5 p3 p4 p1"),
    ("Patient?_sort=gender,-birthdate", "p2 p3 p4 p1 p5"),
    ("Patient/p1/Observation", "o3 o1"),
    ("Patient/p1/*", "o3 o1 p1"),
    ("Patient?death-date:missing=true&gender=male", "p5 p4 p1"),
    ("?_type=Patient,Observation&_id=p1,o1", "o1 p1"),
]


@pytest.mark.parametrize(("url", "expected"), CASES)
async def test_finds(shelf: Shelf, url: str, expected: str) -> None:
    assert await shelf.ids(url) == expected.split()


@pytest.mark.shows("search:paging")
async def test_pages_through_everything_and_back(shelf: Shelf) -> None:
    url: str | None = "Patient?_count=2"
    pages: list[list[str]] = []
    while url:
        bundle = await shelf.bundle(url)
        pages.append(ids(bundle))
        url = link(bundle, "next")
    assert pages == [["p5", "p4"], ["p3", "p2"], ["p1"]]
    previous = link(bundle, "previous")
    assert previous
    assert ids(await shelf.bundle(previous)) == ["p3", "p2"]
