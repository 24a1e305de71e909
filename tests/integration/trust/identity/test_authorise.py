"""From a request to an access: good, absent, forged, expired, ended, and acting for another."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from xinglin.cdr.access import Access
from xinglin.kernel.errors import Forbidden, Malformed, NotFound, Unauthenticated
from xinglin.trust.identity import issue, opaque, queries

from .conftest import Ticks, bearer, request

if TYPE_CHECKING:
    from xinglin.cdr.repository import Repository
    from xinglin.kernel.clock import FixedClock
    from xinglin.kernel.database import Database
    from xinglin.trust.identity import Authoriser


async def signed_in(db: Database, clock: FixedClock, user: str = "admin") -> str:
    """A session cookie, made as sign-in makes one."""
    account = await queries.account(db, user)
    assert account
    secret = opaque.new()
    await db.execute(
        "insert into session (hash, account, position, method, created, last, idle, expires)"
        " select $1, $2, (select id from position where account = $2), 'password', $3, $3,"
        " interval '30 minutes', $4",
        opaque.hashed(secret),
        account.id,
        clock.now(),
        clock.now() + timedelta(hours=12),
    )
    return secret


async def test_the_operator_has_total_access(
    authorise: Authoriser, db: Database, clock: FixedClock
):
    token = await issue(db, "ADMIN", clock.now())
    asked = bearer(token)
    access = await authorise(asked)
    assert access.total
    assert access.actor == "admin"
    assert access.scopes is Access.local().scopes
    assert asked.access is access
    assert await authorise(bearer(token)) is access  # remembered


@pytest.mark.parametrize(
    ("header", "error"),
    [
        (None, False),
        ("Bearer nonsense", True),
        ("Bearer ", True),
        ("Basic YWRtaW46", True),
        ("bearer", True),
        ("Bearer \xff\xfe", True),
    ],
)
async def test_without_a_good_token_nobody_is_let_in(
    authorise: Authoriser, header: str | None, error: bool
):
    with pytest.raises(Unauthenticated) as refused:
        await authorise(request(**({"authorization": header} if header else {})))
    assert refused.value.issues[0].code == "login"
    challenge = refused.value.headers["WWW-Authenticate"]
    assert challenge.startswith("Bearer")
    assert ("invalid_token" in challenge) is error


async def test_a_token_ends_when_it_expires(authorise: Authoriser, db: Database, clock: FixedClock):
    token = await issue(db, "admin", clock.now(), minutes=10)
    await authorise(bearer(token))
    clock.advance(timedelta(minutes=10))
    with pytest.raises(Unauthenticated):
        await authorise(bearer(token))


async def test_a_revoked_token_is_noticed_at_the_next_look(
    authorise: Authoriser, db: Database, clock: FixedClock, ticks: Ticks
):
    token = await issue(db, "admin", clock.now())
    await authorise(bearer(token))
    await db.execute("update token set revoked = now()")
    await queries.changed(db)
    ticks.at += 0.6
    with pytest.raises(Unauthenticated):
        await authorise(bearer(token))


async def test_an_account_closed_unannounced_is_noticed_within_two_seconds(
    authorise: Authoriser, db: Database, clock: FixedClock, ticks: Ticks
):
    token = await issue(db, "admin", clock.now())
    await authorise(bearer(token))
    await db.execute("update account set active = false")
    ticks.at += 2.1
    with pytest.raises(Unauthenticated):
        await authorise(bearer(token))


async def test_the_database_keeps_no_token(db: Database, clock: FixedClock):
    token = await issue(db, "admin", clock.now())
    row = await db.fetchrow("select * from token")
    assert row
    assert token not in repr(dict(row))
    assert row["hash"] == opaque.hashed(token)


async def test_a_cookie_reads_and_writes_only_with_its_csrf_token(
    authorise: Authoriser, db: Database, clock: FixedClock
):
    cookie = await signed_in(db, clock)
    pair = f"other=1; xinglin={cookie}; more=2"
    assert (await authorise(request(cookie=pair))).total
    for given in ({}, {"x_csrf_token": "0" * 64}, {"x_csrf_token": opaque.csrf_of(opaque.new())}):
        with pytest.raises(Forbidden, match="X-CSRF-Token"):
            await authorise(request("POST", cookie=pair, **given))
    fine = request("POST", cookie=pair, x_csrf_token=opaque.csrf_of(cookie))
    assert (await authorise(fine)).total


async def test_under_tls_only_the_host_cookie_counts(
    authorise: Authoriser, db: Database, clock: FixedClock
):
    cookie = await signed_in(db, clock)
    with pytest.raises(Unauthenticated):
        await authorise(request(scheme="https", cookie=f"xinglin={cookie}"))
    assert (await authorise(request(scheme="https", cookie=f"__Host-xinglin={cookie}"))).total


async def test_a_session_ends_idle_and_after_its_time(
    authorise: Authoriser, db: Database, clock: FixedClock, ticks: Ticks
):
    cookie = f"xinglin={await signed_in(db, clock)}"
    for _ in range(25):  # used every half hour but a second: it lives until its absolute end
        clock.advance(timedelta(minutes=29))
        ticks.at += 29 * 60
        if clock.now() >= (await db.fetchval("select expires from session")):
            break
        await authorise(request(cookie=cookie))
    with pytest.raises(Unauthenticated):
        await authorise(request(cookie=cookie))
    other = f"xinglin={await signed_in(db, clock)}"
    await authorise(request(cookie=other))
    clock.advance(timedelta(minutes=31))
    ticks.at += 31 * 60
    with pytest.raises(Unauthenticated):
        await authorise(request(cookie=other))


async def test_other_roles_and_narrowed_tokens_wait_for_a_policy(
    authorise: Authoriser, db: Database, clock: FixedClock
):
    await queries.add_account(db, "nurse", "nurse")
    nurse = await queries.account(db, "nurse")
    assert nurse
    await queries.add_position(
        db, nurse.id, "nurse", organization=None, units=(), since=clock.now(), until=None
    )
    for token in (
        await issue(db, "nurse", clock.now()),
        await issue(db, "admin", clock.now(), scopes=("user/Patient.r",)),
    ):
        with pytest.raises(Forbidden):
            await authorise(bearer(token))


async def test_the_operator_alone_acts_for_an_institution(
    authorise: Authoriser, repository: Repository, db: Database, clock: FixedClock
):
    organization = {"resourceType": "Organization", "name": "东院"}
    await repository.update(Access.local(), "Organization", "east", organization)
    token = await issue(db, "admin", clock.now())
    access = await authorise(bearer(token, x_acting_organization="Organization/east"))
    rid = await db.fetchval("select rid from resource where id = 'east'")
    assert access.home == rid
    assert access.total
    with pytest.raises(Malformed):
        await authorise(bearer(token, x_acting_organization="Patient/east"))
    with pytest.raises(NotFound):
        await authorise(bearer(token, x_acting_organization="Organization/none"))


async def test_a_token_names_a_position_that_holds(db: Database, clock: FixedClock):
    with pytest.raises(NotFound, match="operator"):
        await issue(db, "admin", clock.now(), position=4711)
    with pytest.raises(NotFound, match="no account"):
        await issue(db, "nobody", clock.now())


async def test_scopes_that_cannot_be_read_make_no_token(db: Database, clock: FixedClock):
    with pytest.raises(Malformed, match="nonsense"):
        await issue(db, "admin", clock.now(), scopes=("nonsense",))
