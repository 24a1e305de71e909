"""Birth dates: how two of them may be the same date, written wrongly.

https://hl7.org/fhir/R4/datatypes.html#date: a date may be a year, a month or a day.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from .text import within_one

SAME: Final = 5
SWAPPED: Final = 4
DIGIT: Final = 3
TWO_PARTS: Final = 2
PARTIAL: Final = 1
DIFFERENT: Final = 0
MISSING: Final = -1


@lru_cache(maxsize=1 << 16)
def compare(one: str, two: str) -> int:
    """The level of agreement of two FHIR dates."""
    if not one or not two:
        return MISSING
    if len(one) < 10 or len(two) < 10:
        length = min(len(one), len(two))
        return PARTIAL if one[:length] == two[:length] else DIFFERENT
    if one == two:
        return SAME
    if one[:4] == two[:4] and one[5:7] == two[8:10] and one[8:10] == two[5:7]:
        return SWAPPED
    if _one_slip(one.replace("-", ""), two.replace("-", "")):
        return DIGIT
    parts = (one[:4] == two[:4]) + (one[5:7] == two[5:7]) + (one[8:10] == two[8:10])
    return TWO_PARTS if parts == 2 else DIFFERENT


def _one_slip(one: str, two: str) -> bool:
    return len(one) == len(two) and within_one(one, two)
