"""Where a machine decides, equal keys are not enough: the values have to be equal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from tests.integration.cdr.search.test_modifiers import CASES, WORLD, Terms
from tests.support.shelf import Everything, Shelf

from xinglin.cdr.index import KeySpace
from xinglin.cdr.search import SearchRequest, pairs
from xinglin.cdr.search.run import Run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xinglin.kernel.database import Database


@pytest_asyncio.fixture(scope="module")
async def shelf(module_db: Database) -> Shelf:
    shelf = Shelf(module_db, Terms())
    await shelf.put(WORLD)
    await shelf.reserve()
    return shelf


async def matches(shelf: Shelf, url: str) -> tuple[list[int], list[int]]:
    """(what the database finds, what is confirmed of it)."""
    type_, _, query = url.partition("?")
    request = SearchRequest(type_, pairs(query), base="http://here/fhir")
    async with shelf.db.acquire() as connection:
        run = Run(shelf.engine, connection, Everything(), request)
        where = shelf.engine._prepare(Everything(), request).query.where
        found = [one.rid for one in await run.page(await run.node(where), (), None, 20)]
        asked: Sequence[Any] = [(type_, request.query)]
        return found, (await shelf.engine.confirmed(connection, asked, [found]))[0]


URLS = [one.values[0] for one in CASES]


@pytest.mark.parametrize("url", [url for url in URLS if url.partition("?")[0].isalpha()])
async def test_true_matches_are_confirmed(shelf: Shelf, url: str) -> None:
    found, confirmed = await matches(shelf, url)
    assert confirmed == found


@pytest.mark.shows("conditional:exact")
@pytest.mark.parametrize(
    "url",
    [
        "Patient?identifier=urn:mrn|8",
        "Patient?identifier=8",
        "Patient?gender=other",
        "Observation?code=urn:z|q",
        "ValueSet?url=http://nowhere",
    ],
)
async def test_a_collision_of_hashes_is_no_match(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    assert await matches(shelf, url) == ([], [])
    # Make the keys of the question those of something else that is there.
    there = {
        "Patient": shelf.keys.any_system,
        "Observation": shelf.keys.token,
        "ValueSet": shelf.keys.uri,
    }
    param = {
        "Patient": ("identifier", ("7",)),
        "Observation": ("code", ("http://snomed.info/sct", "22298006")),
        "ValueSet": ("url", ("http://acme.org/fhir/ValueSet/123",)),
    }
    type_ = url.partition("?")[0]
    code, args = param[type_]
    k = there[type_](shelf.registry.get(type_, code).sources[0], *args)
    plain = KeySpace._hash
    monkeypatch.setattr(
        KeySpace, "_hash", lambda self, *parts: k if self is shelf.keys else plain(self, *parts)
    )
    shelf.keys._cache.clear()
    shelf.engine._recent._known.clear()
    try:
        found, confirmed = await matches(shelf, url)
    finally:
        shelf.keys._cache.clear()
        shelf.engine._recent._known.clear()
    assert found
    assert confirmed == []
