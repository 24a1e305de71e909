"""$merge, $unmerge, $identify, $ihe-pix: the chart goes along, comes back, and nothing is lost.

https://hl7.org/fhir/R5/patient-operation-merge.html; IHE ITI PIXm.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from xinglin.cdr.access import Access, Scope
from xinglin.group.empi.identity import check_digit
from xinglin.kernel.errors import Conflict, Forbidden, Invalid, Malformed, NotFound

from .conftest import identified, parameters, part, someone

if TYPE_CHECKING:
    from .conftest import Desk

OWN = "99010119800304123" + check_digit("99010119800304123")
OTHER = "99010119800304125" + check_digit("99010119800304125")
LOCAL = Access.local()


def observation(patient: str, text: str = "x") -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": text},
        "subject": {"reference": f"Patient/{patient}", "display": "王"},
        "performer": [{"reference": "Practitioner/doc"}, {"reference": f"Patient/{patient}"}],
    }


def content(resource: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in resource.items() if k != "meta"}


async def merged(desk: Desk, source: str, target: str, **more: Any) -> dict[str, Any]:
    given = parameters(
        **{"source-patient": f"Patient/{source}", "target-patient": f"Patient/{target}"}, **more
    )
    return (await desk.call("merge", given))[1]


async def unmerged(desk: Desk, source: str) -> dict[str, Any]:
    return (await desk.call("unmerge", parameters(**{"source-patient": f"Patient/{source}"})))[1]


async def test_a_merge_is_undone_exactly(desk: Desk) -> None:
    gone = await desk.put(
        someone(identifier=identified("A100", "MR"), address=[{"city": "杏林市"}], active=True)
    )
    kept = await desk.put(someone("王小明", identifier=identified("A200", "MR"), telecom=[]))
    note = await desk.put(observation(gone))
    own = await desk.put(observation(kept))
    before = [content(await desk.get(i)) for i in (gone, kept)]
    chart = [content(await desk.get(i, "Observation")) for i in (note, own)]

    body = await merged(desk, gone, kept, reason="same card")
    assert part(body, "moved") == 1
    result = part(body, "result")
    assert [i["value"] for i in result["identifier"]] == ["A200", "A100"]
    assert result["identifier"][1]["use"] == "old"
    assert result["address"] == [{"city": "杏林市"}]
    assert result["link"] == [{"other": {"reference": f"Patient/{gone}"}, "type": "replaces"}]
    old = await desk.get(gone)
    assert old["active"] is False
    assert old["link"] == [{"other": {"reference": f"Patient/{kept}"}, "type": "replaced-by"}]
    moved = await desk.get(note, "Observation")
    assert moved["subject"] == {"reference": f"Patient/{kept}", "display": "王"}
    assert moved["performer"][1]["reference"] == f"Patient/{kept}"

    # The record that is replaced is found no more; the one that stays is, by the old number too.
    _, bundle = await desk.call("match", parameters(resource=someone()))
    assert [e["resource"]["id"] for e in bundle["entry"]] == [kept]

    body = await unmerged(desk, gone)
    assert part(body, "moved") == 1
    assert [content(await desk.get(i)) for i in (gone, kept)] == before
    assert [content(await desk.get(i, "Observation")) for i in (note, own)] == chart
    _, history = await desk.call("match-history", id_=kept)
    kinds = [
        next(p["valueCode"] for p in e["part"] if p["name"] == "kind") for e in history["parameter"]
    ]
    assert kinds == ["merge", "unmerge"]
    assert (await desk.repository.history(LOCAL, "Patient", gone, (), base="b")).body.count(
        b'"versionId"'
    ) == 3


async def test_what_came_since_stays_with_whom_it_was_written_for(desk: Desk) -> None:
    gone, kept = await desk.put(someone()), await desk.put(someone("王小明"))
    note = await desk.put(observation(gone))
    await merged(desk, gone, kept)
    changed = await desk.get(note, "Observation") | {"code": {"text": "corrected"}}
    await desk.repository.update(LOCAL, "Observation", note, changed)
    patient = await desk.get(kept) | {"maritalStatus": {"text": "married"}}
    await desk.repository.update(LOCAL, "Patient", kept, patient)
    new = await desk.put(observation(kept, "new"))
    late = await desk.put(observation(gone, "late"))
    assert await desk.room.worker.sweep() == 1
    assert (await desk.get(late, "Observation"))["subject"]["reference"] == f"Patient/{kept}"
    await unmerged(desk, gone)
    back = await desk.get(note, "Observation")
    assert back["subject"]["reference"] == f"Patient/{gone}"
    assert back["code"]["text"] == "corrected"
    assert (await desk.get(kept))["maritalStatus"] == {"text": "married"}
    assert (await desk.get(new, "Observation"))["subject"]["reference"] == f"Patient/{kept}"
    assert (await desk.get(late, "Observation"))["subject"]["reference"] == f"Patient/{gone}"
    assert await desk.room.worker.sweep() == 0


async def test_concurrent_writes_lose_nothing(desk: Desk) -> None:
    gone, kept = await desk.put(someone()), await desk.put(someone("王小明"))
    notes = [await desk.put(observation(gone, str(n))) for n in range(12)]

    async def correct(id_: str) -> None:
        for turn in range(4):
            patch = [{"op": "replace", "path": "/code/text", "value": f"{id_}-{turn}"}]
            await desk.repository.patch(LOCAL, "Observation", id_, patch)

    async def rename() -> None:
        for turn in range(6):
            patch = [{"op": "add", "path": "/language", "value": f"en-{turn}"}]
            await desk.repository.patch(LOCAL, "Patient", kept, patch)

    async def there_and_back() -> None:
        await merged(desk, gone, kept)
        await unmerged(desk, gone)
        await merged(desk, gone, kept)

    await asyncio.gather(there_and_back(), rename(), *(correct(n) for n in notes))
    for id_ in notes:
        note = await desk.get(id_, "Observation")
        assert note["subject"]["reference"] == f"Patient/{kept}"
        assert note["code"]["text"] == f"{id_}-3"
    patient = await desk.get(kept)
    assert patient["language"] == "en-5"
    assert [link["type"] for link in patient["link"]] == ["replaces"]


async def test_two_merges_at_once_one_wins(desk: Desk) -> None:
    ids = [await desk.put(someone(birthDate=f"198{n}-03-04")) for n in range(3)]
    done = await asyncio.gather(
        merged(desk, ids[0], ids[1]), merged(desk, ids[0], ids[2]), merged(desk, ids[1], ids[0]),
        return_exceptions=True,
    )  # fmt: skip
    assert sum(isinstance(one, Conflict) for one in done) == 2
    assert await desk.db.fetchval("select count(*) from empi_merge where undone is null") == 1


async def test_merges_are_undone_in_their_order(desk: Desk) -> None:
    a, b, c = [await desk.put(someone(birthDate=f"198{n}-03-04")) for n in range(3)]
    note = await desk.put(observation(a))
    await merged(desk, a, b)
    await merged(desk, b, c)
    assert (await desk.get(note, "Observation"))["subject"]["reference"] == f"Patient/{c}"
    with pytest.raises(Conflict, match="undo|Undo"):
        await unmerged(desk, a)
    with pytest.raises(Conflict):
        await merged(desk, c, a)
    await unmerged(desk, b)
    await unmerged(desk, a)
    assert (await desk.get(note, "Observation"))["subject"]["reference"] == f"Patient/{a}"
    with pytest.raises(Conflict):
        await unmerged(desk, a)


async def test_two_right_identity_numbers_are_two_people(desk: Desk) -> None:
    one = await desk.put(someone(identifier=identified(OWN)))
    two = await desk.put(someone(identifier=identified(OTHER)))
    with pytest.raises(Invalid):
        await merged(desk, one, two)
    body = await merged(desk, one, two, confirm=True, preview=True)
    assert part(body, "moved") == 0
    assert "link" not in await desk.get(one)
    await merged(desk, one, two, confirm=True)


async def test_who_may_merge(desk: Desk) -> None:
    one, two = await desk.put(someone()), await desk.put(someone())
    given = parameters(**{"source-patient": f"Patient/{one}", "target-patient": f"Patient/{two}"})
    reader = Access("reader", scopes=(Scope(frozenset(("Patient",)), "rs"),))
    with pytest.raises(Forbidden):
        await desk.call("merge", given, access=reader)
    rid = await desk.db.fetchval("select rid from resource where id = $1", one)
    half = Access("half", scopes=(Scope(None, "cruds", patients=(rid,)),))
    with pytest.raises(NotFound):
        await desk.call("merge", given, access=half)
    with pytest.raises(Malformed):
        await desk.call("merge", parameters(**{"source-patient": "somebody"}))
    # Registration needs no right to the chart: the chart goes along by the operation's nature.
    await desk.put(observation(one))
    clerk = Access("clerk", scopes=(Scope(frozenset(("Patient",)), "crus"),))
    _, body = await desk.call("merge", given, access=clerk)
    assert part(body, "moved") == 1


async def test_an_unknown_patient_is_identified(desk: Desk) -> None:
    known = await desk.put(someone(identifier=identified(OWN)))
    unknown = await desk.put(
        {"resourceType": "Patient", "name": [{"text": "无名氏1"}], "gender": "male"}
    )
    note = await desk.put(observation(unknown))
    _, body = await desk.call("identify", parameters(patient=someone()), id_=unknown)
    assert part(body, "outcome") == "candidates"
    await desk.call("identify", parameters(existing=f"Patient/{known}"), id_=unknown)
    assert (await desk.get(note, "Observation"))["subject"]["reference"] == f"Patient/{known}"
    nobody = await desk.put({"resourceType": "Patient", "name": [{"text": "无名氏2"}]})
    _, body = await desk.call(
        "identify", parameters(patient=someone("赵云", birthDate="1970-01-01")), id_=nobody
    )
    assert part(body, "outcome") == "identified"
    names = (await desk.get(nobody))["name"]
    assert [n["text"] for n in names] == ["赵云", "无名氏2"]
    _, bundle = await desk.call(
        "match", parameters(resource=someone("赵云", birthDate="1970-01-01"))
    )
    assert bundle["total"] == 1


async def test_cross_reference(desk: Desk) -> None:
    one = await desk.put(someone(identifier=identified("A1", "MR")))
    two = await desk.put(someone("王小明", identifier=identified("77", "HC")))
    await desk.call(
        "match-decide", parameters(one=f"Patient/{one}", two=f"Patient/{two}", decision="link")
    )
    _, body = await desk.call("ihe-pix", sourceIdentifier="http://hospital.test/mr|A1")
    assert part(body, "targetIdentifier")["value"] == "77"
    assert {
        p["valueReference"]["reference"].rpartition("/")[2]
        for p in body["parameter"]
        if p["name"] == "targetId"
    } == {one, two}
    asked = {
        "sourceIdentifier": "http://hospital.test/hc|77",
        "targetSystem": "http://hospital.test/mr",
    }
    _, body = await desk.call("ihe-pix", **asked)
    assert part(body, "targetIdentifier")["value"] == "A1"
    rid = await desk.db.fetchval("select rid from resource where id = $1", one)
    half = Access("half", scopes=(Scope(frozenset(("Patient",)), "rs", patients=(rid,)),))
    _, body = await desk.call("ihe-pix", access=half, sourceIdentifier="http://hospital.test/mr|A1")
    assert "77" not in str(body)
    with pytest.raises(NotFound):
        await desk.call("ihe-pix", sourceIdentifier="http://hospital.test/mr|A2")
    with pytest.raises(Forbidden):
        await desk.call(
            "ihe-pix", sourceIdentifier="http://hospital.test/mr|A1", targetSystem="urn:none"
        )
    for wrong in ("", "A1", "|A1"):
        with pytest.raises(Malformed):
            await desk.call("ihe-pix", sourceIdentifier=wrong)
