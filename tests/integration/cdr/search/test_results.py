"""What a result looks like: links, totals, includes, summaries, order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from tests.support.shelf import BASE, Shelf, ids, link

from xinglin.cdr.search import plan
from xinglin.kernel.errors import Malformed, TooCostly

if TYPE_CHECKING:
    from xinglin.kernel.database import Database

shows = pytest.mark.shows


def ref(name: str) -> dict[str, str]:
    return {"reference": name}


CODE = {"coding": [{"system": "http://loinc.org", "code": "1-8"}]}
WORLD: list[dict[str, Any]] = [
    {"resourceType": "Organization", "id": "top", "name": "Top"},
    {"resourceType": "Organization", "id": "mid", "name": "Mid", "partOf": ref("Organization/top")},
    {
        "resourceType": "Organization",
        "id": "leaf",
        "name": "Leaf",
        "partOf": ref("Organization/mid"),
    },
    {
        "resourceType": "Patient",
        "id": "p1",
        "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">x</div>'},
        "name": [{"family": "Bo", "given": ["A"]}, {"family": "Zo"}],
        "birthDate": "1980",
        "managingOrganization": ref("Organization/leaf"),
        "maritalStatus": {"text": "M"},
        "photo": [{"url": "http://x/y"}],
    },
    {
        "resourceType": "Patient",
        "id": "p2",
        "name": [{"family": "Ci"}],
        "managingOrganization": ref("Organization/leaf"),
    },
    {"resourceType": "Patient", "id": "p3", "birthDate": "1970", "name": [{"family": "Ad"}]},
    *(
        {
            "resourceType": "Observation",
            "id": f"o{n}",
            "status": "final",
            "code": CODE,
            "subject": ref(f"Patient/p{n % 2 + 1}"),
            "performer": [ref("Organization/mid")],
            "valueQuantity": {"value": n},
        }
        for n in range(4)
    ),
    {
        "resourceType": "Questionnaire",
        "id": "q1",
        "url": "http://acme.org/q",
        "version": "2",
        "status": "active",
        "title": "Asthma",
    },
    {
        "resourceType": "QuestionnaireResponse",
        "id": "a1",
        "status": "completed",
        "questionnaire": "http://acme.org/q|2",
    },
    {
        "resourceType": "Provenance",
        "id": "v1",
        "target": [ref("Observation/o1"), ref("Observation/o3")],
        "recorded": "2020-01-01T00:00:00Z",
        "agent": [{"who": ref("Organization/top")}],
    },
]


@pytest_asyncio.fixture(scope="module")
async def shelf(module_db: Database) -> Shelf:
    shelf = Shelf(module_db)
    await shelf.put(WORLD)
    await shelf.reserve()
    return shelf


@shows("search:result:link:self")
@shows("search:unknown:lenient")
async def test_an_unknown_parameter_is_left_out_of_self_and_reported(shelf: Shelf) -> None:
    bundle = await shelf.bundle("Patient?family=bo&colour=red&_count=5")
    assert link(bundle, "self") == f"{BASE}/Patient?family=bo&_count=5"
    assert ids(bundle) == ["p1"]
    outcomes = [e["resource"] for e in bundle["entry"] if e["search"]["mode"] == "outcome"]
    assert "colour" in outcomes[0]["issue"][0]["details"]["text"]


@shows("search:unknown:strict")
async def test_an_unknown_parameter_is_refused_under_strict_handling(shelf: Shelf) -> None:
    with pytest.raises(Malformed) as caught:
        await shelf.bundle("Patient?colour=red", strict=True)
    assert caught.value.issues[0].expression == ("http.colour",)


@shows("search:result:_total:accurate")
@shows("search:result:_total:estimate")
@shows("search:result:_total:none")
async def test_a_total_is_given_when_it_is_asked_for(shelf: Shelf) -> None:
    assert "total" not in await shelf.bundle("Observation")
    assert (await shelf.bundle("Observation?_total=accurate&_count=1"))["total"] == 4
    assert (await shelf.bundle("Observation?_total=estimate"))["total"] == 4


@shows("search:result:_total:estimate")
async def test_an_estimate_of_much_is_near(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "LARGE", 2)
    monkeypatch.setattr(plan, "STEPS", 3)
    found = await shelf.bundle("Observation?_total=estimate&status=final")
    assert found["total"] in {3, 4, 5}
    found = await shelf.bundle(
        "Observation?_total=estimate&status=final&_count=0&patient:missing=true"
    )
    assert found["total"] == 0


@shows("search:result:_count:0")
@shows("search:result:_summary:count")
@pytest.mark.parametrize("how", ["_count=0", "_summary=count"])
async def test_only_the_number(shelf: Shelf, how: str) -> None:
    bundle = await shelf.bundle(f"Observation?patient=p1&{how}")
    assert bundle["total"] == 2
    assert "entry" not in bundle


@shows("search:result:_include")
async def test_includes_what_the_page_refers_to_once(shelf: Shelf) -> None:
    bundle = await shelf.bundle(
        "Observation?_include=Observation:subject&_include=Observation:performer"
    )
    assert sorted(ids(bundle, "include")) == ["mid", "p1", "p2"]


@shows("search:result:_include:type")
async def test_includes_only_the_type_that_is_named(shelf: Shelf) -> None:
    bundle = await shelf.bundle(
        "Observation?_include=Observation:performer:Organization&_include=Observation:subject:Group"
    )
    assert ids(bundle, "include") == ["mid"]


@shows("search:result:_include:*")
async def test_includes_everything_with_a_star(shelf: Shelf) -> None:
    bundle = await shelf.bundle("Observation?_id=o1&_include=*")
    assert sorted(ids(bundle, "include")) == ["mid", "p2"]
    bundle = await shelf.bundle("Observation?_id=o1&_include=Observation:*")
    assert sorted(ids(bundle, "include")) == ["mid", "p2"]


@shows("search:result:_include:iterate")
async def test_includes_go_on_where_they_iterate(shelf: Shelf) -> None:
    url = "Patient?_id=p1&_include=Patient:organization&_include:iterate=Organization:partof"
    assert sorted(ids(await shelf.bundle(url), "include")) == ["leaf", "mid", "top"]
    url = "Patient?_id=p1&_include=Patient:organization&_include=Organization:partof"
    assert ids(await shelf.bundle(url), "include") == ["leaf"]


@shows("search:result:_revinclude")
async def test_includes_what_refers_to_the_page(shelf: Shelf) -> None:
    bundle = await shelf.bundle("Patient?_id=p2&_revinclude=Observation:subject")
    assert sorted(ids(bundle, "include")) == ["o1", "o3"]


@shows("search:result:_revinclude:iterate")
async def test_reverse_includes_iterate(shelf: Shelf) -> None:
    url = "Patient?_id=p2&_revinclude=Observation:subject&_revinclude:iterate=Provenance:target"
    assert sorted(ids(await shelf.bundle(url), "include")) == ["o1", "o3", "v1"]
    url = "Organization?_id=top&_revinclude:iterate=Organization:partof"
    assert sorted(ids(await shelf.bundle(url), "include")) == ["leaf", "mid"]


@shows("search:result:_revinclude:*")
async def test_reverse_includes_of_every_kind(shelf: Shelf) -> None:
    bundle = await shelf.bundle("Patient?_id=p2&_revinclude=*")
    assert sorted(ids(bundle, "include")) == ["o1", "o3"]


@shows("search:result:_include:canonical")
@shows("search:result:_revinclude:canonical")
@shows("search:chain:canonical")
async def test_follows_canonical_addresses(shelf: Shelf) -> None:
    bundle = await shelf.bundle(
        "QuestionnaireResponse?_include=QuestionnaireResponse:questionnaire"
    )
    assert ids(bundle, "include") == ["q1"]
    bundle = await shelf.bundle("Questionnaire?_revinclude=QuestionnaireResponse:questionnaire")
    assert ids(bundle, "include") == ["a1"]
    assert await shelf.ids("QuestionnaireResponse?questionnaire.title=asthma") == ["a1"]
    assert await shelf.ids("QuestionnaireResponse?questionnaire.title=other") == []
    url = "Questionnaire?_has:QuestionnaireResponse:questionnaire:status="
    assert await shelf.ids(f"{url}completed") == ["q1"]
    assert await shelf.ids(f"{url}amended") == []


SUBSETTED = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    "code": "SUBSETTED",
}


@shows("search:result:_elements")
async def test_elements_keep_what_is_mandatory_and_say_that_they_are_a_part(shelf: Shelf) -> None:
    bundle = await shelf.bundle("Observation?_id=o1&_elements=subject")
    resource = bundle["entry"][0]["resource"]
    assert sorted(resource) == ["code", "id", "meta", "resourceType", "status", "subject"]
    assert resource["meta"]["tag"] == [SUBSETTED]


@shows("search:result:_summary:true")
@shows("search:result:_summary:text")
@shows("search:result:_summary:data")
@pytest.mark.parametrize(
    ("summary", "there", "gone"),
    [
        ("true", "name birthDate", "text maritalStatus photo"),
        ("text", "text", "name birthDate"),
        ("data", "name photo maritalStatus", "text"),
    ],
)
async def test_summaries(shelf: Shelf, summary: str, there: str, gone: str) -> None:
    resource = (await shelf.bundle(f"Patient?_id=p1&_summary={summary}"))["entry"][0]["resource"]
    assert set(there.split()) <= set(resource)
    assert set(gone.split()).isdisjoint(resource)
    assert resource["meta"]["tag"] == [SUBSETTED]


async def test_a_whole_body_goes_out_as_it_is_stored(shelf: Shelf) -> None:
    result = await shelf.search("Patient?_id=p3&_summary=false")
    assert b'"resource":{"resourceType":"Patient","id":"p3","birthDate":"1970"' in result.body


@shows("search:sort:string")
@shows("search:sort:date")
@shows("search:sort:number")
@shows("search:sort:quantity")
@shows("search:sort:reference")
@shows("search:sort:token")
@shows("search:sort:_id")
@shows("search:sort:_lastUpdated")
@shows("search:sort:missing-last")
@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("Patient?_sort=family", "p3 p1 p2"),
        ("Patient?_sort=-family", "p1 p2 p3"),
        ("Patient?_sort=birthdate", "p3 p1 p2"),
        ("Patient?_sort=-birthdate", "p1 p3 p2"),
        ("Patient?_sort=_id", "p1 p2 p3"),
        ("Patient?_sort=-_id", "p3 p2 p1"),
        ("Patient?_sort=_lastUpdated", "p1 p2 p3"),
        ("Patient?_sort=-_lastUpdated", "p3 p2 p1"),
        ("Patient?_sort=organization,-_id", "p2 p1 p3"),
        ("Observation?_sort=subject,-value-quantity", "o2 o0 o3 o1"),
        ("Observation?_sort=-code,_id", "o0 o1 o2 o3"),
        ("Provenance?_sort=recorded", "v1"),
    ],
)
@pytest.mark.parametrize("count", [1, 10])
async def test_sorts(shelf: Shelf, url: str, expected: str, count: int) -> None:
    found: list[str] = []
    address: str | None = f"{url}&_count={count}"
    while address:
        bundle = await shelf.bundle(address)
        found += ids(bundle)
        address = link(bundle, "next")
    assert found == expected.split()


@shows("search:sort:_lastUpdated")
@pytest.mark.parametrize("steps", [4, 16, 4000])
@pytest.mark.parametrize("way", ["", "-"])
async def test_sorts_all_types_by_their_last_update(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, steps: int, way: str
) -> None:
    monkeypatch.setattr(plan, "SPARSE", 1)
    monkeypatch.setattr(plan, "STEPS", steps)
    expected = [
        one["id"]
        for one in WORLD
        if one["resourceType"] in {"Patient", "Observation", "Provenance"}
    ]
    found: list[str] = []
    address: str | None = (
        f"?_type=Patient,Observation,Provenance,List&_sort={way}_lastUpdated&_count=3"
    )
    while address:
        bundle = await shelf.bundle(address)
        found += ids(bundle)
        address = link(bundle, "next")
    assert found == (expected[::-1] if way else expected)


@shows("search:paging:foreign-token")
async def test_a_page_token_of_another_search_is_refused(shelf: Shelf) -> None:
    token = (link(await shelf.bundle("Patient?_count=1"), "next") or "").partition("_page=")[2]
    assert ids(await shelf.bundle(f"Patient?_count=2&_page={token}")) == ["p2", "p1"]
    for url in ("Observation", "Patient?family=a", "Patient?_sort=_id"):
        with pytest.raises(Malformed) as caught:
            await shelf.bundle(url + ("&" if "?" in url else "?") + f"_page={token}")
        assert caught.value.issues[0].expression == ("http._page",)


@pytest.mark.parametrize("token", ["x", "AAAA", "é", "%00", "A" * 4000, "W10"])
async def test_a_made_up_page_token_is_refused(shelf: Shelf, token: str) -> None:
    with pytest.raises(Malformed):
        await shelf.bundle(f"Patient?_page={token}")


@shows("search:limit:time")
async def test_a_search_that_takes_too_long_is_refused_with_advice(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf.engine, "limit", 0.0)
    with pytest.raises(TooCostly) as caught:
        await shelf.bundle("Patient")
    assert "Narrow" in caught.value.issues[0].en


@shows("search:result:_contained:refused")
async def test_contained_resources_are_not_searched(shelf: Shelf) -> None:
    assert ids(await shelf.bundle("Patient?_id=p1&_contained=false")) == ["p1"]
    with pytest.raises(Malformed):
        await shelf.bundle("Patient?_contained=true")


async def test_links_are_addresses_that_any_client_reads(shelf: Shelf) -> None:
    """RFC 3986 knows no bare "|" in a query, and there are clients that refuse it."""
    found = await shelf.bundle("Patient?identifier=urn:mrn|0001&name=张&_count=1")
    for one in found["link"]:
        assert re.fullmatch(r"[A-Za-z0-9\-._~:/?#@!$&'()*+,;=%]+", one["url"]), one
        assert "identifier=urn:mrn%7C0001" in one["url"]
