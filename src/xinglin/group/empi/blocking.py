"""Which records are compared at all: those that share one of several keys.

P. Christen (2012), Data Matching, chapter 4. Each pass survives errors that the others do not.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations, islice
from typing import TYPE_CHECKING, Final

from .traits import role

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .model import Name, Sex, Traits

_CODES: Final = {
    **dict.fromkeys("bfpv", "1"), **dict.fromkeys("cgjkqsxz", "2"), **dict.fromkeys("dt", "3"),
    "l": "4", **dict.fromkeys("mn", "5"), "r": "6",
}  # fmt: skip
_FEW: Final = 3
CAP: Final = 100
"""A key that more records share than this is too common to look behind."""


@lru_cache(maxsize=1 << 14)
def soundex(word: str) -> str:
    """The letter and three digits of Russell's Soundex (US patents 1,261,167 and 1,435,663)."""
    letters = [char for char in word if char.isalpha()]
    if not letters:
        return ""
    out = letters[0]
    last = _CODES.get(out, "")
    for char in letters[1:]:
        code = _CODES.get(char, "")
        if code and code != last:
            out += code
        if char not in "hw":
            last = code
    return (out + "000")[:4]


def keys(traits: Traits) -> set[str]:
    """The keys of a record, as texts: the pass, then what must be equal."""
    found: set[str] = set()
    birth = traits.birth if len(traits.birth) == 10 else ""
    found.update(_numbers(traits))
    for name in traits.names:
        found.update(_name(name, birth, traits))
    if traits.child_of is not None:
        mother = traits.child_of
        found.update(f"n|{one}|{birth}" for one in _spelt(mother) if birth)
        found.update(f"fp|{one}|{phone}" for one in _first(mother) for phone in traits.phones)
    if birth:
        if not traits.han:  # Chinese names lose less by their sounds than Western ones by Soundex
            sexes: tuple[Sex, ...] = (traits.sex,) if traits.sex else ("m", "f")
            found.update(f"b|{birth}|{sex}" for sex in sexes)
        found.update(f"p|{phone}|{birth}" for phone in traits.phones)
        found.update(f"p|{phone}|{_swapped(birth)}" for phone in traits.phones)
    for email in traits.emails:
        found.update((f"e|{email}", f"el|{email.partition('@')[0]}"))
    return found


def pairs(records: Sequence[Traits], cap: int = CAP) -> set[tuple[int, int]]:
    """The pairs that share a key, by position; blocks of more than ``cap`` say nothing."""
    blocks: dict[str, list[int]] = {}
    for at, record in enumerate(records):
        for key in keys(record):
            blocks.setdefault(key, []).append(at)
    return {
        pair
        for block in blocks.values()
        if 1 < len(block) <= cap
        for pair in combinations(block, 2)
    }


def _numbers(traits: Traits) -> Iterator[str]:
    for one in traits.numbers:
        system = one.system if role(one.kind) == "record" else ""
        yield f"i|{one.kind}|{system}|{one.value}"


def _swapped(birth: str) -> str:
    """Month and day in the order of their size, so that a swap changes nothing."""
    low, high = sorted((birth[5:7], birth[8:10]))
    return f"{birth[:4]}~{low}{high}"


def _name(name: Name, birth: str, traits: Traits) -> Iterator[str]:
    for spelt in _spelt(name):
        if birth:
            yield f"n|{spelt}|{birth}"
            yield f"ny|{spelt}|{birth[:4]}"
            yield f"nd|{spelt}|{birth[5:]}"
        yield f"nn|{spelt}|{traits.sex}"
    postal = traits.places[0] if traits.places else ""
    for half in (*_first(name), *_second(name)):
        if postal:
            yield f"pc|{half}|{postal}"
    for first in _first(name):
        if birth:
            yield f"fb|{first}|{birth}"
        for phone in traits.phones:
            yield f"fp|{first}|{phone}"
        if traits.line:
            yield f"fl|{first}|{traits.line}"
    for second in _second(name):
        if birth:
            yield f"fb|{second}|{birth}"
        if traits.line:
            yield f"fl|{second}|{traits.line}"


@lru_cache(maxsize=1 << 14)
def _spelt(name: Name) -> tuple[str, ...]:
    """The whole name as it sounds, family and given name in the order of the alphabet."""
    if not name.family or not name.given:
        return ()
    if not name.han:
        found = [_sorted(soundex(name.family), soundex(name.given.split()[0]))]
        # Pinyin in Latin letters meets the readings of characters.
        found.append(_sorted(name.family.replace(" ", ""), name.given.replace(" ", "")))
        return tuple(found)
    pairs = ((a, b) for a in name.family_sounds[:2] for b in name.given_sounds[:_FEW])
    return tuple(islice((_sorted(a, b) for a, b in pairs), _FEW))


def _sorted(one: str, two: str) -> str:
    return "+".join(sorted((one, two)))


def _first(name: Name) -> tuple[str, ...]:
    if not name.family:
        return ()
    return name.family_sounds[:2] if name.han else (soundex(name.family),)


def _second(name: Name) -> tuple[str, ...]:
    if not name.given:
        return ()
    return name.given_sounds[:2] if name.han else (soundex(name.given.split()[0]),)
