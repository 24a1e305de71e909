"""Operations under a limited Access: $everything, $export, $import, $meta, $reindex, terminology."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import pytest_asyncio
from tests.support.patience import seconds

from xinglin.cdr.access import Access, Scope
from xinglin.cdr.assembly import assemble
from xinglin.cdr.bulk.export import Exports
from xinglin.cdr.bulk.imports import Imports
from xinglin.cdr.bulk.jobs import Jobs
from xinglin.cdr.interactions.criteria import Criteria
from xinglin.cdr.operations import Call
from xinglin.cdr.operations.everything import Everything
from xinglin.cdr.operations.meta import MetaOperations
from xinglin.cdr.operations.parameters import Parameter, Parameters
from xinglin.cdr.operations.reindexing import Reindexing
from xinglin.cdr.operations.terminology import TerminologyOperations
from xinglin.cdr.vocabulary import Vocabulary
from xinglin.kernel.errors import Forbidden, NotFound
from xinglin.terminology import Terminology

from .conftest import BASE, S, access, observation, patient, rid

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from xinglin.cdr.assembly import Assembly
    from xinglin.cdr.bulk.jobs import Job
    from xinglin.cdr.operations import Reply
    from xinglin.kernel.clock import FixedClock
    from xinglin.kernel.database import Database

WARD = 77
TELECOM = (("Patient", ("telecom",)),)


@pytest_asyncio.fixture
async def assembly(db: Database, clock: FixedClock) -> AsyncIterator[Assembly]:
    """Patient a is on the ward, b is not, and c is there but confidential."""
    made = await assemble(db, clock)
    local, repository = Access.local(), made.repository
    phone = [{"system": "phone", "value": "1"}]
    for id_ in "abc":
        body = patient(identifier=[{"system": S, "value": id_}], telecom=phone)
        await repository.update(local, "Patient", id_, body)
        await repository.update(local, "Practitioner", f"dr{id_}", {"resourceType": "Practitioner"})
        performer = [{"reference": f"Practitioner/dr{id_}"}]
        for one in (f"o{id_}", f"gone{id_}"):
            body = observation(f"Patient/{id_}", performer=performer)
            await repository.update(local, "Observation", one, body)
        await repository.delete(local, "Observation", f"gone{id_}")
    await db.execute(
        "insert into relation (unit, patient, kind, source) select $1, rid, 1, 1 from resource"
        " where id in ('a', 'c') and type = (select type from resource where id = 'b')",
        WARD,
    )
    await db.execute("insert into sealed (patient) select rid from resource where id = 'c'")
    yield made
    await repository.close()


def nurse(**more: Any) -> Access:
    everywhere = Scope(frozenset(("Practitioner", "ValueSet", "CodeSystem")), "rs")
    return access(Scope(None, "cruds", units=(WARD,)), everywhere, **more)


def call(who: Access, name: str, type_: str = "", id_: str = "", **given: Any) -> Call:
    items = tuple(Parameter(one, value) for one, value in given.items())
    level = "instance" if id_ else "type" if type_ else "system"
    return Call(
        who, name, level, type_, id_, Parameters(items), None, BASE, asynchronous=True, url=BASE
    )


async def streamed(reply: Reply) -> set[str]:
    assert not isinstance(reply.body, bytes | dict)
    text = b"".join([part async for part in reply.body])
    answer = msgspec.json.decode(text)
    assert answer["total"] == len(answer.get("entry", []))
    return {one["resource"]["id"] for one in answer["entry"]}


async def test_everything_is_what_may_be_seen(assembly: Assembly, db: Database):
    room = Everything(assembly.repository)
    mine = nurse()
    assert await streamed(await room.run(call(mine, "everything", "Patient", "a"))) == {
        "a",
        "oa",
        "dra",
    }
    for id_ in "bc":
        with pytest.raises(NotFound):
            await room.run(call(mine, "everything", "Patient", id_))
    opened = nurse(opened=(await rid(db, "c"),))
    assert "oc" in await streamed(await room.run(call(opened, "everything", "Patient", "c")))
    narrow = access(Scope(frozenset(("Patient", "Practitioner")), "r"))
    found = await streamed(await room.run(call(narrow, "everything", "Patient", "a")))
    assert found == {"a"}, "what is referred to from what may not be seen stays away"


async def _ended(job: Job) -> None:
    async with asyncio.timeout(seconds(20)):
        while job.status().state in {"waiting", "running"}:  # noqa: ASYNC110 - it is a file
            await asyncio.sleep(0.02)


async def exported(
    assembly: Assembly, db: Database, folder: Path, asked: Call
) -> dict[str, set[str]]:
    exports = Exports(Jobs(folder), db, assembly)
    reply = await exports.kick_off(asked)
    job = exports.jobs.find(reply.headers[0][1].rpartition("/")[2], asked.access)
    await _ended(job)
    await exports.close()
    manifest = job.status().manifest
    assert manifest is not None, job.status()
    found: dict[str, set[str]] = {}
    for part in (*manifest["output"], *manifest.get("deleted", ())):
        name = part["url"].rpartition("/")[2]
        lines = (job.folder / name).read_bytes().splitlines()
        assert len(lines) == part["count"]
        found[name] = {_told(line) for line in lines}
    with pytest.raises(NotFound):
        exports.jobs.find(job.id, access(Scope(None, "cruds"), account=9))
    return found


def _told(line: bytes) -> str:
    one = msgspec.json.decode(line)
    if one["resourceType"] == "Bundle":
        return one["entry"][0]["request"]["url"]
    assert "telecom" not in one or one["resourceType"] != "Patient" or "SUBSETTED" not in str(one)
    return one["id"] + ("-" if "telecom" in one else "")


async def test_an_export_has_what_may_be_read(assembly: Assembly, db: Database, tmp_path: Path):
    asked = call(nurse(), "export", _since="2020-01-01T00:00:00Z")
    found = await exported(assembly, db, tmp_path, asked)
    assert found == {
        "Patient.ndjson": {"a-"},
        "Observation.ndjson": {"oa"},
        "Practitioner.ndjson": {"dra", "drb", "drc"},
        "deleted.ndjson": {"Observation/gonea"},
    }
    hidden = call(nurse(hidden=TELECOM), "export", _type="Patient")
    assert await exported(assembly, db, tmp_path, hidden) == {"Patient.ndjson": {"a"}}
    filtered = call(nurse(), "export", _type="Observation", _typeFilter="Observation?status=final")
    found = await exported(assembly, db, tmp_path, filtered)
    assert found == {"Observation.ndjson": {"oa"}}
    with pytest.raises(NotFound):
        await exported(assembly, db, tmp_path, call(nurse(), "export", "Group", "none"))


async def test_a_limited_export_does_not_outlive_its_process(
    assembly: Assembly, db: Database, tmp_path: Path
):
    exports = Exports(Jobs(tmp_path), db, assembly)
    asked = call(nurse(), "export")
    reply = await exports.kick_off(asked)
    await exports.close()
    job = exports.jobs.find(reply.headers[0][1].rpartition("/")[2], asked.access)
    again = Exports(Jobs(tmp_path), db, assembly)
    again.resume()
    await _ended(job)
    await again.close()
    assert job.status().state in {"failed", "done"}
    assert job.status().state == "failed" or "Patient" in str(job.status().manifest)


async def test_import_takes_all_letters(assembly: Assembly, tmp_path: Path):
    imports = Imports(Jobs(tmp_path / "jobs"), assembly.repository)
    for who in (nurse(), access(Scope(None, "cruds")), access(Scope(None, "rs"), sealed=True)):
        with pytest.raises(Forbidden):
            await imports.kick_off(call(who, "import"))
    file = tmp_path / "a.ndjson"
    file.write_bytes(b'{"resourceType":"Patient","id":"x"}\n')
    given = Parameter(
        "input", None, (Parameter("type", "Patient"), Parameter("url", file.as_uri()))
    )
    who = access(Scope(None, "cu"), sealed=True)
    asked = msgspec.structs.replace(call(who, "import"), parameters=Parameters((given,)))
    assert (await imports.kick_off(asked)).status == 202


async def test_meta_and_reindexing(assembly: Assembly, db: Database):
    meta = MetaOperations(assembly.repository)
    with pytest.raises(NotFound):
        await meta.meta(call(nurse(), "meta", "Patient", "b"))
    tag = {"tag": [{"system": "urn:t", "code": "x"}]}
    with pytest.raises(NotFound):
        await meta.add(call(nurse(), "meta-add", "Patient", "b", meta=tag))
    assert (await meta.add(call(nurse(), "meta-add", "Patient", "a", meta=tag))).status == 200
    room = Reindexing(db, assembly.reindexer)
    for handler in (room.start, room.status):
        with pytest.raises(Forbidden):
            await handler(call(nurse(), "reindex"))


async def test_terminology_is_for_those_who_may_read_it(
    assembly: Assembly, db: Database, clock: FixedClock
):
    vocabulary = Vocabulary(Terminology(db), assembly.repository)
    local = Access.local()
    systems = [{"system": "urn:mine", "concept": [{"code": "x"}]}]
    for id_ in ("v1", "v2"):
        body = {"resourceType": "ValueSet", "url": f"urn:{id_}", "status": "active"}
        await assembly.repository.update(
            local, "ValueSet", id_, {**body, "id": id_, "compose": {"include": systems}}
        )
    room = TerminologyOperations(vocabulary.service, vocabulary.locate, clock, vocabulary.check)
    nobody = access(Scope(frozenset(("Patient",)), "r"))
    with pytest.raises(Forbidden):
        await room.expand(call(nobody, "expand", "ValueSet", url="urn:v1"))
    with pytest.raises(Forbidden):
        await room.lookup(call(nobody, "lookup", "CodeSystem", system="urn:x", code="y"))
    assert (await room.expand(call(nurse(), "expand", "ValueSet", url="urn:v1"))).status == 200
    async with db.acquire() as connection:
        node = await assembly.repository.context.matcher._node(
            connection, local, Criteria("ValueSet", (("url", "urn:v1"),))
        )
    one = access(Scope(frozenset(("ValueSet",)), "r", criteria=node))
    assert (await room.expand(call(one, "expand", "ValueSet", url="urn:v1"))).status == 200
    with pytest.raises(NotFound):
        await room.expand(call(one, "expand", "ValueSet", url="urn:v2"))
    with pytest.raises(NotFound):
        await room.expand(call(one, "expand", "ValueSet", "v2"))
