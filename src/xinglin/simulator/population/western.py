"""A Western population and its records, for places where names are written in Latin letters.

P. Christen (2005), Probabilistic Data Generation for Deduplication and Data Linkage.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from xinglin.simulator.chance import Chance

from . import slips
from .human import Human, Record
from .words import (
    BOYS,
    ENDINGS,
    GIRLS,
    LAST_SYLLABLES,
    STATES,
    STREETS,
    SUBURBS,
    SURNAMES,
    SYLLABLES,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_TODAY: Final = date(2026, 1, 1)
Home = tuple[str, str, str, str, str]


def population(seed: str, count: int, *, copies: float = 0.5) -> Iterator[Record]:
    """Records of ``count`` people; a share ``copies`` of them has two or more, written badly."""
    serial = 0
    for n in range(count):
        chance = Chance(seed, "western", n)
        human = _human(chance, f"w{n}")
        many = 1
        while many < 5 and chance.happens(copies if many == 1 else 0.4):
            many += 1
        for turn in range(many):
            serial += 1
            yield _written(chance, human, serial, 0.3 if turn == 0 else 2.0)


def _human(chance: Chance, key: str) -> Human:
    sex = "male" if chance.happens(0.5) else "female"
    # A third of the names is made up from syllables: real lists are much longer than ours.
    family = _skewed(chance, SURNAMES) if chance.happens(0.6) else _coined(chance)
    given = _skewed(chance, BOYS if sex == "male" else GIRLS)
    born = _TODAY - timedelta(days=chance.whole(1, 36000))
    return Human(
        key,
        family,
        given,
        born,
        sex,
        number=f"{chance.whole(1_000_000, 9_999_999)}",
        phone=f"04{chance.whole(0, 99_999_999):08d}",
        home=_home(chance),
    )


def _skewed(chance: Chance, words: list[str]) -> str:
    """The first are the most frequent."""
    return words[int(len(words) * chance.unit() ** 1.6)]


def _coined(chance: Chance) -> str:
    middle = chance.pick(("", "l", "n", "r", "s", "st", "nd", "ck", "mm", "tt"))
    return chance.pick(SYLLABLES) + middle + chance.pick(LAST_SYLLABLES)


def _home(chance: Chance) -> Home:
    street = f"{chance.whole(1, 240)} {chance.pick(STREETS)} {chance.pick(ENDINGS)}"
    if chance.happens(0.5):
        street += f" {_coined(chance)}"
    city = chance.pick(SUBURBS) if chance.happens(0.6) else f"{_coined(chance)} park"
    return street, "", city, f"{chance.whole(800, 7999):04d}", chance.pick(STATES)


def _written(chance: Chance, human: Human, serial: int, rate: float) -> Record:
    family, given = human.family, human.given
    if chance.happens(0.02 * rate):
        family, given = given, family
    return Record(
        human.key,
        _text(chance, family, rate, 0.04),
        _text(chance, given, rate, 0.08),
        "",
        _birth(chance, human.born, rate),
        human.sex if chance.happens(0.55) else "",
        "" if chance.happens(0.05) else _digits(chance, human.number, 0.03 * rate),
        "",
        human.phone if chance.happens(0.3) else "",
        _address(chance, human.home, rate),
        serial,
        kind="SS",
        email=_email(chance, human, rate),
    )


def _text(chance: Chance, text: str, rate: float, missing: float) -> str:
    if chance.happens(missing * rate):
        return ""
    while chance.happens(0.09 * rate):
        text = slips.typed(chance, text)
    if chance.happens(0.01 * rate):
        text = text[: max(3, len(text) - 3)]
    return text


def _digits(chance: Chance, text: str, rate: float) -> str:
    return slips.digit(chance, text) if chance.happens(rate) else text


def _birth(chance: Chance, born: date, rate: float) -> str:
    return "" if chance.happens(0.04 * rate) else slips.birth(chance, born, rate)


def _email(chance: Chance, human: Human, rate: float) -> str:
    if not chance.happens(0.4):
        return ""
    address = f"{human.given}.{human.family}{human.key[-2:]}@{human.home[3]}.example"
    return slips.typed(chance, address) if chance.happens(0.05 * rate) else address


def _address(chance: Chance, home: Home, rate: float) -> Home:
    if chance.happens(0.05):
        return _home(chance)
    street, _, city, postal, state = home
    if chance.happens(0.06 * rate):
        words = street.split()
        street = " ".join(words[1:] if chance.happens(0.5) else words[:-1])
    return (
        _text(chance, street, rate, 0.02),
        "",
        _text(chance, city, rate, 0.03),
        _digits(chance, postal, 0.04 * rate),
        "" if chance.happens(0.06 * rate) else state,
    )
