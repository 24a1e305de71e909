"""``_filter``, operator by operator. https://hl7.org/fhir/R4/search_filter.html"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from tests.integration.cdr.search.test_modifiers import LOINC, SNOMED, WORLD, Terms
from tests.support.shelf import Shelf

from xinglin.kernel.errors import Malformed

if TYPE_CHECKING:
    from xinglin.kernel.database import Database


@pytest_asyncio.fixture(scope="module")
async def shelf(module_db: Database) -> Shelf:
    shelf = Shelf(module_db, Terms())
    await shelf.put(WORLD)
    await shelf.reserve()
    return shelf


def case(shows: str, type_: str, text: str, expected: str) -> Any:
    marks = [pytest.mark.shows(f"search:_filter:{one}") for one in shows.split()]
    return pytest.param(type_, text, expected, marks=marks, id=text)


CASES = [
    case("eq", "Patient", 'family eq "döe"', "p1"),
    case("eq", "Patient", "gender eq male", "p2"),
    case("eq", "Patient", "birthdate eq 1990-05-17", "p1"),
    case("eq", "Patient", "identifier eq urn:mrn|7", "p1"),
    case("ne", "Patient", "gender ne male", "p1"),
    case("ne", "Observation", "date ne 2020", "o4"),
    case("co", "Patient", 'name co "yan"', ""),
    case("co", "Patient", 'name co "阳"', "p1"),
    case("co", "Observation", 'code co "2298"', "o2"),
    case("sw", "Patient", 'family sw "do"', "p1"),
    case("sw", "Observation", "code sw 22298", "o2"),
    case("ew", "Patient", 'given ew "明"', "p1"),
    case("ew", "Observation", "code ew 298006", "o2"),
    case("gt", "Observation", "date gt 2020-03-01", "o4 o3 o2"),
    case("lt", "Observation", "date lt 2020-03-01", "o3"),
    case("ge", "RiskAssessment", "probability ge 0.25", "r2 r1"),
    case("le", "RiskAssessment", "probability le 0.25", "r2"),
    case("gt", "Patient", 'family gt "dod"', "p1"),
    case("lt", "Patient", 'family lt "doe"', ""),
    case("ge", "Practitioner", 'family ge "doe"', "d1"),
    case("le", "Practitioner", 'family le "doe"', "d1"),
    case("sa", "Observation", "date sa 2020-03-01", "o4 o2"),
    case("eb", "Observation", "date eb 2020-03-02", "o1"),
    case("ap", "RiskAssessment", "probability ap 0.77", "r1"),
    case("po", "Observation", "date po 2020-03-01", "o3 o1"),
    case("pr", "Observation", "value-concept pr true", "o5"),
    case("pr", "Patient", "family pr false", "p2"),
    case("ss", "Observation", f"code ss {SNOMED}|64572001", "o3 o2"),
    case("sb", "Observation", f"code sb {SNOMED}|22298006", "o3 o2"),
    case("in", "Observation", "code in http://vs/mi", "o2"),
    case("ni", "Observation", "code ni http://vs/mi", "o5 o4 o3 o1"),
    case("re", "Observation", "subject re Patient/p2", "o3"),
    case("and", "Patient", "gender eq female and birthdate gt 1980", "p1"),
    case("or", "Patient", "gender eq male or family sw do", "p2 p1"),
    case("and or", "Patient", "gender eq male and family sw do or family sw do", "p1"),
    case("not", "Patient", "not (gender eq male)", "p1"),
    case(
        "parentheses",
        "Patient",
        "(gender eq male or gender eq female) and (birthdate eq 1990-05-17)",
        "p1",
    ),
    case("path", "Observation", 'subject:Patient.family eq "doe"', "o2 o1"),
    case("path", "Observation", "subject.gender eq male", "o3"),
    case("path", "Observation", "subject[gender eq female].birthdate eq 1990-05-17", "o2 o1"),
    case("path", "Patient", "_has:Observation:patient:code eq 64572001", "p2"),
    case("eq", "Observation", 'value-quantity eq "54|http://unitsofmeasure.org|mg/L"', "o2 o1"),
    case("eq", "Observation", f'code-value-quantity eq "{SNOMED}|22298006$54"', "o2"),
    case("eq", "Patient", "_id eq p2", "p2"),
    case("eq", "Observation", f"component-code eq {LOINC}|8480-6", "o5"),
    case("eq", "Patient", "_tag eq vip", "p1"),
]


@pytest.mark.parametrize(("type_", "text", "expected"), CASES)
async def test_filters(shelf: Shelf, type_: str, text: str, expected: str) -> None:
    assert await shelf.ids(f"{type_}?_filter={text.replace('&', '%26')}") == expected.split()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "gender",
        "gender eq",
        "gender eq (",
        "gender like male",
        'family eq "open',
        "gender eq male and",
        "(gender eq male",
        "gender eq male)",
        "not gender eq male",
        "birthdate eq yesterday",
        "birthdate co 19",
        "gender pr perhaps",
        "family.name eq x",
        "(" * 40 + "gender eq male" + ")" * 40,
        "gender eq male or " * 300 + "gender eq male",
        "_has:Nothing:x:y eq 1",
    ],
)
@pytest.mark.shows("search:_filter:refused")
async def test_what_cannot_be_read_is_refused_with_the_place(shelf: Shelf, text: str) -> None:
    with pytest.raises(Malformed) as caught:
        await shelf.bundle(f"Patient?_filter={text}")
    assert caught.value.issues[0].expression == ("http._filter",)
    assert caught.value.issues[0].zh
