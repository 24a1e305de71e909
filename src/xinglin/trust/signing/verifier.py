"""Whether a signature holds: valid, altered, expired, revoked, or by nobody known here.

RFC 7515 section 5.2, RFC 3161 section 2.2, RFC 5280 section 6. It asks neither database nor
network: what it is given decides, so that it says the same in thirty years.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature

from . import certificates, chains, jws, provenance, texts, timestamp
from .model import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from .chains import Trust
    from .jws import Parsed
    from .timestamp import Stamped


class Evidence(msgspec.Struct, frozen=True):
    """What a verdict needs: the exact bytes, the Provenance, and revocation lists (DER)."""

    body: bytes
    provenance: dict[str, Any]
    lists: tuple[bytes, ...] = ()


class _Found(Exception):
    """The verdict is out before the last question."""

    def __init__(self, outcome: str, text: str) -> None:
        super().__init__(text)
        self.outcome = outcome
        self.text = text


class _Told:
    """What has become known on the way."""

    def __init__(self) -> None:
        self.header: dict[str, Any] = {}
        self.leaf: x509.Certificate | None = None
        self.at: datetime | None = None
        self.asof: datetime | None = None

    def verdict(self, outcome: Any, text: str) -> Verdict:
        """With everything that is known."""
        en, zh = texts.of(text, outcome)
        leaf = self.leaf
        return Verdict(
            outcome,
            en,
            zh,
            target=str(self.header.get("target", "")),
            who=str(self.header.get("who", "")),
            name=certificates.common(leaf) if leaf else "",
            purpose=str(self.header.get("purpose", "")),
            claimed=str(self.header.get("sigT", "")),
            at=self.at,
            serial=f"{leaf.serial_number:x}" if leaf else "",
            asof=self.asof,
        )


def verify(evidence: Evidence, roots: Sequence[x509.Certificate], now: datetime) -> list[Verdict]:
    """A verdict for each signature of the Provenance; none there is, is one too."""
    found = [
        _verdict(evidence, one, roots, now) for one in provenance.signatures(evidence.provenance)
    ]
    return found or [_Told().verdict("unknown", "unsigned")]


def _verdict(
    evidence: Evidence,
    signature: dict[str, Any],
    roots: Sequence[x509.Certificate],
    now: datetime,
) -> Verdict:
    told = _Told()
    try:
        text = _judge(told, evidence, signature, roots, now)
    except _Found as found:
        return told.verdict(found.outcome, found.text)
    except Exception:  # noqa: BLE001  whatever a parser makes of foreign bytes
        return told.verdict("altered", "unreadable")
    return told.verdict("valid", text)


def _judge(
    told: _Told,
    evidence: Evidence,
    signature: dict[str, Any],
    roots: Sequence[x509.Certificate],
    now: datetime,
) -> str:
    parsed = _parsed(signature)
    told.header = parsed.header
    told.leaf = parsed.chain[0]
    if not parsed.made_over(evidence.body):
        raise _Found("altered", "content")
    if not provenance.agrees(evidence.provenance, signature, parsed.header):
        raise _Found("altered", "claims")
    if certificates.person(parsed.chain[0]) != parsed.header["who"]:
        raise _Found("altered", "person")
    stamped = _stamped(signature, parsed)
    at = stamped.at if stamped else now
    lists = _lists(evidence.lists, (*parsed.chain, *(stamped.chain if stamped else ()), *roots))
    if stamped:
        _hold(chains.judge(stamped.chain, roots, at), "stamp")
        if _revoked(stamped.chain, lists, at):
            raise _Found("revoked", "stamp")
        told.at = at
    _hold(chains.judge(parsed.chain, roots, at), "signer")
    told.asof = min((one.last_update_utc for one in lists), default=None)
    if _revoked(parsed.chain, lists, at):
        raise _Found("revoked", "signer")
    if stamped is None:
        return "unstamped"
    later = not certificates.covers(parsed.chain[0], now) or _revoked(parsed.chain, lists, now)
    return "later" if later else "sound"


def _parsed(signature: dict[str, Any]) -> Parsed:
    try:
        return jws.parse(provenance.data(signature))
    except (ValueError, jws.Unreadable):
        raise _Found("altered", "unreadable") from None


def _stamped(signature: dict[str, Any], parsed: Parsed) -> Stamped | None:
    try:
        token = provenance.token(signature)
        return timestamp.check(token, parsed.value.encode()) if token is not None else None
    except (ValueError, timestamp.Broken):
        raise _Found("altered", "stamp") from None


def _hold(trust: Trust, whose: str) -> None:
    if trust != "good":
        raise _Found(trust, whose)


def _lists(
    given: Sequence[bytes], known: Sequence[x509.Certificate]
) -> list[x509.CertificateRevocationList]:
    """The revocation lists, each signed by a certificate that is here."""
    found: list[x509.CertificateRevocationList] = []
    for one in given:
        try:
            parsed = x509.load_der_x509_crl(one)
            sound = any(_signed(parsed, issuer) for issuer in known)
        except (ValueError, x509.InvalidVersion):
            raise _Found("altered", "list") from None
        if not sound:
            raise _Found("altered", "list")
        found.append(parsed)
    return found


def _signed(parsed: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    if parsed.issuer != issuer.subject:
        return False
    try:
        return parsed.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
    except (TypeError, InvalidSignature):
        return False


def _revoked(
    chain: Sequence[x509.Certificate],
    lists: Sequence[x509.CertificateRevocationList],
    at: datetime,
) -> bool:
    """Whether one of the chain was revoked at a moment, by a list of its own issuer."""
    for one in chain:
        for revocations in lists:
            entry = revocations.get_revoked_certificate_by_serial_number(one.serial_number)
            mine = revocations.issuer == one.issuer
            if mine and entry is not None and entry.revocation_date_utc <= at:
                return True
    return False
