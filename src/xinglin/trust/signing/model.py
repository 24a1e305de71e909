"""What the parts of signing tell each other, and what they tell other rooms.

https://hl7.org/fhir/R4/datatypes.html#Signature; https://hl7.org/fhir/R4/provenance.html
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

Outcome = Literal["valid", "altered", "expired", "revoked", "unknown"]


class Signer(msgspec.Struct, frozen=True):
    """Who signs: the account, and the person it belongs to.

    ``who`` is the reference of the person (``Practitioner/x``), ``on_behalf`` that of the
    institution, where one answers.
    """

    account: int
    who: str
    name: str
    on_behalf: str = ""


class Target(msgspec.Struct, frozen=True):
    """One version of a resource."""

    type: str
    id: str
    version: int

    @property
    def reference(self) -> str:
        """As Provenance.target has it."""
        return f"{self.type}/{self.id}/_history/{self.version}"


class Opened(msgspec.Struct, frozen=True):
    """A key that its holder has unlocked. It lives for one request and is never written down."""

    key: int
    account: int
    who: str
    algorithm: str
    private: bytes
    chain: tuple[bytes, ...]

    def __repr__(self) -> str:
        """Without the key, should it ever come into a log."""
        return f"Opened(key={self.key}, account={self.account})"


class Unlocked(msgspec.Struct, frozen=True):
    """The outcome of unlocking: ``token`` goes to the holder's client and is kept nowhere else."""

    token: str
    expires: datetime
    certificate_expires: datetime

    def __repr__(self) -> str:
        """Without the token."""
        return f"Unlocked(expires={self.expires})"


class Verdict(msgspec.Struct, frozen=True):
    """What a signature is worth, said in both languages.

    ``at`` is the moment that the time stamp vouches for, None where there is no sound one;
    ``claimed`` the moment that the signer's own computer named. ``asof`` is the date of the
    revocation list that was asked, None where there was none.
    """

    outcome: Outcome
    en: str
    zh: str
    target: str = ""
    who: str = ""
    name: str = ""
    purpose: str = ""
    claimed: str = ""
    at: datetime | None = None
    serial: str = ""
    asof: datetime | None = None
