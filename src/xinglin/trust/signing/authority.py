"""The certificate authority of the house: a root, an issuer below it, a time stamp service.

RFC 5280; the private keys are in the keyring, the certificates beside them as PEM. A licensed
authority takes its place behind the port `Issuer`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Protocol, cast

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from . import certificates

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from xinglin.kernel.clock import Clock
    from xinglin.kernel.keyring import Keyring

    from .certificates import PrivateKey, PublicKey
    from .model import Signer

ROOT_LASTS = timedelta(days=365 * 25)
ISSUER_LASTS = timedelta(days=365 * 12)
STAMPS_LAST = timedelta(days=365 * 11)
LIST_LASTS = timedelta(days=7)
TRUST = "trust"


class Issuer(Protocol):
    """Whoever gives signers their certificates: the house, or a licensed authority."""

    def issue(
        self, signer: Signer, key: PublicKey, now: datetime, lasts: timedelta
    ) -> list[x509.Certificate]:
        """The certificate of a signer and those above it, without the root."""
        ...

    def revocations(
        self, entries: Iterable[tuple[int, datetime, str]], number: int, now: datetime
    ) -> x509.CertificateRevocationList:
        """The list of what is no longer good."""
        ...


class Held:
    """A private key with its certificate, and the certificates above it without the root."""

    def __init__(
        self, key: PrivateKey, certificate: x509.Certificate, above: Sequence[x509.Certificate] = ()
    ) -> None:
        self.key = key
        self.certificate = certificate
        self.above = tuple(above)

    @property
    def pair(self) -> tuple[x509.Certificate, PrivateKey]:
        """As the functions of `certificates` take an issuer."""
        return self.certificate, self.key


class Authority:
    """The embedded authority over one folder of keys; made on first use, the same for all after."""

    def __init__(self, keyring: Keyring, organization: str, clock: Clock) -> None:
        self._keyring = keyring
        self._organization = organization
        now = clock.now()
        root = self._held("ca-root", lambda key: self._root(key, now))
        self._remember(root.certificate)
        issuer = self._held(
            "ca-issuer",
            lambda key: certificates.authority(
                self._name("Issuer"), key, now, now + ISSUER_LASTS, root.pair
            ),
        )
        self.root = root.certificate
        self._issuer = issuer
        stamper = self._held(
            "tsa",
            lambda key: certificates.stamping(
                self._name("Time stamps"), key.public_key(), now, now + STAMPS_LAST, issuer.pair
            ),
        )
        self.stamper = Held(stamper.key, stamper.certificate, (issuer.certificate,))

    @property
    def chain(self) -> list[x509.Certificate]:
        """The certificates above a signer's, the root left out."""
        return [self._issuer.certificate]

    def issue(
        self, signer: Signer, key: PublicKey, now: datetime, lasts: timedelta
    ) -> list[x509.Certificate]:
        """See `Issuer`; no certificate outlives the issuer."""
        until = min(now + lasts, self._issuer.certificate.not_valid_after_utc)
        subject = certificates.name(signer.name, self._organization, f"A{signer.account}")
        uri = certificates.PERSON + signer.who
        made = certificates.leaf(subject, uri, key, now, until, self._issuer.pair)
        return [made, *self.chain]

    def revocations(
        self, entries: Iterable[tuple[int, datetime, str]], number: int, now: datetime
    ) -> x509.CertificateRevocationList:
        """See `Issuer`."""
        return certificates.revocations(entries, number, now, now + LIST_LASTS, self._issuer.pair)

    def trusted(self) -> list[x509.Certificate]:
        """The roots that signatures are checked against: own, former, and those put there."""
        return read_roots(self._keyring.folder / TRUST)

    def _name(self, role: str) -> x509.Name:
        return certificates.name(f"{self._organization} {role}", self._organization)

    def _root(self, key: PrivateKey, now: datetime) -> x509.Certificate:
        return certificates.authority(self._name("Root"), key, now, now + ROOT_LASTS)

    def _held(self, name: str, make: Made) -> Held:
        """The key and certificate of a name, kept together so that they can never disagree."""
        kept = self._keyring.ensure(name, lambda: _fresh(make))
        key, certificate = unpack(kept)
        return Held(key, certificate)

    def _remember(self, root: x509.Certificate) -> None:
        folder = self._keyring.folder / TRUST
        folder.mkdir(exist_ok=True, mode=0o755)
        path = folder / f"{root.serial_number:x}.pem"
        if not path.exists():
            path.write_bytes(certificates.pem(root))


class Made(Protocol):
    """Makes the certificate of a fresh key."""

    def __call__(self, key: PrivateKey) -> x509.Certificate:
        """See the class."""
        ...


def _fresh(make: Made) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    return pack(key, make(key))


def pack(key: PrivateKey, certificate: x509.Certificate) -> bytes:
    """Key and certificate in one piece, for the keyring."""
    secret = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return len(secret).to_bytes(4) + secret + certificates.der(certificate)


def unpack(kept: bytes) -> tuple[PrivateKey, x509.Certificate]:
    """The reverse of `pack`."""
    length = int.from_bytes(kept[:4])
    key = load_der_private_key(kept[4 : 4 + length], None)
    return cast("PrivateKey", key), x509.load_der_x509_certificate(kept[4 + length :])


def read_roots(folder: Path, files: str = "*.pem") -> list[x509.Certificate]:
    """Every certificate in the PEM files of a folder."""
    found: list[x509.Certificate] = []
    for path in sorted(folder.glob(files)):
        found += x509.load_pem_x509_certificates(path.read_bytes())
    return found
