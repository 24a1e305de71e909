"""What an Access does not let through is not found, counted, joined, included or guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from tests.support.shelf import Shelf, ids

from xinglin.cdr.access import Access, Scope
from xinglin.cdr.search.run import Run
from xinglin.kernel.errors import Malformed

if TYPE_CHECKING:
    from xinglin.kernel.database import Database

shows = pytest.mark.shows


def ref(name: str) -> dict[str, str]:
    return {"reference": name}


def observation(id_: str, patient: str) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": id_,
        "status": "final",
        "code": {"coding": [{"system": "urn:c", "code": "x"}]},
        "subject": ref(f"Patient/{patient}"),
        "effectiveDateTime": "2020-01-01",
    }


WORLD: list[dict[str, Any]] = [
    {"resourceType": "Patient", "id": "mine", "name": [{"family": "Mine"}], "telecom": [{"system": "phone", "value": "1"}], "gender": "male", "link": [{"other": ref("Patient/other"), "type": "seealso"}]},
    {"resourceType": "Patient", "id": "other", "name": [{"family": "Other"}], "telecom": [{"system": "phone", "value": "2"}], "gender": "male"},
    observation("o1", "mine"),
    observation("o2", "other"),
    {"resourceType": "List", "id": "l1", "status": "current", "mode": "working", "entry": [{"item": ref("Observation/o1")}, {"item": ref("Observation/o2")}]},
    {"resourceType": "Organization", "id": "org", "name": "Org"},
]  # fmt: skip


@pytest_asyncio.fixture(scope="module")
async def shelf(module_db: Database) -> Shelf:
    shelf = Shelf(module_db)
    await shelf.put(WORLD)
    await shelf.reserve()
    return shelf


@pytest.fixture
def mine(shelf: Shelf) -> Access:
    """Patients and observations of one patient; lists of everybody."""
    rid = shelf.rid(("Patient", "mine"))
    return Access(
        actor="test",
        scopes=(
            Scope(frozenset(("Patient", "Observation")), "rs", patients=(rid,)),
            Scope(frozenset(("List",)), "rs"),
        ),
    )


@shows("access:search")
@shows("access:chain")
@shows("access:_has")
@shows("access:_list")
@shows("access:compartment")
@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("Patient", "mine"),
        ("Patient?gender=male", "mine"),
        ("Patient?family=other", ""),
        ("Patient?_id=other,mine", "mine"),
        ("Patient?gender:not=x&_sort=family", "mine"),
        ("Patient?gender:not=female", "mine"),
        ("Observation?code=x&_sort=-date", "o1"),
        ("Observation?subject=Patient/other", ""),
        ("Observation?subject:Patient.family=other", ""),
        ("Patient?link:Patient.family=other", ""),
        ("Patient?link=Patient/other", "mine"),
        ("Patient?_has:Observation:subject:code=x", "mine"),
        ("List?item:Observation.code=x", "l1"),
        ("List?item:Observation.subject:Patient.family=other", ""),
        ("List?item:Observation.subject:Patient.family=mine", "l1"),
        ("Observation?_list=l1", "o1"),
        ("Organization", ""),
        ("Patient/other/Observation", ""),
        ("Patient/mine/*", "o1 mine"),
        ("", "l1 o1 mine"),
        ("?_type=Organization,Patient", "mine"),
        ("Observation?_filter=subject:Patient.family eq other", ""),
    ],
)
async def test_only_what_may_be_seen_is_found(
    shelf: Shelf, mine: Access, url: str, expected: str
) -> None:
    found = url if "?" in url else f"{url}?"
    assert await shelf.ids(url, mine) == expected.split()
    assert (await shelf.bundle(f"{found}&_total=accurate&_count=0", mine))["total"] == len(
        expected.split()
    )


@shows("access:_include")
@shows("access:_revinclude")
async def test_includes_do_not_reach_what_may_not_be_seen(shelf: Shelf, mine: Access) -> None:
    bundle = await shelf.bundle(
        "Patient?_id=mine&_include=Patient:link&_revinclude=Observation:subject", mine
    )
    assert ids(bundle, "include") == ["o1"]
    bundle = await shelf.bundle(
        "List?_include=List:item&_include:iterate=Observation:subject", mine
    )
    assert sorted(ids(bundle, "include")) == ["mine", "o1"]
    bundle = await shelf.bundle("List?_include=*&_revinclude:iterate=*", mine)
    assert sorted(ids(bundle, "include")) == ["o1"]


@shows("access:conditional")
async def test_conditions_match_only_what_may_be_seen(shelf: Shelf, mine: Access) -> None:
    find = shelf.engine.conditional_match
    rid = shelf.rid(("Patient", "mine"))
    assert await find(shelf.db, mine, "Patient", [("gender", "male")]) == [rid]
    assert len(await find(shelf.db, Access.local(), "Patient", [("gender", "male")])) == 2
    for criteria in ([("colour", "red")], [("_count", "1")], [("_sort", "family")]):
        with pytest.raises(Malformed):
            await find(shelf.db, mine, "Patient", criteria)


@shows("access:absent-is-forbidden")
@pytest.mark.parametrize(
    "url",
    [
        "Observation?subject=Patient/{}",
        "Patient?_id={}",
        "Patient/{}/Observation",
        "Observation?patient._id={}",
    ],
)
async def test_absent_and_forbidden_run_the_same_statements(
    shelf: Shelf, mine: Access, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    said: list[str] = []
    plain = Run.fetch

    async def fetch(self: Run, text: str, *args: Any) -> list[Any]:
        said.append(text)
        return await plain(self, text, *args)

    monkeypatch.setattr(Run, "fetch", fetch)
    runs = []
    for name in ("other", "nobody", "other", "nobody"):
        said.clear()
        assert await shelf.ids(url.format(name), mine) == []
        runs.append(list(said))
    assert runs[2] == runs[3]


@pytest.fixture
def blind(shelf: Shelf) -> Access:
    return Access(
        actor="test",
        scopes=(Scope(None, "rs"),),
        hidden=(("Patient", ("telecom", "name.family")), ("Observation", ("subject",))),
    )


@shows("access:hidden-elements")
@pytest.mark.parametrize(
    "url",
    [
        "Patient?phone=1",
        "Patient?telecom=1",
        "Patient?family=mine",
        "Patient?name=mine",
        "Patient?phonetic=mine",
        "Patient?_sort=family",
        "Patient?_filter=family eq mine",
        "Patient?_content=mine",
        "Observation?subject:Patient.gender=male",
        "Observation?patient=mine",
        "Patient?_has:Observation:subject:code=x",
        "Observation?_include=Observation:subject",
    ],
)
async def test_hidden_elements_cannot_be_asked_for(shelf: Shelf, blind: Access, url: str) -> None:
    with pytest.raises(Malformed) as caught:
        await shelf.bundle(url, blind, strict=True)
    assert caught.value.issues[0].code == "not-supported"


@shows("access:hidden-elements")
async def test_hidden_elements_are_not_shown(shelf: Shelf, blind: Access) -> None:
    bundle = await shelf.bundle("Patient?_id=mine&_elements=name,telecom,gender&_include=*", blind)
    (entry,) = [e for e in bundle["entry"] if e["search"]["mode"] == "match"]
    assert "telecom" not in entry["resource"]
    assert entry["resource"]["gender"] == "male"
    assert entry["resource"]["meta"]["tag"][0]["code"] == "SUBSETTED"
    assert len(entry["resource"]["meta"]["tag"]) == 1
    bundle = await shelf.bundle("Observation?_id=o1", blind)
    assert "subject" not in bundle["entry"][0]["resource"]
