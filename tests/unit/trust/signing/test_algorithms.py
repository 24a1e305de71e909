"""The port for algorithms: one that is registered signs and is verified; others are refused."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from xinglin.kernel.errors import Invalid
from xinglin.trust.signing import algorithms, register

if TYPE_CHECKING:
    from cryptography import x509

    from .conftest import House


class National(algorithms.P256):
    """Stands for an adapter: another name and another digest, as SM2 with SM3 has."""

    name = "TEST-SM2"

    def sign(self, private: bytes, content: bytes) -> bytes:
        return super().sign(private, self._digest(content))

    def verify(self, certificate: x509.Certificate, content: bytes, signature: bytes) -> bool:
        return super().verify(certificate, self._digest(content), signature)

    def _digest(self, content: bytes) -> bytes:
        found = algorithms.sm3(content) or hashlib.sha256(content).hexdigest()
        return b"SM3" + found.encode()


def test_an_adapter(house: House, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(algorithms, "_KNOWN", dict(algorithms._KNOWN))
    with pytest.raises(Invalid, match="ES256, Ed25519"):
        house.enrol("TEST-SM2")
    register(National())
    house.enrol("TEST-SM2")
    resource = house.signed()
    assert house.verdict(resource).outcome == "valid"
    monkeypatch.undo()
    assert house.verdict(resource).outcome == "altered"  # nobody here can say it is not


def test_sm3_of_the_standard():
    """GB/T 32905-2016, appendix A.1."""
    wanted = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert algorithms.sm3(b"abc") in (wanted, None)


@pytest.mark.parametrize("name", ["none", "HS256", "", None, 3])
def test_no_such_algorithm(name: object):
    assert algorithms.find(name) is None
