"""Certificates and revocation lists, made and looked at.

RFC 5280 sections 4 and 5; RFC 3161 section 2.3 for the time stamp service's.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, cast

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from collections.abc import Iterable

PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
PublicKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey
PERSON = "urn:x-xinglin:"  # before the reference of a person, as alternative name of the subject
_SKEW = timedelta(minutes=5)  # clocks of those who check may be slow


def name(common: str, organization: str, serial: str = "") -> x509.Name:
    """A distinguished name; ``serial`` says who it is beyond doubt (RFC 5280, serialNumber)."""
    parts = [
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization[:64]),
        x509.NameAttribute(NameOID.COMMON_NAME, common[:64] or "-"),
    ]
    if serial:
        parts.append(x509.NameAttribute(NameOID.SERIAL_NUMBER, serial[:64]))
    return x509.Name(parts)


def _digest(key: PrivateKey) -> hashes.SHA256 | None:
    return None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()


def _start(
    subject: x509.Name, issuer: x509.Name, key: PublicKey, now: datetime, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(secrets.randbits(158) | 1 << 158)
        .not_valid_before(now - _SKEW)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*given: str) -> x509.KeyUsage:
    known = (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
        *("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(**{one: one in given for one in known})


def authority(
    subject: x509.Name,
    key: PrivateKey,
    now: datetime,
    until: datetime,
    issuer: tuple[x509.Certificate, PrivateKey] | None = None,
) -> x509.Certificate:
    """A certificate that may sign others: a root without an ``issuer``, else one step below it."""
    parent = issuer[0].subject if issuer else subject
    signing = issuer[1] if issuer else key
    builder = _start(subject, parent, key.public_key(), now, until)
    builder = builder.add_extension(
        x509.BasicConstraints(ca=True, path_length=0 if issuer else 1), critical=True
    ).add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
    return _by(builder, issuer).sign(signing, _digest(signing))


def leaf(  # noqa: PLR0917  the parts of a certificate
    subject: x509.Name,
    uri: str,
    key: PublicKey,
    now: datetime,
    until: datetime,
    issuer: tuple[x509.Certificate, PrivateKey],
) -> x509.Certificate:
    """A signer's certificate: for signatures that commit, and nothing else."""
    builder = _start(subject, issuer[0].subject, key, now, until)
    builder = (
        builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage("digital_signature", "content_commitment"), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.UniformResourceIdentifier(uri)]), critical=False
        )
    )
    return _by(builder, issuer).sign(issuer[1], _digest(issuer[1]))


def stamping(
    subject: x509.Name,
    key: PublicKey,
    now: datetime,
    until: datetime,
    issuer: tuple[x509.Certificate, PrivateKey],
) -> x509.Certificate:
    """The certificate of a time stamp service: the one extended usage, critical."""
    builder = _start(subject, issuer[0].subject, key, now, until)
    builder = (
        builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage("digital_signature", "content_commitment"), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    )
    return _by(builder, issuer).sign(issuer[1], _digest(issuer[1]))


def serving(  # noqa: PLR0917  the parts of a certificate
    subject: x509.Name,
    key: PublicKey,
    names: Iterable[x509.GeneralName],
    now: datetime,
    until: datetime,
    issuer: tuple[x509.Certificate, PrivateKey],
) -> x509.Certificate:
    """The certificate of a TLS server for these names and addresses (RFC 9525)."""
    builder = _start(subject, issuer[0].subject, key, now, until)
    builder = (
        builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage("digital_signature"), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
    )
    return _by(builder, issuer).sign(issuer[1], _digest(issuer[1]))


def _by(
    builder: x509.CertificateBuilder, issuer: tuple[x509.Certificate, PrivateKey] | None
) -> x509.CertificateBuilder:
    if issuer is None:
        return builder
    key = cast("PublicKey", issuer[0].public_key())
    return builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(key), critical=False
    )


def revocations(
    entries: Iterable[tuple[int, datetime, str]],
    number: int,
    now: datetime,
    until: datetime,
    issuer: tuple[x509.Certificate, PrivateKey],
) -> x509.CertificateRevocationList:
    """A list of (serial, since, reason); reasons are those of RFC 5280, section 5.3.1."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer[0].subject)
        .last_update(now)
        .next_update(until)
        .add_extension(x509.CRLNumber(number), critical=False)
    )
    key = cast("PublicKey", issuer[0].public_key())
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(key), critical=False
    )
    for serial, since, reason in entries:
        one = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(since)
        one = one.add_extension(x509.CRLReason(x509.ReasonFlags(reason)), critical=False)
        builder = builder.add_revoked_certificate(one.build())
    return builder.sign(issuer[1], _digest(issuer[1]))


def issued_by(child: x509.Certificate, parent: x509.Certificate) -> bool:
    """Whether the parent's key signed the child, and was allowed to."""
    try:
        child.verify_directly_issued_by(parent)
        constraints = parent.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = parent.extensions.get_extension_for_class(x509.KeyUsage).value
    except (InvalidSignature, ValueError, TypeError, x509.ExtensionNotFound):
        return False
    return constraints.ca and usage.key_cert_sign


def person(certificate: x509.Certificate) -> str:
    """The reference (``Practitioner/x``) of whom a signer's certificate is for; empty: nobody."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, ValueError):
        return ""
    for uri in names.value.get_values_for_type(x509.UniformResourceIdentifier):
        if uri.startswith(PERSON):
            return uri.removeprefix(PERSON)
    return ""


def common(certificate: x509.Certificate) -> str:
    """The name in it that people read."""
    try:
        found = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    except ValueError:
        return ""
    return str(found[0].value) if found else ""


def covers(certificate: x509.Certificate, at: datetime) -> bool:
    """Whether a moment lies inside the validity."""
    return certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc


def der(certificate: x509.Certificate) -> bytes:
    """The bytes that are compared and hashed."""
    return certificate.public_bytes(Encoding.DER)


def pem(*certificates: x509.Certificate) -> bytes:
    """For files."""
    return b"".join(one.public_bytes(Encoding.PEM) for one in certificates)
