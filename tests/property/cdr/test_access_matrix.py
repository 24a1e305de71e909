"""Every way by which data can leave, under every kind of limited Access, over generated campuses.

A search under an Access answers what an unlimited one would answer if nothing existed but what may
be seen: the oracle is a second database that holds just that. Reads and history are compared with
a plain reading of every version.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import pytest
import pytest_asyncio
from tests.support import generated_group as campuses
from tests.support.generated_group import WARD, Group, all_of, any_of

from xinglin.cdr.access import Access, Scope
from xinglin.cdr.assembly import assemble
from xinglin.cdr.interactions.criteria import Criteria
from xinglin.cdr.operations import Call
from xinglin.cdr.operations.everything import Everything
from xinglin.cdr.operations.parameters import Parameters
from xinglin.kernel.clock import SystemClock
from xinglin.kernel.database import Database, on_database
from xinglin.kernel.errors import Gone, NotFound, Refusal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    import asyncpg

    from xinglin.cdr.assembly import Assembly
    from xinglin.cdr.repository import Repository

BASE = "http://hospital.test/fhir"
SEEDS = (1, 2)
KINDS = ("unit", "campus", "patient", "criteria", "sealed", "unit and campus", "one or the other")
DELETED = ("o12", "a4")
LOCAL = Access.local()
Name = tuple[str, str]

# Each may be asked with _total=accurate. {n} runs over numbers.
SEARCHES = """
Patient
Patient?gender=male
Patient?gender:not=male
Patient?_has:Observation:subject:code=x
Patient?_has:Encounter:subject:service-provider=Organization/c1
Patient?_has:Observation:subject:_has:Provenance:target:_id=v1
Patient?general-practitioner.family=D1&_sort=family
Patient?link=Patient/p1
Patient?link:Patient.gender=male
Patient?_revinclude=*
Patient?_revinclude=Observation:subject&_revinclude:iterate=Provenance:target&_include=Patient:general-practitioner
Patient?identifier=urn:mrn|1,urn:mrn|2,urn:mrn|4
Patient?_filter=gender eq male or family eq A
Observation
Observation?code=x
Observation?code=x&_sort=-date,_id
Observation?code:not=x
Observation?subject=Patient/p1
Observation?subject=Patient/p2,Patient/p3
Observation?subject:Patient.gender=male&_sort=date
Observation?subject.family=A
Observation?subject:Patient._has:Condition:subject:_id=k1,k2,k3
Observation?encounter.service-provider=Organization/c1
Observation?encounter:Encounter.subject:Patient.gender=female
Observation?_include=*
Observation?_include=Observation:subject&_include:iterate=Patient:link&_include:iterate=Patient:general-practitioner
Observation?_filter=code eq x and subject.gender eq male
Observation?_list=l1
Observation?performer:Practitioner.family=D2
Observation?performer=Patient/p1,Patient/p2
Observation?value-quantity=gt4&_sort=value-quantity
Encounter?service-provider=Organization/c2&_revinclude=Observation:encounter&_include=Encounter:subject
Encounter?_has:Observation:encounter:code=y
Appointment
Appointment?patient=Patient/p2
Appointment?patient.gender=male&_include=Appointment:actor
List?item:Observation.code=x
List?_include=List:item
Group?member:Patient.gender=male&_include=Group:member
Practitioner?_revinclude=Observation:performer
Practitioner?_has:Observation:performer:code=x
Condition?asserter:missing=false&_include=Condition:asserter
Provenance?target:Observation.code=x
?_type=Observation,Patient,Practitioner
?_id=p1,p2,p3,o1,o2
Patient/p1/*
Patient/p2/Observation?code=x
Patient/p3/Condition
Encounter/e1/Observation
Practitioner/d1/Observation?_include=Observation:subject
"""


class World(NamedTuple):
    """The whole group, what is in it, and a copy for each kind with what that may see."""

    whole: Assembly
    versions: list[tuple[dict[str, Any], str | None, bool]]  # body, home, whether it is the last
    gone: dict[Name, tuple[dict[str, Any], str | None]]
    accesses: dict[str, Access]
    copies: dict[str, Assembly]


PLAIN: dict[str, Callable[[dict[str, Any], str | None], bool]] = {
    "unit": campuses.of_unit,
    "campus": campuses.of_campus,
    "patient": any_of(campuses.of_patient, campuses.is_staff),
    "criteria": campuses.has_code,
    "sealed": campuses.is_open,
    "unit and campus": all_of(campuses.of_unit, campuses.of_campus, campuses.is_open),
    "one or the other": all_of(
        any_of(campuses.of_unit, campuses.has_code, campuses.is_staff), campuses.is_open
    ),
}


async def _accesses(assembly: Assembly) -> dict[str, Access]:
    context = assembly.repository.context
    async with context.db.acquire() as connection:
        code = await context.matcher._node(
            connection, LOCAL, Criteria("Observation", (("code", "urn:c|x"),))
        )
    [p1, c1] = [
        await context.db.fetchval("select rid from resource where id = $1", one)
        for one in ("p1", "c1")
    ]
    ward, staff = (WARD,), frozenset(("Organization", "Practitioner"))
    observation = frozenset(("Observation",))

    def made(*scopes: Scope, sealed: bool = True) -> Access:
        return Access("somebody", scopes=scopes, sealed=sealed)

    return {
        "unit": made(Scope(None, "rs", units=ward)),
        "campus": made(Scope(None, "rs", homes=(c1,))),
        "patient": made(Scope(None, "rs", patients=(p1,)), Scope(staff, "rs")),
        "criteria": made(Scope(observation, "rs", criteria=code)),
        "sealed": made(Scope(None, "rs"), sealed=False),
        "unit and campus": made(Scope(None, "rs", units=ward, homes=(c1,)), sealed=False),
        "one or the other": made(
            Scope(None, "rs", units=ward),
            Scope(observation, "rs", criteria=code),
            Scope(staff, "rs"),
            sealed=False,
        ),
    }


@pytest_asyncio.fixture(scope="module", params=SEEDS)
async def world(
    server_dsn: str, _admin: asyncpg.Connection, request: pytest.FixtureRequest
) -> AsyncIterator[World]:
    """Two groups: made once, read by every test."""
    opened: list[tuple[str, Database, Repository]] = []

    async def fresh(kind: str) -> Assembly:
        name = f"m_{os.getpid()}_{request.param}_{kind}".replace(" ", "_")
        await _admin.execute(f"create database {name} template template_xinglin")
        db = await Database.open(on_database(server_dsn, name))
        made = await assemble(db, SystemClock())
        opened.append((name, db, made.repository))
        return made

    whole = await fresh("whole")
    for body in Group(request.param).writes:
        await whole.repository.update(LOCAL, body["resourceType"], body["id"], dict(body))
    await _relate(whole)
    versions = await _versions(whole)
    gone = {
        (body["resourceType"], body["id"]): (body, home)
        for body, home, last in versions
        if last and body["id"] in DELETED
    }
    for type_, id_ in gone:
        await whole.repository.delete(LOCAL, type_, id_)
    copies: dict[str, Assembly] = {}
    for kind in KINDS:
        copies[kind] = await fresh(kind)
        for body, home, last in versions:
            name = body["resourceType"], body["id"]
            if last and name not in gone and PLAIN[kind](body, home):
                await copies[kind].repository.update(LOCAL, *name, dict(body))
    yield World(whole, versions, gone, await _accesses(whole), copies)
    for name, db, repository in opened:
        await repository.close()
        await db.close()
        await _admin.execute(f"drop database {name} with (force)")


async def _relate(whole: Assembly) -> None:
    db = whole.repository.context.db
    for unit, patient in campuses.relations():
        await db.execute(
            "insert into relation (unit, patient, kind, source) select $1, rid, 1, 1 from resource"
            " where id = $2",
            unit,
            patient,
        )
    for n in campuses.SEALED:
        await db.execute(
            "insert into sealed (patient) select rid from resource where id = $1", f"p{n}"
        )


async def _versions(whole: Assembly) -> list[tuple[dict[str, Any], str | None, bool]]:
    rows = await whole.repository.context.db.fetch(
        "select v.body, o.id as home, v.last from (select rid, ver, home, body, true as last from"
        " resource where ver > 0 union all select rid, ver, home, body, false from history) v"
        " left join resource o on o.rid = v.home order by v.rid, v.ver"
    )
    return [(msgspec.json.decode(row["body"]), row["home"], row["last"]) for row in rows]


def _plain(resource: dict[str, Any]) -> str:
    return str({name: value for name, value in resource.items() if name != "meta"})


async def _found(assembly: Assembly, access: Access, url: str) -> tuple[Any, set[tuple[str, str]]]:
    path, _, query = url.replace(" ", "%20").partition("?")
    entry = {"request": {"method": "GET", "url": f"{path}?{query}&_total=accurate&_count=500"}}
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": [entry]}
    result = await assembly.repository.bundle(access, bundle, base=BASE)
    answer = msgspec.json.decode(result.body)["entry"][0]
    assert answer["response"]["status"] == "200 OK", answer
    resource = answer["resource"]
    entries = resource.get("entry", [])
    if "_sort" in url:
        return [_plain(one["resource"]) for one in entries], set()
    return resource["total"], {(one["search"]["mode"], _plain(one["resource"])) for one in entries}


@pytest.mark.parametrize("kind", KINDS)
async def test_searches_answer_as_if_nothing_else_existed(world: World, kind: str):
    for url in SEARCHES.strip().splitlines():
        found = await _found(world.whole, world.accesses[kind], url)
        expected = await _found(world.copies[kind], LOCAL, url)
        assert found[0] == expected[0], url
        assert found[1] - expected[1] == set(), f"{url} tells too much"
        assert expected[1] - found[1] == set(), f"{url} tells too little"


@pytest.mark.parametrize("kind", KINDS)
async def test_reads_answer_what_a_plain_reading_shows(world: World, kind: str):
    repository, access = world.whole.repository, world.accesses[kind]
    last = {(one["resourceType"], one["id"]): (one, home) for one, home, is_last in world.versions if is_last}  # fmt: skip
    for body, home, _ in world.versions:
        name = type_, id_ = body["resourceType"], body["id"]
        current = PLAIN[kind](*last[name])
        assert await _reads(repository.read(access, type_, id_)) == current, name
        own = current and PLAIN[kind](body, home)
        version = body["meta"]["versionId"]
        assert await _reads(repository.vread(access, type_, id_, version)) == own, (name, version)
        assert await _reads(repository.history(access, type_, id_, [], base=BASE)) == current, name


async def _reads(reading: Any) -> bool:
    try:
        await reading
    except Gone:
        return True
    except NotFound:
        return False
    return True


@pytest.mark.parametrize("kind", KINDS)
async def test_history_answers_what_a_plain_reading_shows(world: World, kind: str):
    repository, access = world.whole.repository, world.accesses[kind]
    last = {(one["resourceType"], one["id"]): (one, home) for one, home, is_last in world.versions if is_last}  # fmt: skip
    expected = {
        (one["resourceType"], one["id"], one["meta"]["versionId"])
        for one, home, _ in world.versions
        if PLAIN[kind](one, home) and PLAIN[kind](*last[one["resourceType"], one["id"]])
    }
    deleted = {name for name in world.gone if PLAIN[kind](*last[name])}
    for type_ in (None, "Observation", "Patient", "Appointment"):
        if type_ is not None and not access.allows(type_, "s"):
            continue
        found, tombstones = set[tuple[str, str, str]](), set[Name]()
        params: list[tuple[str, str]] = [("_count", "7")]
        while params:
            result = await repository.history(access, type_, None, params, base=BASE)
            answer = msgspec.json.decode(result.body)
            for one in answer.get("entry", ()):
                if "resource" in one:
                    body = one["resource"]
                    found.add((body["resourceType"], body["id"], body["meta"]["versionId"]))
                else:
                    tombstones.add(tuple(one["request"]["url"].split("/")[:2]))
            links = {one["relation"]: one["url"] for one in answer["link"]}
            params = _query(links.get("next", ""))
        assert found == {one for one in expected if type_ in {None, one[0]}}, type_
        assert tombstones == {one for one in deleted if type_ in {None, one[0]}}, type_


def _query(url: str) -> list[tuple[str, str]]:
    from urllib.parse import parse_qsl, urlsplit

    return parse_qsl(urlsplit(url).query)


@pytest.mark.parametrize("kind", KINDS)
async def test_everything_answers_as_if_nothing_else_existed(world: World, kind: str):
    for n in range(1, 7):
        told = [
            await _everything(assembly, access, f"p{n}")
            for assembly, access in (
                (world.whole, world.accesses[kind]),
                (world.copies[kind], LOCAL),
            )
        ]
        assert told[0] == told[1], n


async def _everything(assembly: Assembly, access: Access, id_: str) -> set[str] | None:
    call = Call(access, "everything", "instance", "Patient", id_, Parameters(()), None, BASE)
    try:
        reply = await Everything(assembly.repository).run(call)
    except Refusal:
        return None
    assert not isinstance(reply.body, bytes | dict)
    bundle = msgspec.json.decode(b"".join([part async for part in reply.body]))
    return {_plain(one["resource"]) for one in bundle["entry"]}
