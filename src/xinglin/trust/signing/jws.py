"""JSON Web Signatures over bytes that stay where they are.

RFC 7515 appendix F (detached content), section 4.1.6 (x5c); RFC 7518. The header is signed too.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

import msgspec
from cryptography import x509

from . import algorithms, certificates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .algorithms import Algorithm


class Unreadable(Exception):
    """No signature of the form that is made here."""


class Parsed(msgspec.Struct, frozen=True):
    """A detached signature, taken apart; nothing of it is believed yet."""

    header: dict[str, Any]
    protected: str
    signature: bytes
    value: str  # the signature as written, which the time stamp covers
    chain: tuple[x509.Certificate, ...]

    def made_over(self, content: bytes) -> bool:
        """Whether the key of the first certificate signed this header with this content."""
        algorithm = algorithms.find(self.header.get("alg"))
        signed = _signed(self.protected, content)
        return algorithm is not None and algorithm.verify(self.chain[0], signed, self.signature)


def sign(
    algorithm: Algorithm,
    private: bytes,
    chain: Sequence[x509.Certificate],
    claims: dict[str, Any],
    content: bytes,
) -> str:
    """``header..signature``; the claims are in the header, and so under the signature."""
    x5c = [base64.b64encode(certificates.der(one)).decode() for one in chain]
    header = {"alg": algorithm.name, "x5c": x5c, **claims}
    protected = _encode(msgspec.json.encode(header))
    return f"{protected}..{_encode(algorithm.sign(private, _signed(protected, content)))}"


def parse(detached: str) -> Parsed:
    """Take one apart; raises `Unreadable`. Only the one way to write each part is taken."""
    parts = detached.split(".")
    if len(parts) != 3 or parts[1]:
        raise Unreadable("not header..signature")
    try:
        header = msgspec.json.decode(_decode(parts[0]), type=dict[str, Any])
        chain = tuple(
            x509.load_der_x509_certificate(base64.b64decode(one, validate=True))
            for one in msgspec.convert(header.get("x5c"), list[str])
        )
        signature = _decode(parts[2])
    except (ValueError, msgspec.MsgspecError, x509.InvalidVersion) as error:
        raise Unreadable(str(error)) from error
    if not chain or "crit" in header or header.get("b64") is not None:
        raise Unreadable("no certificate, or an extension that is not known here")
    return Parsed(header, parts[0], signature, parts[2], chain)


def _signed(protected: str, content: bytes) -> bytes:
    return f"{protected}.{_encode(content)}".encode()


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from error
    if _encode(raw) != text:
        raise ValueError("not canonical base64url")
    return raw
