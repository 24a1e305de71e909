"""The comparison vector of two records: one level of agreement per trait.

I. P. Fellegi, A. B. Sunter (1969), A Theory for Record Linkage, JASA 64. -1 is "not known".
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from . import dates
from .text import bigrams, dice, jaro_winkler, within_one
from .traits import role

if TYPE_CHECKING:
    from .model import Name, Personal, Traits

EXACT: Final = 4
SOUND: Final = 3
NEAR: Final = 2
PART: Final = 1
DIFFERENT: Final = 0
MISSING: Final = -1

FIELDS: Final = (
    "family", "given", "birth", "sex", "identity", "card", "phone", "email", "line", "place",
)  # fmt: skip
"""The comparisons, in the order of a vector and of the parameters in data/."""
LEVELS: Final = {
    "family": 5, "given": 5, "birth": 6, "sex": 2, "identity": 4, "card": 3, "phone": 3,
    "email": 3, "line": 4, "place": 3,
}  # fmt: skip
"""How many levels each has, "not known" apart."""
SAME_NUMBER: Final = 3
BORROWED: Final = 1


class Vector(NamedTuple):
    """Levels by field, and the names that were held against each other."""

    levels: tuple[int, ...]
    family: str
    given: str


def vector(one: Traits, two: Traits) -> Vector:
    """Compare two records."""
    family, given, left = _names(one, two)
    levels = (family, given, *(compare(one, two) for compare in _COMPARE))
    return Vector(levels, left.family if left else "", left.given if left else "")


def level(field: str, one: Traits, two: Traits) -> int:
    """The level of one field alone."""
    at = FIELDS.index(field)
    return _names(one, two)[:2][at] if at < 2 else _COMPARE[at - 2](one, two)


def _names(one: Traits, two: Traits) -> tuple[int, int, Name | None]:
    """The pair of names that agrees best."""
    if one.child_of or two.child_of:
        return _newborn(one, two)
    best: tuple[int, int] = (MISSING, MISSING)
    left: Name | None = None
    for a in one.names:
        for b in two.names:
            found = name(a, b)
            if left is None or sum(found) > sum(best):
                best, left = found, a
    return best[0], best[1], left


def _newborn(one: Traits, two: Traits) -> tuple[int, int, Name | None]:
    """A child called after its mother: her name against her name; a name of its own says little."""
    if one.child_of and two.child_of:
        family, given = name(one.child_of, two.child_of)
        if one.order and two.order and one.order != two.order:
            given = DIFFERENT
        return family, given, one.child_of
    mother, named = (one.child_of, two) if one.child_of else (two.child_of, one)
    for other in named.names:
        if mother is not None and other.family == mother.family:
            return EXACT, MISSING, other
    return MISSING, MISSING, None


@lru_cache(maxsize=1 << 16)
def name(one: Name, two: Name) -> tuple[int, int]:
    """Levels of family and given name; the order of the two may be changed in one of them."""
    if one.whole == two.whole and one.family and two.family:
        return EXACT, EXACT
    straight = (
        _part(one.family, two.family, one.family_sounds, two.family_sounds),
        _part(one.given, two.given, one.given_sounds, two.given_sounds, given=True),
    )
    if not (one.family and one.given and two.family and two.given):
        crossed = _crossed_half(one, two)
    else:
        crossed = (
            _part(one.family, two.given, one.family_sounds, two.given_sounds),
            _part(one.given, two.family, one.given_sounds, two.family_sounds),
        )
    if min(crossed) >= SOUND and sum(crossed) > sum(straight):
        return SOUND, SOUND
    if max(crossed) >= SOUND and min(crossed) == MISSING and max(straight) < NEAR:
        return (SOUND, MISSING) if crossed[0] >= SOUND else (MISSING, SOUND)
    return straight


def _crossed_half(one: Name, two: Name) -> tuple[int, int]:
    """The same where one of the records has half a name, in the wrong place."""
    first = _part(one.family, two.given, one.family_sounds, two.given_sounds)
    second = _part(one.given, two.family, one.given_sounds, two.family_sounds)
    return first, second


def _part(
    one: str,
    two: str,
    sounds: tuple[str, ...],
    others: tuple[str, ...],
    *,
    given: bool = False,
) -> int:
    if not one or not two:
        return MISSING
    if one == two:
        return EXACT
    if sounds or others:
        return _chinese(
            one, two, sounds or (one.replace(" ", ""),), others or (two.replace(" ", ""),)
        )
    alike = jaro_winkler(one, two)
    if alike >= 0.92:
        return SOUND
    if alike >= 0.82:
        return NEAR
    part = one[0] == two[0] and (len(one) == 1 or len(two) == 1)
    if given:
        part = part or bool(set(one.split()) & set(two.split())) or one[:3] == two[:3]
    return PART if part or alike >= 0.72 else DIFFERENT


def _chinese(one: str, two: str, sounds: tuple[str, ...], others: tuple[str, ...]) -> int:
    if not set(sounds).isdisjoint(others):
        return SOUND
    if any(within_one(a, b) for a in sounds for b in others):
        return NEAR
    if one in two or two in one or (len(one) == len(two) > 1 and _shared(one, two)):
        return PART
    return DIFFERENT


def _shared(one: str, two: str) -> bool:
    return any(a == b for a, b in zip(one, two, strict=True)) or sorted(one) == sorted(two)


def _birth(one: Traits, two: Traits) -> int:
    return dates.compare(one.birth, two.birth)


def _sex(one: Traits, two: Traits) -> int:
    return MISSING if not one.sex or not two.sex else int(one.sex == two.sex)


def _identity(one: Traits, two: Traits) -> int:
    best = MISSING
    for a in one.numbers:
        for b in two.numbers:
            if a.kind == b.kind and role(a.kind) == "personal" and _same_system(a, b):
                best = max(best, _number(a, b))
    return best


def _same_system(one: Personal, two: Personal) -> bool:
    return one.system == two.system or not one.system or not two.system


def _number(one: Personal, two: Personal) -> int:
    stranger = one.fits is False or two.fits is False
    if one.value == two.value:
        return BORROWED if stranger else SAME_NUMBER
    if stranger:
        return MISSING
    return 2 if within_one(one.value, two.value) else DIFFERENT


def _card(one: Traits, two: Traits) -> int:
    best = MISSING
    for a in one.numbers:
        for b in two.numbers:
            if a.kind != b.kind or a.system != b.system:
                continue
            kind = role(a.kind)
            if a.value == b.value and kind != "personal":
                return 2
            if kind == "card":
                best = max(best, int(within_one(a.value, b.value)))
    return best


def _phone(one: Traits, two: Traits) -> int:
    if not one.phones or not two.phones:
        return MISSING
    if not set(one.phones).isdisjoint(two.phones):
        return 2
    return int(any(within_one(a, b) for a in one.phones for b in two.phones))


def _email(one: Traits, two: Traits) -> int:
    if not one.emails or not two.emails:
        return MISSING
    if not set(one.emails).isdisjoint(two.emails):
        return 2
    return int(any(_like_email(a, b) for a in one.emails for b in two.emails))


def _like_email(one: str, two: str) -> bool:
    return one.partition("@")[0] == two.partition("@")[0] or jaro_winkler(one, two) >= 0.92


@lru_cache(maxsize=1 << 16)
def _grams(line: str) -> frozenset[str]:
    return bigrams(line)


def _line(one: Traits, two: Traits) -> int:
    if not one.line or not two.line:
        return MISSING
    if one.line == two.line:
        return 3
    share = dice(_grams(one.line), _grams(two.line))
    return 3 if share >= 0.9 else 2 if share >= 0.7 else int(share >= 0.45)


def _place(one: Traits, two: Traits) -> int:
    known = [(a, b) for a, b in zip(one.places, two.places, strict=False) if a and b]
    if not known:
        return MISSING
    same = sum(a == b or (len(a) > 3 and within_one(a, b)) for a, b in known)
    return 2 if same == len(known) else int(same * 2 >= len(known))


_COMPARE: Final = (_birth, _sex, _identity, _card, _phone, _email, _line, _place)
