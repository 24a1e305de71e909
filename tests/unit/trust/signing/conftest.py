"""An authority, its time stamps and a signed body, without a database."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from xinglin.kernel.clock import FixedClock
from xinglin.kernel.keyring import Keyring
from xinglin.trust.signing import (
    Authority,
    Evidence,
    Service,
    Signer,
    Target,
    algorithms,
    certificates,
    jws,
    provenance,
    purposes,
    verify,
)

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography import x509

    from xinglin.trust.signing import Verdict

SIGNER = Signer(7, "Practitioner/li", "李医生")
TARGET = Target("Observation", "x", 2)
WHEN = "2026-03-01T08:30:15.123Z"
BODY = '{"resourceType":"Observation","id":"x","code":{"text":"咳嗽"}}'.encode()


@dataclass
class House:
    """What signs and what checks."""

    authority: Authority
    clock: FixedClock
    stamper: Service
    chain: list[x509.Certificate] = field(default_factory=list)
    private: bytes = b""
    algorithm: str = "ES256"

    def enrol(self, algorithm: str = "ES256", days: int = 365) -> None:
        kind = algorithms.of(algorithm)
        self.algorithm, self.private = algorithm, kind.generate()
        self.chain = self.authority.issue(
            SIGNER, kind.public(self.private), self.clock.now(), timedelta(days=days)
        )

    def signed(self, *, stamped: bool = True, **claims: Any) -> dict[str, Any]:
        purpose = purposes.of("note")
        said = provenance.claims(SIGNER, TARGET, purpose, WHEN) | claims
        made = jws.sign(algorithms.of(self.algorithm), self.private, self.chain, said, BODY)
        token = self.stamper.stamp(made.rpartition(".")[2].encode()) if stamped else None
        return provenance.build(SIGNER, TARGET, purpose, when=WHEN, signature=made, token=token)

    def revocations(self, *entries: tuple[int, datetime, str]) -> bytes:
        made = self.authority.revocations(entries, 1, self.clock.now())
        return made.public_bytes(certificates.Encoding.DER)

    def verdict(self, resource: dict[str, Any], *lists: bytes, body: bytes = BODY) -> Verdict:
        evidence = Evidence(body, resource, lists)
        return verify(evidence, self.authority.trusted(), self.clock.now())[0]


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture
def house(keys: Path) -> House:
    clock = FixedClock(datetime(2026, 3, 1, 8, 30, 15, 123456, tzinfo=UTC))
    authority = Authority(Keyring(keys), "杏林医院", clock)
    found = House(authority, clock, Service(authority.stamper, clock))
    found.enrol()
    return found
