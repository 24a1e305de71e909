"""What a signer's key can be: the port for algorithms, and those that are built in.

RFC 7518 section 3.4 (ES256), RFC 8037 and 9864 (Ed25519); GB/T 32905 (SM3). National algorithms
come in by `register`: docs/adr/0014-signatures.md says what an adapter for SM2 must bring.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Protocol, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from xinglin.kernel.errors import Invalid, Issue

if TYPE_CHECKING:
    from cryptography import x509

    from .certificates import PrivateKey, PublicKey

_HALF = 32  # bytes of one coordinate of P-256


class Algorithm(Protocol):
    """One signature algorithm. Private keys travel as PKCS #8 (DER), only inside the process."""

    @property
    def name(self) -> str:
        """As JWS has it (``alg``)."""
        ...

    def generate(self) -> bytes:
        """A fresh private key."""
        ...

    def public(self, private: bytes) -> PublicKey:
        """What goes into the certificate."""
        ...

    def sign(self, private: bytes, content: bytes) -> bytes:
        """The signature as JWS has it."""
        ...

    def verify(self, certificate: x509.Certificate, content: bytes, signature: bytes) -> bool:
        """Whether the key of the certificate made it."""
        ...


def _load(private: bytes) -> PrivateKey:
    return cast("PrivateKey", load_der_private_key(private, None))


def _store(key: PrivateKey) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


class P256:
    """ECDSA on P-256 with SHA-256; the default."""

    name = "ES256"

    def generate(self) -> bytes:
        """See `Algorithm`."""
        return _store(ec.generate_private_key(ec.SECP256R1()))

    def public(self, private: bytes) -> PublicKey:
        """See `Algorithm`."""
        return _load(private).public_key()

    def sign(self, private: bytes, content: bytes) -> bytes:
        """R and S side by side, not DER (RFC 7518)."""
        key = cast("ec.EllipticCurvePrivateKey", _load(private))
        r, s = utils.decode_dss_signature(key.sign(content, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(_HALF) + s.to_bytes(_HALF)

    def verify(self, certificate: x509.Certificate, content: bytes, signature: bytes) -> bool:
        """See `Algorithm`; only for keys on P-256."""
        key = certificate.public_key()
        if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp256r1":
            return False
        if len(signature) != 2 * _HALF:
            return False
        r, s = int.from_bytes(signature[:_HALF]), int.from_bytes(signature[_HALF:])
        try:
            key.verify(utils.encode_dss_signature(r, s), content, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True


class Ed25519:
    """EdDSA on Curve25519, by the name of RFC 9864."""

    name = "Ed25519"

    def generate(self) -> bytes:
        """See `Algorithm`."""
        return _store(ed25519.Ed25519PrivateKey.generate())

    def public(self, private: bytes) -> PublicKey:
        """See `Algorithm`."""
        return _load(private).public_key()

    def sign(self, private: bytes, content: bytes) -> bytes:
        """See `Algorithm`."""
        return cast("ed25519.Ed25519PrivateKey", _load(private)).sign(content)

    def verify(self, certificate: x509.Certificate, content: bytes, signature: bytes) -> bool:
        """See `Algorithm`."""
        key = certificate.public_key()
        if not isinstance(key, ed25519.Ed25519PublicKey):
            return False
        try:
            key.verify(signature, content)
        except InvalidSignature:
            return False
        return True


_KNOWN: dict[str, Algorithm] = {one.name: one for one in (P256(), Ed25519())}


def register(algorithm: Algorithm) -> None:
    """Make an algorithm known; called by the composition, before the first request."""
    _KNOWN[algorithm.name] = algorithm


def find(name: object) -> Algorithm | None:
    """The algorithm of a name; ``none`` and those that share a secret are never known."""
    return _KNOWN.get(name) if isinstance(name, str) else None


def of(name: str) -> Algorithm:
    """The algorithm of a name that a person chose; raises Invalid."""
    found = _KNOWN.get(name)
    if found is None:
        known = ", ".join(_KNOWN)
        raise Invalid(
            Issue(
                "not-supported",
                f"There is no signature algorithm {name[:20]!r} here; there are {known}",
                f"这里没有签名算法 {name[:20]!r}；可用的有 {known}",
            )
        )
    return found


def sm3(content: bytes) -> str | None:
    """The SM3 digest in hexadecimal; None where the OpenSSL below Python was built without it."""
    try:
        return hashlib.new("sm3", content, usedforsecurity=True).hexdigest()
    except ValueError:
        return None
