"""Access by home, which the server writes, and elements that are hidden.

spec/cdr.md, section 3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from xinglin.cdr.access import Access, Scope
from xinglin.kernel.errors import Forbidden, Gone, Invalid, NotFound

from .conftest import (
    BASE,
    access,
    bundle,
    content,
    entry,
    observation,
    patient,
    plain,
    rid,
)

if TYPE_CHECKING:
    from xinglin.cdr.repository import Repository
    from xinglin.kernel.database import Database

S = "http://hospital.test/mrn"


async def campus(repository: Repository, local: Access, db: Database) -> dict[str, int]:
    """Two campuses with an encounter each, of the same patient."""
    await repository.update(local, "Patient", "p", patient())
    for id_ in ("east", "west"):
        await repository.update(
            local, "Organization", id_, {"resourceType": "Organization", "name": id_}
        )
        await repository.update(
            local,
            "Encounter",
            f"visit-{id_}",
            {
                "resourceType": "Encounter",
                "status": "finished",
                "class": {"code": "AMB"},
                "subject": {"reference": "Patient/p"},
                "serviceProvider": {"reference": f"Organization/{id_}"},
            },
        )
    return {id_: await rid(db, id_) for id_ in ("east", "west")}


def visited(visit: str, **more: Any) -> dict[str, Any]:
    return observation("Patient/p", encounter={"reference": f"Encounter/{visit}"}, **more)


async def test_home_is_written_by_the_server(repository: Repository, local: Access, db: Database):
    homes = await campus(repository, local, db)
    acting = Access(actor="x", scopes=local.scopes, home=homes["west"])
    place = {"resourceType": "Location", "managingOrganization": {"reference": "Organization/east"}}
    await repository.update(acting, "Observation", "by-visit", visited("visit-east"))
    await repository.update(acting, "Observation", "by-actor", observation("Patient/p"))
    await repository.update(acting, "Location", "by-owner", place)
    await repository.update(acting, "Patient", "nobodys", patient())
    await repository.update(acting, "Observation", "unknown-visit", visited("visit-later"))
    expected = {
        "by-visit": homes["east"],
        "by-actor": homes["west"],
        "by-owner": homes["east"],
        "nobodys": None,
        "unknown-visit": homes["west"],
        "visit-east": homes["east"],
        "east": homes["east"],
    }
    rows = await db.fetch(
        "select r.id, r.home, k.k from resource r left join key k "
        "on k.rid = r.rid and k.k = (3::bigint << 51 | r.home) where r.id = any($1)",
        list(expected),
    )
    assert {row["id"]: row["home"] for row in rows} == expected
    for row in rows:
        assert (row["k"] is None) == (row["home"] is None)


async def test_home_stays_when_the_body_changes(
    repository: Repository, local: Access, db: Database
):
    homes = await campus(repository, local, db)
    await repository.update(local, "Observation", "o", visited("visit-east"))
    await repository.update(local, "Observation", "o", visited("visit-west", status="amended"))
    await repository.delete(local, "Observation", "o")
    await repository.update(local, "Observation", "o", visited("visit-west"))
    assert await db.fetchval("select home from resource where id = 'o'") == homes["east"]
    keys = await db.fetch(
        "select k from key where rid = $1 and k between 3::bigint << 51 and (4::bigint << 51) - 1",
        await rid(db, "o"),
    )
    assert [row["k"] for row in keys] == [3 << 51 | homes["east"]]


async def test_home_within_a_transaction(repository: Repository, local: Access, db: Database):
    homes = await campus(repository, local, db)
    encounter = {
        "resourceType": "Encounter",
        "status": "finished",
        "class": {"code": "AMB"},
        "serviceProvider": {"reference": "Organization/east"},
    }
    answer = await repository.bundle(
        local,
        bundle(
            entry("POST", "Encounter", encounter, "urn:uuid:1"),
            entry(
                "PUT",
                "Observation/o1",
                {**visited("x"), "id": "o1", "encounter": {"reference": "urn:uuid:1"}},
            ),
            entry("PUT", "Observation/o2", {**visited("visit-west"), "id": "o2"}),
        ),
        base=BASE,
    )
    assert answer.status == 200
    assert await db.fetchval("select home from resource where id = 'o1'") == homes["east"]
    assert await db.fetchval("select home from resource where id = 'o2'") == homes["west"]


async def test_access_by_home(repository: Repository, local: Access, db: Database):
    homes = await campus(repository, local, db)
    east = access(Scope(None, "cruds", homes=(homes["east"],)), home=homes["east"])
    await repository.update(local, "Observation", "oe", visited("visit-east"))
    await repository.update(local, "Observation", "ow", visited("visit-west"))
    assert (await repository.read(east, "Observation", "oe")).status == 200
    with pytest.raises(NotFound):
        await repository.read(east, "Observation", "ow")
    assert (await repository.create(east, "Observation", visited("visit-east"))).status == 201
    assert (await repository.create(east, "Observation", observation("Patient/p"))).status == 201
    with pytest.raises(Forbidden):
        await repository.create(east, "Observation", visited("visit-west"))
    await repository.delete(local, "Observation", "oe")
    with pytest.raises(Gone):
        await repository.read(east, "Observation", "oe")


async def test_hidden_elements(repository: Repository, local: Access, db: Database):
    phone = {"system": "phone", "value": "139"}
    contact = {"name": {"text": "Li"}, "telecom": [phone]}
    full = patient(
        gender="male",
        telecom=[phone],
        contact=[contact],
        birthDate="1990-01-01",
        _birthDate={"id": "x"},
    )
    await repository.update(local, "Patient", "p", full)
    veiled = access(
        Scope(None, "cruds"),
        hidden=(("Patient", ("telecom", "contact.telecom", "birthDate")),),
    )
    shown = content(await repository.read(veiled, "Patient", "p"))
    assert "telecom" not in shown
    assert not {"birthDate", "_birthDate"} & shown.keys()
    assert shown["contact"] == [{"name": {"text": "Li"}}]
    assert shown["meta"]["tag"][0]["code"] == "SUBSETTED"
    listed = plain(await repository.history(veiled, "Patient", "p", [], base=BASE))
    assert listed["entry"][0]["resource"] == plain(await repository.read(veiled, "Patient", "p"))

    with pytest.raises(Invalid):
        await repository.update(local, "Patient", "p", shown)
    with pytest.raises(Invalid):
        await repository.bundle(local, bundle(entry("PUT", "Patient/p", shown)), base=BASE)
    with pytest.raises(Forbidden):
        await repository.update(veiled, "Patient", "p", patient(gender="female"))
    with pytest.raises(Forbidden):
        await repository.create(veiled, "Patient", patient(telecom=[phone]))
    for path, value in (("/telecom/0/value", "1"), ("/contact/0/telecom/0/value", "1")):
        # what is hidden is not there: a patch is not told whether it is
        step = [{"op": "replace", "path": path, "value": value}]
        with pytest.raises(Invalid, match="nothing at"):
            await repository.patch(veiled, "Patient", "p", step)
    step = [{"op": "add", "path": "/telecom", "value": [phone]}]
    with pytest.raises(Forbidden):
        await repository.patch(veiled, "Patient", "p", step)
    # the same content tells nothing: it is shown as it would be read
    same = content(await repository.update(veiled, "Patient", "p", full))
    assert "telecom" not in same
    step = [{"op": "replace", "path": "/gender", "value": "female"}]
    patched = content(await repository.patch(veiled, "Patient", "p", step))
    assert patched["gender"] == "female"
    assert "telecom" not in patched
    assert content(await repository.read(local, "Patient", "p"))["telecom"] == [phone]
    whole = content(
        await repository.read(
            veiled, "Patient", (await repository.create(veiled, "Patient", patient())).id
        )
    )
    assert "tag" not in whole["meta"]


async def test_what_may_be_written_but_not_read_is_not_answered(
    repository: Repository, db: Database, two: None
):
    writer = access(Scope(None, "cu"))
    step = [{"op": "replace", "path": "/status", "value": "amended"}]
    patched = await repository.patch(writer, "Observation", "oa", step)
    assert (patched.version, patched.body) == (2, b"")
