"""A stored version, signed by its author's own key and verified, on a real database."""

from __future__ import annotations

import stat
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from xinglin.kernel.errors import Conflict, Forbidden, Issue
from xinglin.trust.signing import Signer

from .conftest import PASSWORD, SIGNER

if TYPE_CHECKING:
    from .conftest import House


async def test_signed_and_valid(house: House):
    token = await house.enrolled()
    target = await house.note()
    made = await house.sign(target, token)
    resource = msgspec.json.decode(made.body)
    assert resource["target"] == [{"reference": target.reference}]
    assert resource["signature"][0]["sigFormat"] == "application/jose"
    body = await house.signing.body(house.db, house.local, target)
    (verdict,) = await house.signing.verify(body, resource)
    assert verdict.outcome == "valid"
    assert (verdict.who, verdict.name, verdict.purpose) == ("Practitioner/li", "李医生", "note")
    assert verdict.at is not None
    assert abs(verdict.at - house.clock.now()) < timedelta(seconds=1)


async def test_an_older_version_stays_signed(house: House):
    token = await house.enrolled()
    target = await house.note()
    made = await house.sign(target, token)
    await house.repository.patch(
        house.local,
        "Observation",
        target.id,
        [{"op": "replace", "path": "/code/text", "value": "咳嗽五天"}],
    )
    assert await house.outcome(target, made) == "valid"


async def test_in_one_transaction_or_not_at_all(house: House):
    token = await house.enrolled()
    target = await house.note()
    opened = await house.keys.open(SIGNER.account, 1, token)
    with pytest.raises(Conflict):
        async with house.db.transaction() as connection:
            await house.signing.sign(connection, house.local, SIGNER, opened, target, "note")
            raise Conflict(Issue("conflict", "no", "不"))
    assert await house.db.fetchval("select count(*) from resource where id <> $1", target.id) == 0


async def test_the_content_changed_in_the_database_is_altered(house: House):
    token = await house.enrolled()
    target = await house.note()
    made = await house.sign(target, token)
    await house.db.execute(
        "update resource set body = replace(body, '三', '五') where id = $1", target.id
    )
    assert await house.outcome(target, made) == "altered"


async def test_revoked_before_and_after(house: House):
    token = await house.enrolled()
    target = await house.note()
    before = await house.sign(target, token)
    opened = await house.keys.open(SIGNER.account, 1, token)
    house.clock.advance(timedelta(minutes=1))
    assert await house.keys.revoke(SIGNER.account, "keyCompromise") == 1
    house.clock.advance(timedelta(minutes=1))
    with pytest.raises(Forbidden):
        await house.keys.open(SIGNER.account, 1, token)
    # A key that was kept somewhere still makes signatures, and none of them is good.
    after = await house.signing.sign(house.db, house.local, SIGNER, opened, target, "note")
    assert await house.outcome(target, before) == "valid"
    assert await house.outcome(target, after) == "revoked"


async def test_a_certificate_that_expires_later(house: House):
    token = await house.enrolled()
    target = await house.note()
    made = await house.sign(target, token)
    opened = await house.keys.open(SIGNER.account, 1, token)
    house.clock.advance(timedelta(days=400))
    assert await house.outcome(target, made) == "valid"
    late = await house.signing.sign(house.db, house.local, SIGNER, opened, target, "note")
    assert await house.outcome(target, late) == "expired"


async def test_renewed_by_unlocking(house: House):
    await house.enrolled()
    house.clock.advance(timedelta(days=350))
    unlocked = await house.keys.unlock(SIGNER, "password", PASSWORD, 1)
    assert unlocked.certificate_expires > house.clock.now() + timedelta(days=300)
    target = await house.note()
    assert await house.outcome(target, await house.sign(target, unlocked.token)) == "valid"


async def test_only_ones_own_key(house: House):
    token = await house.enrolled()
    target = await house.note()
    opened = await house.keys.open(SIGNER.account, 1, token)
    other = Signer(8, "Practitioner/wang", "王医生")
    with pytest.raises(Forbidden):
        await house.signing.sign(house.db, house.local, other, opened, target, "note")
    for account, session, text in ((8, 1, token), (7, 2, token), (7, 1, token[:-4] + "AAAA")):
        with pytest.raises(Forbidden):
            await house.keys.open(account, session, text)


async def test_locked_after_the_shift_and_at_sign_out(house: House):
    token = await house.enrolled()
    await house.keys.lock(SIGNER.account, 1)
    with pytest.raises(Forbidden):
        await house.keys.open(SIGNER.account, 1, token)
    again = await house.keys.unlock(SIGNER, "password", PASSWORD, 1)
    house.clock.advance(timedelta(hours=14))
    with pytest.raises(Forbidden):
        await house.keys.open(SIGNER.account, 1, again.token)


async def test_a_wrong_secret_waits(house: House):
    await house.enrolled()
    for _ in range(5):
        with pytest.raises(Forbidden):
            await house.keys.unlock(SIGNER, "password", "guess", 1)
    with pytest.raises(Forbidden) as refused:
        await house.keys.unlock(SIGNER, "password", PASSWORD, 1)
    assert refused.value.issues[0].code == "throttled"
    house.clock.advance(timedelta(seconds=31))
    assert (await house.keys.unlock(SIGNER, "password", PASSWORD, 1)).token


async def test_step_up(house: House):
    token = await house.enrolled()
    made = await house.repository.create(
        house.local,
        "Practitioner",
        {"resourceType": "Practitioner", "qualification": [{"code": {"text": "抗菌药物三级"}}]},
    )
    target = type(await house.note())("Practitioner", made.id, made.version)
    with pytest.raises(Forbidden) as refused:
        await house.sign(target, token)  # the content decides, not the purpose that is named
    assert refused.value.issues[0].code == "login"
    now = house.clock.now()
    with pytest.raises(Forbidden):
        await house.sign(target, token, step_up_at=now - timedelta(minutes=6))
    signed = await house.sign(
        target, token, purpose="privilege", step_up_at=now - timedelta(minutes=4)
    )
    assert await house.outcome(target, signed) == "valid"


async def test_another_secret_opens_it_too(house: House):
    await house.enrolled()
    await house.keys.add_factor(SIGNER.account, ("password", PASSWORD), ("pin", "2468"))
    assert (await house.keys.unlock(SIGNER, "pin", "2468", 1)).token
    with pytest.raises(Forbidden):
        await house.keys.unlock(SIGNER, "pin", "2469", 1)


async def test_nothing_secret_in_the_database_or_readable_by_others(house: House):
    token = await house.enrolled()
    opened = await house.keys.open(SIGNER.account, 1, token)
    rows = await house.db.fetch("select * from signing_key")
    rows += await house.db.fetch("select * from signing_wrap")
    rows += await house.db.fetch("select * from signing_unlock")
    held = b"".join(value for row in rows for value in row.values() if isinstance(value, bytes))
    assert opened.private not in held
    assert opened.private[40:60] not in held
    assert str(opened.private) not in repr(opened)
    for path in house.keyring.folder.glob("*.key"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(house.keyring.folder.stat().st_mode) == 0o700
