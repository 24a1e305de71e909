"""History of an instance, of a type, of everything: order, limits, pages."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from xinglin.kernel.errors import Malformed, NotFound

from .conftest import BASE, observation, patient, plain

if TYPE_CHECKING:
    from xinglin.cdr.access import Access
    from xinglin.cdr.repository import Repository
    from xinglin.kernel.clock import FixedClock
    from xinglin.kernel.database import Database


async def page(
    repository: Repository, access: Access, type_: str | None, id_: str | None, **params: str
) -> Any:
    pairs = list(params.items())
    return plain(await repository.history(access, type_, id_, pairs, base=BASE))


def versions(answer: Any) -> list[str]:
    return [
        entry["request"]["method"]
        + " "
        + entry["fullUrl"].removeprefix(f"{BASE}/")
        + " "
        + entry["response"]["etag"][3:-1]
        for entry in answer.get("entry", [])
    ]


def following(answer: Any) -> list[tuple[str, str]] | None:
    for link in answer["link"]:
        if link["relation"] == "next":
            return parse_qsl(urlsplit(link["url"]).query)
    return None


async def life(repository: Repository, access: Access, clock: FixedClock) -> None:
    """Patient/a: created, changed, deleted, created again, at hours 8 to 11; others between."""
    await repository.update(access, "Patient", "a", patient(gender="male"))
    clock.advance(timedelta(hours=1))
    await repository.update(access, "Patient", "a", patient(gender="female"))
    await repository.update(access, "Observation", "o", observation("Patient/a"))
    clock.advance(timedelta(hours=1))
    await repository.delete(access, "Patient", "a")
    clock.advance(timedelta(hours=1))
    await repository.update(access, "Patient", "a", patient(gender="other"))
    await repository.update(access, "Patient", "b", patient())


async def test_instance(repository: Repository, local: Access, clock: FixedClock):
    await life(repository, local, clock)
    answer = await page(repository, local, "Patient", "a")
    assert versions(answer) == [
        "PUT Patient/a 4",
        "DELETE Patient/a 3",
        "PUT Patient/a 2",
        "PUT Patient/a 1",
    ]
    assert answer["total"] == 4
    assert [e.get("resource", {}).get("gender") for e in answer["entry"]] == [
        "other",
        None,
        "female",
        "male",
    ]
    assert answer["entry"][1]["response"]["lastModified"] == "2026-03-01T10:30:15.123Z"
    oldest = await page(repository, local, "Patient", "a", _sort="_lastUpdated")
    assert versions(oldest) == versions(answer)[::-1]


@pytest.mark.shows("interaction:history:type", "interaction:history:system")
async def test_type_and_system(repository: Repository, local: Access, clock: FixedClock):
    await life(repository, local, clock)
    of_type = await page(repository, local, "Patient", None)
    assert versions(of_type) == [
        "PUT Patient/b 1",
        "PUT Patient/a 4",
        "DELETE Patient/a 3",
        "PUT Patient/a 2",
        "PUT Patient/a 1",
    ]
    system = await page(repository, local, None, None)
    assert versions(system) == [
        *versions(of_type)[:3],
        "PUT Observation/o 1",
        *versions(of_type)[3:],
    ]
    assert [e.get("resource", {}).get("gender") for e in of_type["entry"]] == [
        None,
        "other",
        None,
        "female",
        "male",
    ]
    oldest = await page(repository, local, None, None, _sort="_lastUpdated")
    assert versions(oldest) == versions(system)[::-1]


@pytest.mark.parametrize(("type_", "id_"), [("Patient", "a"), ("Patient", None), (None, None)])
@pytest.mark.shows("interaction:history:_since")
async def test_since(
    repository: Repository, local: Access, clock: FixedClock, type_: str | None, id_: str | None
):
    await life(repository, local, clock)
    late = await page(repository, local, type_, id_, _since="2026-03-01T10:30:15.123Z")
    assert [v for v in versions(late) if "Patient/a" in v] == [
        "PUT Patient/a 4",
        "DELETE Patient/a 3",
    ]
    none = await page(repository, local, type_, id_, _since="2027-01-01T00:00:00 08:00")
    assert versions(none) == []
    assert "total" not in none


@pytest.mark.parametrize(("type_", "id_"), [("Patient", "a"), ("Patient", None)])
@pytest.mark.shows("interaction:history:_at")
async def test_at(
    repository: Repository, local: Access, clock: FixedClock, type_: str, id_: str | None
):
    await life(repository, local, clock)
    for at, expected in (
        ("2026-03-01T08:30:00Z", []),
        ("2026-03-01T09:00:00Z", [1]),
        ("2026-03-01T09:30:16Z", [2]),
        ("2026-03-01T10:45:00Z", [3]),
        ("2026-03-02", [4]),
        ("2026-03-01", [4, 3, 2, 1]),
    ):
        answer = await page(repository, local, type_, id_, _at=at)
        found = [int(v.split()[-1]) for v in versions(answer) if "Patient/a" in v]
        assert found == expected


@pytest.mark.parametrize(("type_", "id_"), [("Patient", "a"), ("Patient", None), (None, None)])
@pytest.mark.parametrize("sort", ["_lastUpdated", "-_lastUpdated"])
@pytest.mark.shows("interaction:history:_count")
async def test_pages(
    repository: Repository,
    local: Access,
    clock: FixedClock,
    type_: str | None,
    id_: str | None,
    sort: str,
):
    await life(repository, local, clock)
    for count in ("1", "2", "3"):
        whole = versions(await page(repository, local, type_, id_, _sort=sort))
        answer = await page(repository, local, type_, id_, _sort=sort, _count=count)
        found = versions(answer)
        while (params := following(answer)) is not None:
            if id_ is None:
                # what is written between two pages is not on the later ones
                await repository.create(local, "Patient", patient())
            answer = plain(await repository.history(local, type_, id_, params, base=BASE))
            assert len(versions(answer)) <= int(count)
            found += versions(answer)
        assert found == whole


async def test_count_zero_and_links(repository: Repository, local: Access, clock: FixedClock):
    await life(repository, local, clock)
    answer = await page(repository, local, "Patient", "a", _count="0")
    assert answer["total"] == 4
    assert "entry" not in answer
    assert answer["link"] == [{"relation": "self", "url": f"{BASE}/Patient/a/_history?_count=0"}]


@pytest.mark.parametrize(
    "params",
    [
        {"_count": "-1"},
        {"_count": "x"},
        {"_since": "yesterday"},
        {"_since": "2026-02-30"},
        {"_since": "9999-12-31T23:59:59-12:00"},
        {"_at": "2026-13"},
        {"_sort": "name"},
        {"_cursor": "x"},
        {"_cursor": "!!!"},
        {"_cursor": ""},
        {"_cursor": base64.urlsafe_b64encode(b'[1,1,"1:2:","00"]').decode()},
        {"_cursor": base64.urlsafe_b64encode(b"[]").decode()},
    ],
)
async def test_bad_parameters(still: Repository, local: Access, params: dict[str, str]):
    with pytest.raises(Malformed):
        await page(still, local, "Patient", None, **params)


async def test_a_cursor_of_another_query_is_refused(
    repository: Repository, local: Access, clock: FixedClock
):
    await life(repository, local, clock)
    answer = await page(repository, local, "Patient", None, _count="1")
    params = following(answer)
    assert params is not None
    with pytest.raises(Malformed):
        await repository.history(local, "Observation", None, params, base=BASE)
    with pytest.raises(Malformed):
        await repository.history(local, "Patient", "a", params, base=BASE)


async def test_absent(repository: Repository, local: Access, db: Database):
    await repository.update(local, "Observation", "o", observation("Patient/later"))
    for id_ in ("later", "never"):
        with pytest.raises(NotFound):
            await page(repository, local, "Patient", id_)
    with pytest.raises(NotFound):
        await page(repository, local, "Patience", None)


async def test_since_does_not_walk_the_past(repository: Repository, db: Database, local: Access):
    """Changes that came late from another node do not hide own ones (see store.history)."""
    rid = await db.fetchval(
        "insert into resource (rid, type, id, ver, updated) select 5 << 41, 1, 'x', 1, now() returning rid"
    )
    await repository.create(local, "Patient", patient())
    await db.execute(
        "insert into change (node, nseq, type, rid, ver, op, at) values (5, 9, 1, $1, 1, 'C', '2020-01-01')",
        rid,
    )
    answer = await page(repository, local, None, None, _since="2026-01-01")
    assert len(versions(answer)) == 1
