"""A repository with an authority, a time stamp service and a signer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import pytest_asyncio

from xinglin.cdr.access import Access
from xinglin.cdr.assembly import assemble
from xinglin.kernel.clock import FixedClock
from xinglin.kernel.keyring import Keyring
from xinglin.trust.signing import Authority, Keys, Service, Signer, Signing, Target

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from xinglin.cdr.interactions.result import Result
    from xinglin.cdr.repository import Repository
    from xinglin.kernel.database import Database

SIGNER = Signer(7, "Practitioner/li", "李医生", "Organization/east")
PASSWORD = "apricot-grove-7"


class House:
    """Everything that signing needs, over one database."""

    def __init__(self, db: Database, repository: Repository, clock: FixedClock, keys: Path) -> None:
        self.db = db
        self.repository = repository
        self.clock = clock
        self.keyring = Keyring(keys)
        self.authority = Authority(self.keyring, "杏林医院", clock)
        self.keys = Keys(db, self.keyring, self.authority, clock)
        self.signing = Signing(
            repository.context,
            self.keys,
            Service(self.authority.stamper, clock),
            self.authority.trusted,
        )
        self.local = Access.local()

    async def note(self, text: str = "咳嗽三天") -> Target:
        made = await self.repository.create(
            self.local,
            "Observation",
            {"resourceType": "Observation", "status": "final", "code": {"text": text}},
        )
        return Target("Observation", made.id, made.version)

    async def enrolled(self, session: int = 1) -> str:
        await self.keys.enrol(SIGNER, {"password": PASSWORD})
        return (await self.keys.unlock(SIGNER, "password", PASSWORD, session)).token

    async def sign(self, target: Target, token: str, **more: Any) -> Result:
        opened = await self.keys.open(SIGNER.account, 1, token)
        purpose = more.pop("purpose", "note")
        return await self.signing.sign(self.db, self.local, SIGNER, opened, target, purpose, **more)

    async def outcome(self, target: Target, provenance: Result) -> str:
        body = await self.signing.body(self.db, self.local, target)
        verdicts = await self.signing.verify(body, msgspec.json.decode(provenance.body))
        return verdicts[0].outcome


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 3, 1, 8, 30, 15, 123456, tzinfo=UTC))


@pytest_asyncio.fixture
async def house(db: Database, clock: FixedClock, tmp_path: Path) -> AsyncIterator[House]:
    repository = (await assemble(db, clock)).repository
    yield House(db, repository, clock, tmp_path / "keys")
    await repository.close()
