"""What goes wrong when people are written down: typing, hearing, guessing, lending, moving.

P. Christen (2012), Data Matching, section 2.4 (sources of errors in personal data).
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Final

from pypinyin import Style, pinyin

from .words import NAME_CHARACTERS, TRADITIONAL

if TYPE_CHECKING:
    from xinglin.simulator.chance import Chance

_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_NEIGHBOURS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890")
_NEAR: Final = (
    ("ing", "in"), ("eng", "en"), ("ang", "an"), ("zh", "z"), ("ch", "c"), ("sh", "s"),
    ("n", "l"), ("h", "f"), ("r", "l"),
)  # fmt: skip


def typed(chance: Chance, text: str) -> str:
    """One slip of the fingers: a letter too many, too few, another, or two in the wrong order."""
    if len(text) < 2:
        return text
    at = chance.whole(0, len(text) - 1)
    match chance.whole(0, 3):
        case 0:
            return text[:at] + text[at + 1 :]
        case 1:
            return text[:at] + _beside(chance, text[at]) + text[at:]
        case 2:
            return text[:at] + _beside(chance, text[at]) + text[at + 1 :]
        case _:
            at = min(at, len(text) - 2)
            return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _beside(chance: Chance, char: str) -> str:
    for row in _NEIGHBOURS:
        if char in row:
            at = row.index(char)
            return chance.pick([one for one in row[max(at - 1, 0) : at + 2] if one != char])
    return chance.pick(_LETTERS)


def digit(chance: Chance, text: str) -> str:
    """One digit wrong, or two neighbours in the wrong order."""
    places = [i for i, char in enumerate(text) if char.isdigit()]
    if len(places) < 2:
        return text
    at = chance.pick(places)
    if chance.happens(0.3) and at + 1 < len(text) and text[at] != text[at + 1] != "-":
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    other = chance.pick([one for one in "0123456789" if one != text[at]])
    return text[:at] + other + text[at + 1 :]


def birth(chance: Chance, born: date, rate: float = 1.0) -> str:
    """A birth date as it was written: mostly right."""
    mark = chance.unit() / rate
    if mark < 0.010 and born.day <= 12:
        return f"{born.year}-{born.day:02d}-{born.month:02d}"
    if mark < 0.025:
        return _valid(digit(chance, born.isoformat()), born)
    if mark < 0.030:
        return str(born.year)
    if mark < 0.035:
        return ""
    if mark < 0.040:  # the date of the moon's calendar, written as the sun's
        return (born - timedelta(days=chance.whole(20, 50))).isoformat()
    if mark < 0.044:
        return f"{born.year}-01-01"
    return born.isoformat()


def _valid(text: str, born: date) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return born.replace(year=born.year - 1, day=min(born.day, 28)).isoformat()


@cache
def _homophones() -> dict[str, str]:
    by_sound: dict[str, list[str]] = {}
    for char in NAME_CHARACTERS:
        by_sound.setdefault(_sound(char), []).append(char)
    return {sound: "".join(chars) for sound, chars in by_sound.items()}


@cache
def _sound(char: str) -> str:
    return pinyin(char, style=Style.NORMAL)[0][0]


def heard(chance: Chance, text: str) -> str:
    """One character replaced by another that sounds the same, if there is one."""
    at = chance.whole(0, len(text) - 1)
    others = [c for c in _homophones().get(_sound(text[at]), "") if c != text[at]]
    return text[:at] + chance.pick(others) + text[at + 1 :] if others else text


def misheard(chance: Chance, text: str) -> str:
    """One character replaced by one that sounds nearly the same (in and ing, z and zh)."""
    at = chance.whole(0, len(text) - 1)
    sound = _sound(text[at])
    for one, two in chance.shuffled(_NEAR):
        for a, b in ((one, two), (two, one)):
            if a in sound and (found := _homophones().get(sound.replace(a, b, 1))):
                return text[:at] + chance.pick(found) + text[at + 1 :]
    return text


def traditional(text: str) -> str:
    """In traditional characters, as far as our own small table knows them."""
    return "".join(TRADITIONAL.get(char, char) for char in text)


def pinyin_of(text: str) -> str:
    """Its pinyin without tones, joined."""
    return "".join(one[0] for one in pinyin(text, style=Style.NORMAL))
