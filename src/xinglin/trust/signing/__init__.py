"""Signatures: every signed note, order, report and check carries the key of who signed it.

电子签名法 art. 13; RFC 7515 (JWS), RFC 5280 (X.509), RFC 3161 (time stamps); docs/adr/0014.
"""

from __future__ import annotations

from .algorithms import Algorithm, register
from .authority import Authority, Issuer
from .installing import install
from .keys import Keys
from .model import Opened, Outcome, Signer, Target, Unlocked, Verdict
from .service import Signing
from .timestamp import Service, Stamper
from .verifier import Evidence, verify

__all__ = [
    "Algorithm",
    "Authority",
    "Evidence",
    "Issuer",
    "Keys",
    "Opened",
    "Outcome",
    "Service",
    "Signer",
    "Signing",
    "Stamper",
    "Target",
    "Unlocked",
    "Verdict",
    "install",
    "register",
    "verify",
]
