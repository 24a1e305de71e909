"""$correct-home: another organisation answers for a resource, on record and only by a grant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from xinglin.cdr.access import Access, Scope
from xinglin.cdr.index import deep
from xinglin.cdr.interactions.correct_home import GRANT
from xinglin.cdr.operations import Call, Parameter, Parameters
from xinglin.cdr.operations.correcting import CorrectHome
from xinglin.kernel.errors import Forbidden, Invalid, Malformed, NotFound

from .conftest import BASE, access, observation, patient, plain, rid

if TYPE_CHECKING:
    from xinglin.cdr.operations import Reply
    from xinglin.cdr.repository import Repository
    from xinglin.kernel.database import Database


async def corrected(
    repository: Repository, who: Access, name: str, organization: str = "new", reason: str = "moved"
) -> Reply:
    type_, id_ = name.split("/")
    items = (
        Parameter("organization", {"reference": f"Organization/{organization}"}),
        Parameter("reason", reason),
    )
    call = Call(who, "correct-home", "instance", type_, id_, Parameters(items), None, BASE)
    return await CorrectHome(repository.context).run(call)


@pytest.fixture
async def two_campuses(repository: Repository, db: Database, local: Access) -> None:
    for id_ in ("old", "new"):
        await repository.update(local, "Organization", id_, {"resourceType": "Organization"})
    await repository.update(local, "Patient", "a", patient())
    await repository.update(
        Access("x", home=await rid(db, "old"), scopes=(Scope(None, "cruds"),)),
        "Observation",
        "oa",
        observation("Patient/a"),
    )


@pytest.mark.usefixtures("two_campuses")
async def test_it_is_a_version_of_its_own_and_says_why(
    repository: Repository, db: Database, local: Access
):
    home = "select home from resource where id = 'oa'"
    assert await db.fetchval(home) == await rid(db, "old")
    of_new = access(Scope(None, "rs", homes=(await rid(db, "new"),)))
    with pytest.raises(NotFound):
        await repository.read(of_new, "Observation", "oa")
    await corrected(repository, local, "Observation/oa")
    assert await db.fetchval(home) == await rid(db, "new")
    assert (await repository.read(of_new, "Observation", "oa")).version == 2
    with pytest.raises(NotFound):
        await repository.vread(of_new, "Observation", "oa", "1")
    told = plain(await repository.history(local, "Provenance", None, [], base=BASE))
    [one] = [entry["resource"] for entry in told["entry"]]
    assert one["target"] == [{"reference": "Observation/oa/_history/2"}]
    assert one["reason"] == [{"text": "moved"}]
    await corrected(repository, local, "Observation/oa")
    assert (await repository.read(local, "Observation", "oa")).version == 2, "already so"
    assert (await deep.check(db, repository.context.indexer)).agrees


@pytest.mark.usefixtures("two_campuses")
async def test_it_takes_a_grant_and_the_right_to_both(
    repository: Repository, db: Database, local: Access
):
    old, new = await rid(db, "old"), await rid(db, "new")
    grant = Scope(frozenset((GRANT,)), "u")
    with pytest.raises(Forbidden):
        await corrected(repository, access(Scope(None, "cruds")), "Observation/oa")
    staff = Scope(frozenset(("Organization",)), "rs")
    one = access(Scope(frozenset(("Observation",)), "cruds", homes=(old,)), staff, grant)
    with pytest.raises(Forbidden):
        await corrected(repository, one, "Observation/oa")
    other = access(Scope(frozenset(("Observation",)), "cruds", homes=(new,)), staff, grant)
    with pytest.raises(NotFound):
        await corrected(repository, other, "Observation/oa")
    both = access(Scope(frozenset(("Observation",)), "cruds", homes=(old, new)), staff, grant)
    await corrected(repository, both, "Observation/oa")
    with pytest.raises(Invalid):
        await corrected(repository, local, "Observation/oa", "nobody")
    with pytest.raises(Invalid):
        await corrected(repository, local, "Patient/a")
    with pytest.raises(Malformed):
        await corrected(repository, local, "Observation/oa", reason=" ")
    with pytest.raises(NotFound):
        await corrected(repository, local, "Observation/nobody")
