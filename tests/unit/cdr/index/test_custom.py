"""Custom parameters, compiled where their expression is simple and evaluated where it is not."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from xinglin.cdr.index import Dates, Indexer, KeySpace, Rows
from xinglin.cdr.index.plans import Custom, Plans
from xinglin.fhir.search import SearchParam, custom, search_parameters

KS = KeySpace(b"k" * 32)
ZONE = Dates(ZoneInfo("Asia/Shanghai"))
PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p",
    "birthDate": "1970-03-01",
    "name": [{"use": "official", "family": "张", "given": ["三"]}],
    "contact": [
        {"gender": "female", "organization": {"reference": "Organization/o"}},
        {"gender": "male", "organization": {"reference": "Organization/q"}},
    ],
    "multipleBirthInteger": 2,
    "extension": [
        {"url": "urn:dose", "valueQuantity": {"value": 5, "unit": "mg", "code": "mg"}},
        {"url": "urn:since", "valuePeriod": {"start": "2024"}},
        {"url": "urn:address", "valueAddress": {"city": "杭州"}},
    ],
}


def made(kind: str, expression: str, **more: Any) -> SearchParam:
    resource = {"code": "own", "type": kind, "expression": expression, "url": "urn:own", **more}
    return custom.make(resource, "Patient", 3000, 62, search_parameters())


def extract(param: SearchParam) -> Rows:
    indexer = Indexer(KS, ZONE)
    indexer.use(Plans({1: "Asia/Shanghai"}, (Custom(param, 1, None, "active"),)))
    rows = indexer.extract(PATIENT, lambda _name: 9)
    assert bool(rows.present >> 62 & 1) == bool(own(rows))
    assert indexer.params.get("Patient", "own") is param
    return rows


def own(rows: Rows) -> set[Any]:
    """Rows with a structured key of the parameter, and keys that hashes of it would be."""
    wide = {row for row in (*rows.dat, *rows.num, *rows.str) if KS.unpack(row[0])[0] == 3000}
    keys = {k for k in rows.key if KS.unpack(k)[0] == 3000}
    return wide | keys | {coding for coding in rows.coding if coding.param == 3000}


@pytest.mark.parametrize(
    ("kind", "expression", "compiled"),
    [
        ("string", "Patient.name.family", True),
        ("string", "Patient.name.where(use = 'official').given.first()", False),
        ("string", "Patient.extension('urn:address').value.as(Address)", True),
        ("date", "Patient.birthDate", True),
        ("date", "Patient.birthDate.first()", False),
        ("date", "Patient.extension('urn:since').value.as(Period)", True),
        ("number", "Patient.multipleBirth.as(integer)", True),
        ("number", "Patient.contact.count()", False),
        ("token", "Patient.contact.gender", True),
        ("token", "Patient.contact.exists(gender = 'male')", False),
        ("quantity", "Patient.extension('urn:dose').value.as(Quantity)", True),
        ("quantity", "Patient.extension('urn:dose').value.first()", False),
        ("reference", "Patient.contact.organization", True),
        (
            "reference",
            "Patient.contact.organization.where(resolve() is Organization).first()",
            False,
        ),
    ],
)
def test_values_are_found_either_way(kind: str, expression: str, compiled: bool) -> None:
    param = made(kind, expression)
    assert bool(param.paths) == compiled
    assert own(extract(param))


def test_what_is_not_there_has_no_rows() -> None:
    assert own(extract(made("string", "Patient.photo.title"))) == set()
    assert own(extract(made("date", "Patient.photo.creation.first()"))) == set()


def test_an_error_at_run_time_gives_no_rows() -> None:
    assert own(extract(made("number", "(1 | 2).single()"))) == set()


def test_a_composite_of_shipped_parameters() -> None:
    names = ("individual-gender", "individual-birthdate")
    parts = [
        {"definition": f"http://hl7.org/fhir/SearchParameter/{name}", "expression": expression}
        for name, expression in zip(names, ("gender", "birthDate"), strict=True)
    ]
    param = made("composite", "Patient", component=parts)
    rows = Indexer(KS, ZONE)
    rows.use(Plans({1: "Asia/Shanghai"}, (Custom(param, 1, None, "active"),)))
    found = rows.extract(PATIENT | {"gender": "male"}, lambda _name: 9)
    assert (KS.pair(3000, "", "male"), *ZONE.bounds("1970-03-01")) in found.dat


def test_bases_of_all_types() -> None:
    assert len(custom.types_of({"base": ["Resource"]})) == len(search_parameters().types)
    assert custom.types_of({"base": ["Patient", "Group", "Patient"]}) == ("Group", "Patient")
