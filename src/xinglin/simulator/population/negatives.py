"""Pairs of two people who look like one: what an index must never link by itself.

Issue 3, "Real input": twins, same name with same birth date and sex, a parent's number or phone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from xinglin.simulator import people
from xinglin.simulator.chance import Chance

from .chinese import given, humans, written
from .words import FEMALE, MALE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .human import Human, Record

Pair = tuple["Record", "Record"]


def negatives(seed: str, count: int) -> Iterator[tuple[str, Pair]]:
    """``count`` pairs with their kind; the two of a pair are always different people."""
    for n, human in enumerate(humans(seed, count)):
        chance = Chance(seed, "negative", n)
        kind, make = _KINDS[n % len(_KINDS)]
        other = make(chance, human)
        one, two = written(chance, human, 2 * n), written(chance, other, 2 * n + 1)
        if kind in {"twin with the other's number", "a parent's number"}:
            one.number = two.number = human.number
            # A twin under the other's number *and* name is the other, as far as any record says:
            # here both names are written as they are.
            for record, person in ((one, human), (two, other)):
                record.family, record.given, record.text = person.family, person.given, ""
        yield kind, (one, two)


def _like(human: Human) -> Human:
    return msgspec.structs.replace(human, key=f"{human.key}x")


def _twin(chance: Chance, human: Human) -> Human:
    """Same day, same home, same phone, numbers that differ at the end, names that are alike."""
    other = _like(human)
    other.given = _sibling_name(chance, human)
    body = f"{human.number[:14]}{(int(human.number[14:17]) + 2) % 1000:03d}"
    other.number = body + people.check_digit(body)
    return other


def _sibling_name(chance: Chance, human: Human) -> str:
    pool = MALE if human.sex == "male" else FEMALE
    for _ in range(20):
        found = human.given[0] + chance.pick(pool)
        if found != human.given:
            return found
    return given(chance, human.sex, human.born.year) + chance.pick(pool)


def _unlike_twin(chance: Chance, human: Human) -> Human:
    other = _twin(chance, human)
    other.sex = "female" if human.sex == "male" else "male"
    return other


def _namesake(chance: Chance, human: Human) -> Human:
    """Same name, birth date and sex; everything else is another person's."""
    other = _like(human)
    other.number = human.number
    while other.number == human.number:
        other.number = people.identity_number(chance, human.born, human.sex)
    other.card, other.phone = f"98{chance.whole(0, 9_999_999_999):010d}", people.phone(chance)
    return other


def _near_namesake(chance: Chance, human: Human) -> Human:
    """The same, in the same house (cousins named alike; the phone is the family's)."""
    other = _namesake(chance, human)
    other.phone = human.phone
    return other


def _parent(chance: Chance, human: Human) -> Human:
    """A parent of the same sex and family name whose number or phone the child was given."""
    other = _like(human)
    years = chance.whole(21, 38)
    other.born = human.born.replace(year=human.born.year - years, day=min(human.born.day, 28))
    other.number = people.identity_number(chance, other.born, human.sex)
    other.given = given(chance, human.sex, other.born.year)
    other.card = f"97{chance.whole(0, 9_999_999_999):010d}"
    return other


_KINDS: tuple[tuple[str, Callable[[Chance, Human], Human]], ...] = (
    ("twin", _twin),
    ("twin of the other sex", _unlike_twin),
    ("twin with the other's number", _twin),
    ("namesake", _namesake),
    ("namesake with the same phone", _near_namesake),
    ("a parent's number", _parent),
    ("a parent's phone", _parent),
)
