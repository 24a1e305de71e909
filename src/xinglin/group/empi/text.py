"""How alike two strings are: Jaro-Winkler, edit distance with transpositions, shared bigrams.

W. E. Winkler (1990), String Comparator Metrics and Enhanced Decision Rules in the Fellegi-Sunter
Model; F. J. Damerau (1964), CACM 7(3); L. R. Dice (1945), Ecology 26(3).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

_PREFIX: Final = 4
_SCALE: Final = 0.1
_BOOST: Final = 0.7


def jaro(one: str, two: str) -> float:
    """Jaro's similarity, 0 to 1."""
    if one == two:
        return 1.0
    if not one or not two:
        return 0.0
    reach = max(max(len(one), len(two)) // 2 - 1, 0)
    taken = [False] * len(two)
    matched: list[str] = []
    for i, char in enumerate(one):
        for j in range(max(0, i - reach), min(len(two), i + reach + 1)):
            if not taken[j] and two[j] == char:
                taken[j] = True
                matched.append(char)
                break
    if not matched:
        return 0.0
    other = [char for char, hit in zip(two, taken, strict=True) if hit]
    swaps = sum(a != b for a, b in zip(matched, other, strict=True)) / 2
    count = len(matched)
    return (count / len(one) + count / len(two) + (count - swaps) / count) / 3


@lru_cache(maxsize=1 << 16)
def jaro_winkler(one: str, two: str) -> float:
    """Jaro's similarity, raised where the beginnings agree."""
    plain = jaro(one, two)
    if plain <= _BOOST:
        return plain
    same = 0
    for a, b in zip(one[:_PREFIX], two[:_PREFIX], strict=False):
        if a != b:
            break
        same += 1
    return plain + same * _SCALE * (1 - plain)


@lru_cache(maxsize=1 << 16)
def within_one(one: str, two: str) -> bool:
    """Whether one insertion, deletion, substitution or swap of neighbours makes them equal."""
    if one == two:
        return True
    long, short = (one, two) if len(one) >= len(two) else (two, one)
    gap = len(long) - len(short)
    if gap > 1:
        return False
    start = 0
    while start < len(short) and long[start] == short[start]:
        start += 1
    if gap:
        return long[start + 1 :] == short[start:]
    if long[start + 1 :] == short[start + 1 :]:
        return True
    swapped = long[start : start + 2] == short[start : start + 2][::-1]
    return swapped and long[start + 2 :] == short[start + 2 :]


def bigrams(text: str) -> frozenset[str]:
    """Its pairs of neighbouring characters, without spaces; a single character is itself."""
    plain = text.replace(" ", "")
    if len(plain) < 2:
        return frozenset((plain,)) if plain else frozenset()
    return frozenset(plain[i : i + 2] for i in range(len(plain) - 1))


def dice(one: frozenset[str], two: frozenset[str]) -> float:
    """The share of what they have in common, 0 to 1."""
    total = len(one) + len(two)
    return 2 * len(one & two) / total if total else 0.0
