"""Free text: words, Chinese phrases, pairs of characters; always current."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest
import pytest_asyncio
from tests.support.shelf import SECRET, Shelf

from xinglin.cdr.search import freetext
from xinglin.cdr.search.textindex import FreeText, TextIndex
from xinglin.kernel.database import initialise
from xinglin.kernel.errors import Malformed, TooCostly

if TYPE_CHECKING:
    from xinglin.kernel.database import Database

shows = pytest.mark.shows


def report(id_: str, text: str, conclusion: str) -> dict[str, Any]:
    return {
        "resourceType": "DiagnosticReport",
        "id": id_,
        "text": {
            "status": "generated",
            "div": f'<div xmlns="http://www.w3.org/1999/xhtml"><p>{text}</p></div>',
        },
        "status": "final",
        "code": {"text": "CT"},
        "conclusion": conclusion,
    }


WORLD: list[dict[str, Any]] = [
    report("r1", "右肺上叶结节 &amp; Nodule", "建议复查，Follow up in 3 months"),
    report("r2", "Liver normal", "肝脏未见结节"),
    {"resourceType": "Patient", "id": "p1", "name": [{"family": "欧阳", "given": ["小明"]}]},
    {"resourceType": "Patient", "id": "p2", "name": [{"family": "Johnson", "given": ["明"]}]},
]


@pytest_asyncio.fixture
async def shelf(db: Database, dsn: str) -> Shelf:
    await db.execute("update installation set hash_key = $1", SECRET)
    await initialise(dsn)
    shelf = Shelf(db)
    shelf.engine.text = FreeText(db, shelf.registry, shelf.keys)
    await shelf.put(WORLD)
    return shelf


@shows("search:_text")
@shows("search:_content")
@shows("search:string:modifier:contains")
async def test_finds_words_and_phrases(shelf: Shelf) -> None:
    for url, expected in [
        ("DiagnosticReport?_text=结节", "r1"),
        ("DiagnosticReport?_text=肺上叶", "r1"),
        ("DiagnosticReport?_text=上叶肺", ""),
        ("DiagnosticReport?_text=nodule", "r1"),
        ("DiagnosticReport?_text=nod", ""),
        ("DiagnosticReport?_text=liver normal", "r2"),
        ("DiagnosticReport?_text=complaint,liver", "r2"),
        ("DiagnosticReport?_text=节", "r1"),
        ("DiagnosticReport?_content=结节", "r2 r1"),
        ("DiagnosticReport?_content=FOLLOW 3", "r1"),
        ("DiagnosticReport?_content=xhtml", ""),
        ("DiagnosticReport?_filter=_content eq 结节 and _text eq liver", "r2"),
        ("?_type=DiagnosticReport,Patient&_content=结节", "r2 r1"),
        ("Patient?name:contains=阳小", "p1"),
        ("Patient?name:contains=明", "p2 p1"),
        ("Patient?family:contains=ohns", "p2"),
        ("Patient?given:contains=ohns", ""),
        ("Patient?name:contains=阳明", ""),
    ]:
        assert await shelf.ids(url) == expected.split(), url


@shows("search:_content:current")
async def test_follows_every_change(shelf: Shelf, db: Database) -> None:
    assert await shelf.ids("DiagnosticReport?_content=建议") == ["r1"]
    rid = shelf.rid(("DiagnosticReport", "r1"))
    async with db.transaction() as connection:
        await connection.execute(
            "insert into history select rid, ver, updated, 'C', null, body from resource where rid = $1",
            rid,
        )
        await connection.execute(
            "update resource set ver = 2, body = replace(body, '建议', '必须') where rid = $1", rid
        )
        await connection.execute(
            "insert into change (node, type, rid, ver, op, at) select 1, type, rid, 2, 'U', now() from resource where rid = $1",
            rid,
        )
    assert await shelf.ids("DiagnosticReport?_content=建议") == []
    assert await shelf.ids("DiagnosticReport?_content=必须") == ["r1"]


@shows("search:_content:current")
async def test_sees_what_a_running_transaction_holds_back(shelf: Shelf, dsn: str) -> None:
    holder = await asyncpg.connect(dsn)
    try:
        await holder.execute("begin; select pg_current_xact_id()")
        await shelf.put(
            [
                report("r3", "新的结节", "x"),
                {"resourceType": "Patient", "id": "p3", "name": [{"family": "阳小"}]},
            ],
            9,
        )
        assert await shelf.ids("DiagnosticReport?_text=结节") == ["r3", "r1"]
        assert await shelf.ids("Patient?name:contains=阳小") == ["p3", "p1"]
    finally:
        await holder.close()


@shows("search:_content:current")
async def test_follows_a_change_that_another_transaction_keeps_behind_the_horizon(
    shelf: Shelf, db: Database
) -> None:
    assert await shelf.ids("DiagnosticReport?_content=建议") == ["r1"]
    rid = shelf.rid(("DiagnosticReport", "r1"))
    async with db.transaction() as older:
        await older.fetchval("select pg_current_xact_id()")  # holds the horizon of the feed
        async with db.transaction() as connection:
            await connection.execute(
                "update resource set ver = 2, body = replace(body, '建议', '必须') where rid = $1",
                rid,
            )
            await connection.execute(
                "insert into change (node, type, rid, ver, op, at)"
                " select 1, type, rid, 2, 'U', now() from resource where rid = $1",
                rid,
            )
        assert await shelf.ids("DiagnosticReport?_content=建议") == []
        assert await shelf.ids("DiagnosticReport?_content=必须") == ["r1"]


async def test_says_that_the_index_is_being_built(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(self: TextIndex, deadline: float) -> tuple[bool, list[int]]:
        assert deadline > time.monotonic() - 60
        return False, []

    monkeypatch.setattr(TextIndex, "catch_up", never)
    with pytest.raises(TooCostly) as caught:
        await shelf.bundle("DiagnosticReport?_text=x")
    assert "4 changes" in caught.value.issues[0].en


async def test_looks_through_the_strings_while_the_index_is_far_behind(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freetext, "PATIENCE", 1)
    assert await shelf.ids("Patient?name:contains=阳小") == ["p1"]
    assert shelf.engine.text
    assert await shelf.engine.text.names.behind() == 4


async def test_refuses_free_text_without_an_index(shelf: Shelf) -> None:
    shelf.engine.text = None
    with pytest.raises(Malformed):
        await shelf.bundle("DiagnosticReport?_text=x")
    assert await shelf.ids("Patient?name:contains=阳小") == ["p1"]


async def test_keeps_names_up_and_words_once_somebody_asked(shelf: Shelf) -> None:
    text = shelf.engine.text
    assert text

    async def served(names: int, words: int) -> None:
        """Read on until so much is left; tests beside this one may hold the feed back a while."""
        async with asyncio.timeout(60):
            while (await text.names.behind(), await text.words.behind()) != (names, words):
                while await text.step():
                    pass
                await asyncio.sleep(0.01)

    await served(0, 4)
    assert await shelf.ids("DiagnosticReport?_content=结节") == ["r2", "r1"]
    await shelf.put([report("r4", "x", "结节")], 20)
    assert await text.words.behind() >= 1
    await served(0, 0)


async def test_serves_until_it_is_told_to_stop(shelf: Shelf) -> None:
    text = shelf.engine.text
    assert text
    stop = asyncio.Event()
    stop.set()
    await text.serve(stop)
    assert await text.names.behind() == 4
