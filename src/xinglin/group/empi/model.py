"""What the patient index knows of a person, ready to be compared.

https://hl7.org/fhir/R4/patient.html; everything here is normalised: folded, simplified, digits.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Sex = Literal["m", "f", ""]
Grade = Literal["certain", "probable", "possible", "certainly-not"]
"""http://terminology.hl7.org/CodeSystem/match-grade"""


class Name(msgspec.Struct, frozen=True, array_like=True):
    """One name. ``*_sounds``: its readings in toneless pinyin (Chinese names only)."""

    family: str
    given: str
    han: bool = False
    family_sounds: tuple[str, ...] = ()
    given_sounds: tuple[str, ...] = ()

    @property
    def whole(self) -> str:
        """Family and given name without a space."""
        return self.family + self.given.replace(" ", "")


class Personal(msgspec.Struct, frozen=True, array_like=True):
    """A number that belongs to one person. ``kind``: the code of HL7 table 0203.

    ``fits``: whether the birth date inside the number is that of the record, a slip of the pen
    allowed (None: the number or the record says nothing of it); False: somebody else's number.
    ``verified``: the check digit is right, and birth date and sex inside are those of the record.
    """

    kind: str
    system: str
    value: str
    fits: bool | None = None
    verified: bool = False


class Traits(msgspec.Struct, frozen=True, array_like=True):
    """One record. ``child_of``: the mother's name of a newborn that has none of its own yet."""

    names: tuple[Name, ...] = ()
    birth: str = ""
    sex: Sex = ""
    numbers: tuple[Personal, ...] = ()
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    line: str = ""
    places: tuple[str, ...] = ()
    child_of: Name | None = None
    order: int = 0
    unknown: bool = False

    @property
    def han(self) -> bool:
        """Whether any name is written in Chinese characters."""
        return any(name.han for name in self.names) or bool(self.child_of and self.child_of.han)
