"""$match, $register, the queue and its decisions, under different accesses.

https://hl7.org/fhir/R4/patient-operation-match.html
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.patience import seconds

from xinglin.cdr.access import Access, Scope
from xinglin.group.empi.identity import check_digit
from xinglin.kernel.errors import Conflict, Forbidden, Malformed, NotFound

from .conftest import identified, parameters, part, someone

if TYPE_CHECKING:
    from .conftest import Desk

OWN = "99010119800304123" + check_digit("99010119800304123")
CLERK = Access("clerk", scopes=(Scope(frozenset(("Patient",)), "c"),))
STRANGER = Access("stranger", scopes=(Scope(frozenset(("Observation",)), "rs"),))


def entries(bundle: dict[str, Any]) -> list[dict[str, Any]]:
    return [e for e in bundle.get("entry", ()) if e["search"]["mode"] == "match"]


def grade(entry: dict[str, Any]) -> str:
    return entry["search"]["extension"][0]["valueCode"]


async def test_match_answers_with_grade_and_score(desk: Desk) -> None:
    one = await desk.put(someone(identifier=identified(OWN)))
    await desk.put(someone("李建国", birthDate="1955-01-01", telecom=[]))
    status, bundle = await desk.call("match", parameters(resource=someone("王小明")))
    assert status == 200
    assert bundle["total"] == 1
    assert entries(bundle)[0]["resource"]["id"] == one
    assert grade(entries(bundle)[0]) == "probable"
    assert 0.9 < entries(bundle)[0]["search"]["score"] <= 1
    certain = parameters(
        resource=someone(identifier=identified(OWN)), onlyCertainMatches=True, count=1
    )
    _, bundle = await desk.call("match", certain)
    assert [grade(e) for e in entries(bundle)] == ["certain"]
    _, bundle = await desk.call("match", parameters(resource=someone(), onlyCertainMatches=True))
    assert bundle["total"] == 0


async def test_the_index_follows_what_is_written(desk: Desk) -> None:
    id_ = await desk.put(someone())
    moved = someone("周敏", birthDate="1991-12-12", telecom=[]) | {"id": id_}
    await desk.repository.update(Access.local(), "Patient", id_, moved)
    _, bundle = await desk.call("match", parameters(resource=someone()))
    assert bundle["total"] == 0
    _, bundle = await desk.call(
        "match", parameters(resource=someone("周敏", birthDate="1991-12-12"))
    )
    assert bundle["total"] == 1
    await desk.repository.delete(Access.local(), "Patient", id_)
    _, bundle = await desk.call(
        "match", parameters(resource=someone("周敏", birthDate="1991-12-12"))
    )
    assert bundle["total"] == 0


async def test_who_may_not_see_gets_a_note_without_data(desk: Desk) -> None:
    await desk.put(someone(identifier=identified(OWN)))
    _, bundle = await desk.call("match", parameters(resource=someone()), access=CLERK, lang="zh")
    assert bundle["total"] == 0
    (note,) = bundle["entry"]
    assert note["search"]["mode"] == "outcome"
    assert "登记处" in note["resource"]["issue"][0]["details"]["text"]
    assert OWN not in str(bundle)
    with pytest.raises(Forbidden):
        await desk.call("match", parameters(resource=someone()), access=STRANGER)


async def test_what_is_hidden_cannot_be_guessed_by_the_score(desk: Desk) -> None:
    await desk.put(someone())
    clerk = Access(
        "c", scopes=(Scope(frozenset(("Patient",)), "rs"),), hidden=(("Patient", ("telecom",)),)
    )
    scores = []
    for phone in ("16412345678", "16499999999"):
        guess = someone("王", birthDate="1980-03-04", telecom=[{"system": "phone", "value": phone}])
        _, bundle = await desk.call("match", parameters(resource=guess), access=clerk)
        scores.append([e["search"]["score"] for e in bundle.get("entry", ())])
        assert "16412345678" not in str(bundle)
    assert scores[0] == scores[1]


async def test_register_warns_and_never_blocks(desk: Desk) -> None:
    status, body = await desk.call("register", parameters(patient=someone()))
    assert (status, part(body, "outcome")) == (201, "created")
    first = part(body, "patient")["id"]
    status, body = await desk.call("register", parameters(patient=someone("王小明")))
    assert (status, part(body, "outcome")) == (200, "candidates")
    assert entries(part(body, "candidates"))[0]["resource"]["id"] == first
    decided = parameters(patient=someone("王小明"), decision="create", reason="two cousins")
    status, body = await desk.call("register", decided)
    assert (status, part(body, "outcome")) == (201, "created")
    second = part(body, "patient")["id"]
    _, queue = await desk.call("match-queue")
    (pair,) = [p["part"] for p in queue["parameter"] if p["name"] == "pair"]
    shown = {p["name"]: p for p in pair}
    assert {shown["one"]["resource"]["id"], shown["two"]["resource"]["id"]} == {first, second}
    assert shown["grade"]["valueCode"] == "probable"
    _, history = await desk.call("match-history", id_=second)
    assert "two cousins" in str(history)
    use = parameters(decision="use", existing=f"Patient/{first}")
    status, body = await desk.call("register", use)
    assert (status, part(body, "outcome"), part(body, "patient")["id"]) == (200, "existing", first)


async def test_two_clerks_at_once_make_one_record(desk: Desk) -> None:
    patient = someone(identifier=identified(OWN))
    done = await asyncio.gather(
        *(desk.call("register", parameters(patient=patient)) for _ in range(6))
    )
    assert sorted(status for status, _ in done) == [200] * 5 + [201]


async def test_register_says_what_is_wrong(desk: Desk) -> None:
    with pytest.raises(Malformed):
        await desk.call("register", parameters(decision="create"))
    with pytest.raises(Malformed):
        await desk.call("register", parameters(patient=someone(), decision="perhaps"))
    with pytest.raises(NotFound):
        await desk.call("register", parameters(decision="use", existing="Patient/nobody"))
    with pytest.raises(Forbidden):
        await desk.call("register", parameters(patient=someone()), access=STRANGER)


async def test_what_was_imported_is_matched_and_what_is_certain_linked(desk: Desk) -> None:
    one = await desk.put(someone(identifier=identified(OWN)))
    two = await desk.put(someone("王曉明", identifier=identified(OWN), telecom=[]))
    three = await desk.put(someone("王小明"))
    await desk.work()
    link = {"other": {"reference": f"Patient/{two}"}, "type": "seealso"}
    assert (await desk.get(one))["link"] == [link]
    assert (await desk.get(two))["link"][0]["other"]["reference"] == f"Patient/{one}"
    assert "link" not in await desk.get(three)
    _, queue = await desk.call("match-queue", status="linked")
    assert "patient index" in str(queue)
    _, queue = await desk.call("match-queue")
    assert len([p for p in queue["parameter"] if p["name"] == "pair"]) >= 1


async def test_decisions_stand(desk: Desk) -> None:
    one, two = await desk.put(someone()), await desk.put(someone("王小明"))
    await desk.work()
    names = {"one": f"Patient/{one}", "two": f"Patient/{two}"}
    _, body = await desk.call(
        "match-decide", parameters(**names, decision="not-same", reason="met both")
    )
    assert part(body, "state") == "different"
    await desk.repository.update(
        Access.local(), "Patient", two, someone("王小明", maritalStatus={"text": "S"}) | {"id": two}
    )
    await desk.repository.update(Access.local(), "Patient", two, someone("王小敏") | {"id": two})
    await desk.work()
    _, queue = await desk.call("match-queue")
    assert "pair" not in [p["name"] for p in queue["parameter"]]
    await desk.call("match-decide", parameters(**names, decision="link"))
    assert (await desk.get(one))["link"][0]["type"] == "seealso"
    await desk.call("match-decide", parameters(**names, decision="reopen"))
    assert "link" not in await desk.get(one)
    for wrong in ({"decision": "maybe"}, {}):
        with pytest.raises(Malformed):
            await desk.call("match-decide", parameters(**names, **wrong))
    with pytest.raises(Conflict):
        await desk.call(
            "match-decide", parameters(one=names["one"], two=names["one"], decision="link")
        )


async def test_who_is_corrected_leaves_the_queue(desk: Desk) -> None:
    await desk.put(someone())
    two = await desk.put(someone("王小明"))
    await desk.work()
    assert await desk.db.fetchval("select count(*) from empi_pair where state = 'open'") == 1
    other = someone("周敏", birthDate="1951-07-07", telecom=[]) | {"id": two}
    await desk.repository.update(Access.local(), "Patient", two, other)
    await desk.work()
    assert await desk.db.fetchval("select count(*) from empi_pair") == 0


async def test_the_worker_goes_on_after_trouble_and_ends_when_told(desk: Desk) -> None:
    worker, stop = desk.room.worker, asyncio.Event()
    await desk.put(someone())
    await desk.db.execute("alter table empi_key rename to empi_gone")
    task = asyncio.create_task(worker.serve(stop))
    await asyncio.sleep(0.2)
    assert not task.done()
    stop.set()
    await asyncio.wait_for(task, seconds(20))
    await desk.db.execute("alter table empi_gone rename to empi_key")
    stop.clear()
    task = asyncio.create_task(worker.serve(stop))
    deadline = asyncio.get_running_loop().time() + seconds(20)
    waiting = 1
    while waiting and asyncio.get_running_loop().time() < deadline:
        waiting = await desk.db.fetchval("select count(*) from empi_record where state = 'n'")
        await asyncio.sleep(0.02)
    stop.set()
    await asyncio.wait_for(task, seconds(20))
    assert waiting == 0


async def test_the_queue_shows_whole_pairs_or_nothing(desk: Desk) -> None:
    one, _ = await desk.put(someone()), await desk.put(someone("王小明"))
    await desk.work()
    rid = await desk.db.fetchval("select rid from resource where id = $1", one)
    half = Access("half", scopes=(Scope(frozenset(("Patient",)), "rs", patients=(rid,)),))
    _, queue = await desk.call("match-queue", access=half)
    assert part(queue, "hidden") == 1
    assert "pair" not in [p["name"] for p in queue["parameter"]]
    assert "王小明" not in str(queue)


async def test_a_population_there_before_is_taken_in(desk: Desk) -> None:
    hooks, desk.repository.context.hooks = desk.repository.context.hooks, {}
    for n in range(5):
        await desk.put(someone(birthDate=f"198{n}-03-04"))
    desk.repository.context.hooks = hooks
    assert [done async for done in desk.room.index.fill()] == [5]
    assert [done async for done in desk.room.index.fill()] == []
    assert [done async for done in desk.room.index.fill(anew=True)] == [5]
    _, bundle = await desk.call("match", parameters(resource=someone()))
    assert bundle["total"] >= 1


async def test_a_newborn_is_joined_to_its_mother(desk: Desk) -> None:
    mother = await desk.put(someone("李芳", gender="female"))
    baby = {
        "resourceType": "Patient",
        "name": [{"text": "李芳之子"}],
        "birthDate": "2026-03-01",
        "gender": "male",
    }
    status, body = await desk.call("register", parameters(patient=baby, mother=f"Patient/{mother}"))
    assert status == 201
    (link,) = (await desk.get(mother))["link"]
    related = await desk.get(link["other"]["reference"].partition("/")[2], "RelatedPerson")
    assert related["patient"]["reference"] == f"Patient/{part(body, 'patient')['id']}"
    assert related["relationship"][0]["coding"][0]["code"] == "NMTH"


async def test_the_index_is_made_anew_and_says_how_far_it_is(desk: Desk) -> None:
    await desk.put(someone(identifier=identified(OWN)))
    await desk.work()
    with pytest.raises(Forbidden):
        await desk.call("match-rebuild", parameters(), access=CLERK)
    status, _ = await desk.call("match-rebuild", parameters())
    assert status == 202
    deadline = asyncio.get_running_loop().time() + seconds(20)
    body: dict[str, Any] = {}
    while asyncio.get_running_loop().time() < deadline:
        _, body = await desk.call("match-status")
        if not part(body, "rebuilding"):
            break
        await asyncio.sleep(0.05)
    assert not part(body, "rebuilding")
    assert (part(body, "patients"), part(body, "known"), part(body, "waiting")) == (1, 1, 1)
    _, bundle = await desk.call("match", parameters(resource=someone()))
    assert bundle["total"] == 1
