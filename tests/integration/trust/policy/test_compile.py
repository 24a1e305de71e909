"""What a grant comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from msgspec import structs
from tests.support import campuses

from xinglin.cdr import types
from xinglin.cdr.assembly import Assembly, assemble
from xinglin.cdr.search import ir
from xinglin.kernel.clock import SystemClock
from xinglin.kernel.errors import Forbidden, Malformed
from xinglin.trust.model import Grant, Position
from xinglin.trust.policy import RolePolicy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from xinglin.cdr.access import Access
    from xinglin.kernel.database import Database

DEPARTMENTS = (*campuses.DEPARTMENTS, *campuses.SERVICES)
OPERATOR = Grant(1, "root", position=Position(1, "operator"))


@pytest_asyncio.fixture
async def assembly(db: Database) -> AsyncIterator[Assembly]:
    assembly = await assemble(db, SystemClock())
    await campuses.build(assembly.repository)
    yield assembly
    await assembly.repository.close()


@pytest.fixture
def policy(assembly: Assembly, db: Database) -> RolePolicy:
    return RolePolicy(assembly, db)


async def rid(db: Database, id_: str, type_: str = "Organization") -> int:
    number = types.number(type_)
    return await db.fetchval("select rid from resource where id = $1 and type = $2", id_, number)


async def registrar(db: Database, campus: str = "A") -> Grant:
    position = Position(2, "registration", organization=await rid(db, campus))
    return Grant(2, "r", position=position)


async def test_the_operator_is_not_limited(policy: RolePolicy):
    found = await policy.access(OPERATOR)
    assert found.total
    assert found.actor == "root"


async def test_a_token_limits_even_the_operator(policy: RolePolicy):
    found = await policy.access(structs.replace(OPERATOR, scopes=("user/Patient.rs",)))
    assert not found.total
    assert found.allows("Patient", "s")
    assert not found.allows("Patient", "u")
    assert not found.allows("Observation", "r")


async def test_without_a_position_there_is_nothing(policy: RolePolicy):
    with pytest.raises(Forbidden, match="position"):
        await policy.access(Grant(1, "x"))
    with pytest.raises(Forbidden, match="no role"):
        await policy.access(Grant(1, "x", position=Position(1, "wizard")))


async def test_a_purpose_the_role_does_not_have_is_refused(policy: RolePolicy, db: Database):
    grant = structs.replace(await registrar(db), purpose="HMARKT")
    with pytest.raises(Forbidden, match="HMARKT"):
        await policy.access(grant)


async def test_a_campus_is_the_organisation_with_all_that_is_part_of_it(
    policy: RolePolicy, db: Database
):
    found = await policy.access(await registrar(db))
    wanted = {await rid(db, id_) for id_ in ("A", *(f"A-{one}" for one in DEPARTMENTS))}
    homes = {rid for scope in found.scopes for rid in scope.homes or ()}
    assert homes == wanted
    assert found.home == await rid(db, "A")


async def test_every_role_compiles(policy: RolePolicy, db: Database):
    campus, unit = await rid(db, "A"), await rid(db, "A-medicine")
    for role in policy.roles:
        position = Position(1, role.code, organization=campus, units=(unit,))
        patient = await rid(db, "a-medicine", "Patient")
        grant = Grant(1, "x", position=position, purpose=role.purposes[0], patient=patient)
        found = await policy.access(grant)
        assert role.everything or found.allows("Organization", "r")


async def test_a_token_never_widens(policy: RolePolicy, db: Database):
    grant = structs.replace(await registrar(db), scopes=("user/*.cruds", "openid"))
    whole: Access = await policy.access(await registrar(db))
    found = await policy.access(grant)
    assert found.scopes == whole.scopes
    narrow = structs.replace(grant, scopes=("user/Patient.rs", "system/Patient.cud"))
    limited = await policy.access(narrow)
    assert limited.allows("Patient", "s")
    assert not limited.allows("Patient", "u")
    assert not limited.allows("Encounter", "r")


async def test_patient_scopes_are_those_of_the_patient_in_context(policy: RolePolicy, db: Database):
    grant = structs.replace(await registrar(db), scopes=("patient/*.rs",))
    none = await policy.access(grant)
    assert not none.allows("Patient", "r")
    assert none.allows("Organization", "r")
    patient = await rid(db, "a-medicine", "Patient")
    found = await policy.access(structs.replace(grant, launch_patient=patient))
    limits = {s.patients for s in found.scopes if s.grants("Patient", "r")}
    assert limits == {(patient,)}


async def test_a_constraint_is_a_condition_on_the_resource(policy: RolePolicy):
    grant = structs.replace(
        OPERATOR, scopes=("user/Patient.rs?gender=female", "user/Encounter.rs?status=planned")
    )
    found = await policy.access(grant)
    (patient,) = (one for one in found.scopes if one.grants("Patient", "r"))
    assert isinstance(patient.criteria, ir.Key)


@pytest.mark.parametrize(
    "scope",
    [
        "user/Observation.rs?subject.name=x",
        "user/Observation.rs?_lastUpdated=gt2020-01-01",
        "user/Observation.rs?_has:Provenance:target:_id=1",
        "user/Observation.rs?code:in=http://x",
        "user/Observation.rs?_filter=status eq final",
        "user/Observation.rs?_content=x",
        "user/Observation.rs?nonsense=x",
        "user/Observation.rs?_count=1",
    ],
)
async def test_a_constraint_that_a_resource_alone_cannot_tell_is_refused(
    policy: RolePolicy, scope: str
):
    with pytest.raises(Malformed):
        await policy.access(structs.replace(OPERATOR, scopes=(scope.replace(" ", "%20"),)))


async def test_the_same_grant_gets_the_same_access(assembly: Assembly, db: Database):
    now = [0.0]
    policy = RolePolicy(assembly, db, tick=lambda: now[0])
    grant = await registrar(db)
    first = await policy.access(grant)
    assert await policy.access(grant) is first
    now[0] = 1000
    assert await policy.access(grant) is first
    policy.forget()
    assert await policy.access(grant) == first
