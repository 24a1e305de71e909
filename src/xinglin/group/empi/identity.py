"""The resident identity number: check digit, 15 to 18 digits, birth date and sex inside.

GB 11643-1999; ISO 7064:2003, MOD 11-2.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Final

import msgspec

_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS: Final = "10X98765432"


class Resident(msgspec.Struct, frozen=True):
    """What a valid number says."""

    number: str
    birth: str
    sex: str


def check_digit(seventeen: str) -> str:
    """The eighteenth character."""
    total = sum(int(one) * weight for one, weight in zip(seventeen, _WEIGHTS, strict=True))
    return _CHECKS[total % 11]


@lru_cache(maxsize=1 << 14)
def resident(text: str) -> Resident | None:
    """Read a number of 15 or 18 digits; None where it is none (check digit and date included)."""
    plain = text.strip().upper()
    if len(plain) == 15 and plain.isascii() and plain.isdigit():
        body = f"{plain[:6]}19{plain[6:]}"
        plain = body + check_digit(body)
    elif len(plain) != 18 or not (plain[:17].isascii() and plain[:17].isdigit()):
        return None
    if check_digit(plain[:17]) != plain[17]:
        return None
    try:
        born = date(int(plain[6:10]), int(plain[10:12]), int(plain[12:14]))
    except ValueError:
        return None
    return Resident(plain, born.isoformat(), "m" if int(plain[16]) % 2 else "f")
