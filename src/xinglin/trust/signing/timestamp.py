"""Time stamps: a service that vouches when something was there, and the check of its tokens.

RFC 3161, RFC 5816 (ESSCertIDv2), RFC 5652 (CMS SignedData).
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol, cast

import msgspec
from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from xinglin.kernel.errors import Issue, Unavailable

from . import certificates

if TYPE_CHECKING:
    from pathlib import Path

    from xinglin.kernel.clock import Clock

    from .authority import Held

# The rules of this service, under the arc that anyone may use (X.667: 2.25 and a UUID).
POLICY = "2.25.189361712706134837463871230914702134"
_BACKWARDS = timedelta(seconds=2)
_NOTED_EVERY = timedelta(seconds=1)
_HASHES = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


class _Rejection(core.Sequence):
    """A TimeStampResp without its token, which the library takes to be compulsory."""

    _fields = [("status", tsp.PKIStatusInfo)]  # noqa: RUF012  as the library has it


class Broken(Exception):
    """A token that is not what its service made."""


class Stamped(msgspec.Struct, frozen=True):
    """What a sound token says. ``chain`` starts with the service's own certificate."""

    at: datetime
    serial: int
    policy: str
    chain: tuple[x509.Certificate, ...]


class Stamper(Protocol):
    """Whoever gives time stamps: the house, or a service elsewhere."""

    def stamp(self, content: bytes) -> bytes:
        """A token (DER) over the SHA-256 of the content; raises Unavailable."""
        ...


class Service:
    """The embedded time stamp service of one process."""

    def __init__(self, held: Held, clock: Clock, noted: Path | None = None) -> None:
        """``noted``: a file in which the last time is kept over a restart."""
        self._held = held
        self._clock = clock
        self._noted = noted
        self._last = _last(noted)

    def stamp(self, content: bytes) -> bytes:
        """See `Stamper`; refuses where the clock of the machine went back."""
        return self._token("sha256", hashlib.sha256(content).digest(), None, certificate=True)

    def answer(self, request: bytes) -> bytes:
        """The TimeStampResp for a TimeStampReq (RFC 3161, section 2.4); never raises for input."""
        try:
            asked = tsp.TimeStampReq.load(request, strict=True)
            imprint = asked["message_imprint"]
            algorithm = imprint["hash_algorithm"]["algorithm"].native
            digest = imprint["hashed_message"].native
            nonce = asked["nonce"].native
            policy = asked["req_policy"].native
            certificate = bool(asked["cert_req"].native)
        except (ValueError, TypeError):
            return _rejection("bad_request")
        if algorithm not in _HASHES or len(digest) != _HASHES[algorithm].digest_size:
            return _rejection("bad_alg")
        if policy not in (None, POLICY):
            return _rejection("unaccepted_policy")
        token = self._token(algorithm, digest, nonce, certificate=certificate)
        return tsp.TimeStampResp(
            {"status": {"status": "granted"}, "time_stamp_token": cms.ContentInfo.load(token)}
        ).dump()

    def _now(self) -> datetime:
        now = self._clock.now()
        now = now.replace(microsecond=now.microsecond // 1000 * 1000)
        if self._last is not None and now < self._last - _BACKWARDS:
            raise Unavailable(
                Issue(
                    "exception",
                    "The clock of this machine went back, so nothing can be time-stamped. "
                    "Have its time set right (NTP) and restart the platform.",
                    "本机时钟发生回拨，无法加盖时间戳。请校准时间（NTP）并重启平台。",
                )
            )
        if self._noted and (self._last is None or now - self._last > _NOTED_EVERY):
            self._noted.write_text(now.isoformat())
        self._last = max(now, self._last or now)
        return now

    def _token(
        self, algorithm: str, digest: bytes, nonce: int | None, *, certificate: bool
    ) -> bytes:
        now = self._now()
        info = tsp.TSTInfo(
            {
                "version": "v1",
                "policy": POLICY,
                "message_imprint": {
                    "hash_algorithm": {"algorithm": algorithm},
                    "hashed_message": digest,
                },
                "serial_number": secrets.randbits(126) | 1 << 126,
                "gen_time": now,
                "accuracy": {"seconds": 1},
                **({} if nonce is None else {"nonce": nonce}),
            }
        )
        return _signed(info.dump(), now, self._held, certificate=certificate)


def _last(noted: Path | None) -> datetime | None:
    try:
        return datetime.fromisoformat(noted.read_text()) if noted else None
    except (FileNotFoundError, ValueError):
        return None


def _signed(content: bytes, now: datetime, held: Held, *, certificate: bool) -> bytes:
    own = asn1.Certificate.load(certificates.der(held.certificate))
    attributes = cms.CMSAttributes(
        [
            cms.CMSAttribute({"type": "content_type", "values": ["tst_info"]}),
            cms.CMSAttribute({"type": "signing_time", "values": [_utc(now)]}),
            cms.CMSAttribute(
                {"type": "message_digest", "values": [hashlib.sha256(content).digest()]}
            ),
            cms.CMSAttribute(
                {
                    "type": "signing_certificate_v2",
                    "values": [{"certs": [{"cert_hash": hashlib.sha256(own.dump()).digest()}]}],
                }
            ),
        ]
    )
    key = cast("ec.EllipticCurvePrivateKey", held.key)
    signer = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                "issuer_and_serial_number",
                cms.IssuerAndSerialNumber(
                    {"issuer": own.issuer, "serial_number": own.serial_number}
                ),
            ),
            "digest_algorithm": {"algorithm": "sha256"},
            "signed_attrs": attributes,
            "signature_algorithm": {"algorithm": "sha256_ecdsa"},
            "signature": key.sign(attributes.dump(), ec.ECDSA(hashes.SHA256())),
        }
    )
    above = [asn1.Certificate.load(certificates.der(one)) for one in held.above]
    data = cms.SignedData(
        {
            "version": "v3",
            "digest_algorithms": [{"algorithm": "sha256"}],
            "encap_content_info": {"content_type": "tst_info", "content": _octets(content)},
            **({"certificates": [own, *above]} if certificate else {}),
            "signer_infos": [signer],
        }
    )
    return cms.ContentInfo({"content_type": "signed_data", "content": data}).dump()


def _octets(content: bytes) -> core.ParsableOctetString:
    return core.ParsableOctetString(content)


def _utc(now: datetime) -> cms.Time:
    return cms.Time(name="utc_time", value=now.replace(microsecond=0))


def _rejection(why: str) -> bytes:
    status = {"status": "rejection", "fail_info": {why}}
    return _Rejection({"status": status}).dump()


def check(token: bytes, content: bytes) -> Stamped:
    """What a token over the content says; raises `Broken`. Whether to trust it is not asked here.

    Everything that no signature covers is compared with what a signature does cover, so that no
    byte of a token can be changed unnoticed.
    """
    try:
        return _check(token, content)
    except Exception as error:  # whatever three parsers make of foreign bytes
        raise Broken(str(error) or type(error).__name__) from error


def _check(token: bytes, content: bytes) -> Stamped:
    outer = cms.ContentInfo.load(token, strict=True)
    _hold(outer["content_type"].native == "signed_data", "no SignedData")
    data = outer["content"]
    inside = data["encap_content_info"]
    _hold(inside["content_type"].native == "tst_info", "no TSTInfo")
    raw = bytes(inside["content"])
    info = tsp.TSTInfo.load(raw, strict=True)
    signers = data["signer_infos"]
    _hold(len(signers) == 1, "one signer")
    signer = signers[0]
    chain = _chain(data, signer)
    algorithm = signer["digest_algorithm"]["algorithm"].native
    _hold([one["algorithm"].native for one in data["digest_algorithms"]] == [algorithm], "digests")
    _hold(data["version"].native == "v3" and signer["version"].native == "v1", "versions")
    _check_attributes(signer["signed_attrs"], raw, algorithm, chain[0])
    _check_signature(signer, algorithm, chain[0])
    imprint = info["message_imprint"]
    expected = hashlib.new(imprint["hash_algorithm"]["algorithm"].native, content).digest()
    _hold(imprint["hashed_message"].native == expected, "it stamps something else")
    _hold(_again(outer) == token, "not canonical")
    return Stamped(
        info["gen_time"].native, info["serial_number"].native, info["policy"].native, chain
    )


def _again(outer: Any) -> bytes:
    """The token as it must have been written; services list their certificates in any order."""
    given = outer["content"]["certificates"]
    kept = given.contents
    _hold(b"".join(one.dump() for one in given) == kept, "certificates")
    written = outer.dump(force=True)
    return written.replace(outer["content"]["certificates"].contents, kept, 1)


def _hold(truth: bool, what: str) -> None:
    if not truth:
        raise ValueError(what)


def _chain(data: Any, signer: Any) -> tuple[x509.Certificate, ...]:
    """The service's certificate and those above it: all that are there, in order."""
    left = [x509.load_der_x509_certificate(one.chosen.dump()) for one in data["certificates"]]
    sid = signer["sid"].chosen
    issuer = sid["issuer"].dump()
    own = [
        one
        for one in left
        if one.serial_number == sid["serial_number"].native and one.issuer.public_bytes() == issuer
    ]
    _hold(len(own) == 1, "its certificate is not there")
    chain = [own[0]]
    left.remove(own[0])
    while left:
        above = next((one for one in left if certificates.issued_by(chain[-1], one)), None)
        if above is None:
            raise ValueError("a certificate does not belong")
        chain.append(above)
        left.remove(above)
    return tuple(chain)


def _check_attributes(
    attributes: Any, raw: bytes, algorithm: str, certificate: x509.Certificate
) -> None:
    given = {one["type"].native: one["values"] for one in attributes}
    _hold(len(given) == len(attributes), "an attribute twice")
    _hold(given["content_type"][0].native == "tst_info", "content type")
    digest = hashlib.new(algorithm, raw).digest()
    _hold(given["message_digest"][0].native == digest, "content digest")
    own = given["signing_certificate_v2"][0]["certs"][0]
    named = own["hash_algorithm"]["algorithm"].native
    _hold(
        own["cert_hash"].native == hashlib.new(named, certificates.der(certificate)).digest(),
        "signing certificate",
    )
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    stamping = x509.oid.ExtendedKeyUsageOID.TIME_STAMPING
    _hold(usage.critical and list(usage.value) == [stamping], "not a time stamp service")


def _check_signature(signer: Any, algorithm: str, certificate: x509.Certificate) -> None:
    signed = signer["signed_attrs"].untag().dump()
    signature = signer["signature"].native
    said = algos.SignedDigestAlgorithm.load(signer["signature_algorithm"].dump())
    key = certificate.public_key()
    match key:
        case ec.EllipticCurvePublicKey():
            _hold(said.signature_algo == "ecdsa" and said.hash_algo == algorithm, "algorithm")
            key.verify(signature, signed, ec.ECDSA(_HASHES[algorithm]))
        case rsa.RSAPublicKey():
            _hold(said.signature_algo == "rsassa_pkcs1v15", "algorithm")
            key.verify(signature, signed, padding.PKCS1v15(), _HASHES[algorithm])
        case ed25519.Ed25519PublicKey():
            key.verify(signature, signed)
        case _:
            raise ValueError("an algorithm that is not known here")
    _hold(signer["unsigned_attrs"].native is None, "attributes that nobody signed")
