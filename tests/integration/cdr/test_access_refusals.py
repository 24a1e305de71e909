"""What is refused tells nothing: the same answers and the same statements as for what is absent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec
import pytest

from xinglin.cdr.access import Access, Scope
from xinglin.kernel.errors import Malformed, PreconditionFailed, Refusal

from .conftest import BASE, S, access, bundle, entry, observation, patient, plain, rid

if TYPE_CHECKING:
    from collections.abc import Callable

    from xinglin.cdr.repository import Repository
    from xinglin.kernel.database import Database

WARD = 77
NOTHING = {"resourceType": "Parameters", "parameter": []}
shows = pytest.mark.shows


@pytest.fixture
async def nurse(repository: Repository, db: Database, local: Access, two: None) -> Access:
    """Of a ward where patient a lies; b is elsewhere, c is confidential, d was deleted elsewhere."""
    for id_ in "cd":
        await repository.update(local, "Patient", id_, patient(telecom=[{"value": "1"}]))
        await repository.update(local, "Observation", f"o{id_}", observation(f"Patient/{id_}"))
    await repository.delete(local, "Observation", "od")
    await db.execute(
        "insert into relation (unit, patient, kind, source) select $1, unnest($2::bigint[]), 1, 1",
        WARD,
        [await rid(db, "a"), await rid(db, "c")],
    )
    await db.execute("insert into sealed (patient) values ($1)", await rid(db, "c"))
    return access(Scope(None, "cruds", units=(WARD,)))


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that reach the database."""
    found: list[str] = []
    plainly = asyncpg.Connection._do_execute

    async def watched(self: Any, query: Any, *args: Any, **more: Any) -> Any:
        found.append(query if isinstance(query, str) else query.query)
        return await plainly(self, query, *args, **more)

    monkeypatch.setattr(asyncpg.Connection, "_do_execute", watched)
    return found


def ways(repository: Repository, who: Access) -> dict[str, Callable[[str], Any]]:
    """By id: whatever can be asked of a single observation."""

    def batch(method: str, tail: str = "", resource: Any = None, **more: Any) -> Any:
        async def go(id_: str) -> Any:
            one = entry(method, f"Observation/{id_}{tail}", resource, **more)
            sent = bundle(one, type_="batch")
            return plain(await repository.bundle(who, sent, base=BASE))["entry"]

        return go

    def put(**more: Any) -> Any:
        async def go(id_: str) -> Any:
            body = observation("Patient/b", id=id_)
            return await repository.update(who, "Observation", id_, body, **more)

        return go

    return {
        "read": lambda id_: repository.read(who, "Observation", id_),
        "vread": lambda id_: repository.vread(who, "Observation", id_, "1"),
        "history": lambda id_: repository.history(who, "Observation", id_, [], base=BASE),
        "patch": lambda id_: repository.patch(who, "Observation", id_, []),
        "patch if": lambda id_: repository.patch(who, "Observation", id_, [], if_match='W/"9"'),
        "delete": lambda id_: repository.delete(who, "Observation", id_),
        "delete if": lambda id_: repository.delete(who, "Observation", id_, if_match='W/"9"'),
        "put if": put(if_match='W/"9"'),
        "batch read": batch("GET"),
        "batch vread": batch("GET", "/_history/1"),
        "batch history": batch("GET", "/_history"),
        "batch patch": batch("PATCH", resource=NOTHING),
        "batch delete": batch("DELETE"),
    }


async def told(way: Callable[[str], Any], id_: str) -> str:
    try:
        answer = await way(id_)
    except Refusal as refusal:
        issues = [(one.code, one.en, one.zh, one.expression) for one in refusal.issues]
        answer = (type(refusal).__name__, refusal.headers, issues)
    else:
        answer = getattr(answer, "status", answer)
    return str(answer).replace(f"/{id_}", "/#")


@shows("access:same-answer")
async def test_forbidden_and_absent_have_the_same_answers_by_the_same_statements(
    repository: Repository, nurse: Access, said: list[str]
):
    for name, way in ways(repository, nurse).items():
        await told(way, "nobody")  # what is prepared and remembered once
        heard: dict[str, tuple[str, list[str]]] = {}
        for id_ in ("nobody", "ob", "oc", "od"):
            said.clear()
            heard[id_] = (await told(way, id_), list(said))
        for id_, answer in heard.items():
            assert answer == heard["nobody"], (name, id_)


@shows("access:conditional")
async def test_conditions_that_lead_to_what_may_not_be_seen(
    repository: Repository, nurse: Access, local: Access
):
    texts: set[str] = set()
    body = patient(identifier=[{"system": S, "value": "b"}])
    calls: list[Callable[[str], Any]] = [
        lambda c: repository.create(nurse, "Patient", patient(), if_none_exist=c),
        lambda c: repository.update_where(nurse, "Patient", c, dict(body)),
        lambda c: repository.patch_where(nurse, "Patient", c, []),
        lambda c: repository.delete_where(nurse, "Patient", c),
    ]
    criteria = f"identifier={S}|b"
    for call in calls:
        with pytest.raises(PreconditionFailed) as refused:
            await call(criteria)
        texts.add(refused.value.issues[0].en)
    # Two that may be seen are told the same: nothing says which of the two it is.
    both = patient(identifier=[{"system": S, "value": "b"}], active=True)
    await repository.create(local, "Patient", both)
    for call in calls:
        with pytest.raises(PreconditionFailed) as refused:
            await call(criteria)
        texts.add(refused.value.issues[0].en)
    assert len(texts) == 1


@shows("access:references")
async def test_references_tell_nothing_where_they_are_checked(
    repository: Repository, nurse: Access
):
    repository.context.check_references = True
    texts: list[str] = []
    for id_ in ("ob", "nobody"):
        body = observation("Patient/a", hasMember=[{"reference": f"Observation/{id_}"}])
        with pytest.raises(Refusal) as refused:
            await repository.update(nurse, "Observation", "x", {**body, "id": "x"})
        texts.append(refused.value.issues[0].en.replace(id_, "#"))
    assert texts[0] == texts[1]
    body = observation("Patient/a", hasMember=[{"reference": "Observation/oa"}])
    assert (await repository.update(nurse, "Observation", "x", {**body, "id": "x"})).status == 201


@shows("access:hidden")
async def test_hidden_elements_are_out_of_reach(repository: Repository, local: Access):
    await repository.update(
        local, "Patient", "h", patient(id="h", telecom=[{"system": "phone", "value": "110"}])
    )
    veiled = access(Scope(None, "cruds"), hidden=(("Patient", ("telecom",)),))
    for where in ("telecom=110", "phone=110", "telecom=nothing"):
        calls: list[Callable[[], Any]] = [
            lambda c=where: repository.create(veiled, "Patient", patient(), if_none_exist=c),
            lambda c=where: repository.delete_where(veiled, "Patient", c),
            lambda c=where: repository.patch_where(veiled, "Patient", c, []),
        ]
        for call in calls:
            with pytest.raises(Malformed):
                await call()
    search = repository.context.search
    assert search is not None
    sent = bundle(entry("GET", "Patient?_sort=telecom&_id=h"), type_="batch")
    [answer] = plain(await repository.bundle(veiled, sent, base=BASE))["entry"]
    assert "110" not in msgspec.json.encode(answer).decode()
    found = plain(await repository.read(veiled, "Patient", "h"))
    assert "telecom" not in found
    assert found["meta"]["tag"][0]["code"] == "SUBSETTED"
    for refusal in (
        repository.update(veiled, "Patient", "h", found),
        repository.patch(veiled, "Patient", "h", [{"op": "remove", "path": "/telecom"}]),
        repository.patch(
            veiled, "Patient", "h", [{"op": "test", "path": "/telecom/0/value", "value": "110"}]
        ),
        repository.patch(
            veiled, "Patient", "h", [{"op": "copy", "from": "/telecom", "path": "/contact"}]
        ),
    ):
        with pytest.raises(Refusal):
            await refusal
    for value in ("110", "111"):
        deletion = _fhirpath(f"Patient.telecom.where(value='{value}')")
        assert (await repository.patch(veiled, "Patient", "h", deletion)).version == 1
    given = [{"op": "add", "path": "/gender", "value": "male"}]
    assert (await repository.patch(veiled, "Patient", "h", given)).status == 200
    now = plain(await repository.read(local, "Patient", "h"))
    assert now["telecom"][0]["value"] == "110"
    assert now["gender"] == "male"
    inner = access(Scope(None, "cruds"), hidden=(("Patient", ("contact.telecom",)),))
    contact = [{"telecom": [{"value": "1"}], "gender": "male"}]
    await repository.update(local, "Patient", "h", {**now, "contact": contact})
    with pytest.raises(Refusal):
        await repository.patch(inner, "Patient", "h", [{"op": "remove", "path": "/contact/0"}])
    fine = [{"op": "remove", "path": "/gender"}]
    assert (await repository.patch(inner, "Patient", "h", fine)).status == 200
    assert plain(await repository.read(local, "Patient", "h"))["contact"] == contact


def _fhirpath(path: str) -> dict[str, Any]:
    parts = [{"name": "type", "valueCode": "delete"}, {"name": "path", "valueString": path}]
    return {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": parts}]}
