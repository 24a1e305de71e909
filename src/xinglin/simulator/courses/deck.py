"""The deck: how many patients of each block of cards follow which course.

No clause: own design, so that patient n can be made without making the others.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Final

import msgspec

from xinglin.simulator.chance import Chance, fingerprint

if TYPE_CHECKING:
    from xinglin.simulator.chart import Chart

Write = Callable[["Chart"], None]


class Course(msgspec.Struct, frozen=True):
    """One course of illness: who can have it, which beds it needs, how it is written."""

    key: str
    cards: int
    sex: str
    ages: tuple[float, float]
    stream: str
    write: Write


COURSES: Final[dict[str, Course]] = {}


def course(
    key: str, cards: int, *, ages: tuple[float, float], sex: str = "", stream: str = ""
) -> Callable[[Write], Write]:
    """Register a course; ``cards`` is its share of the deck."""

    def register(write: Write) -> Write:
        COURSES[key] = Course(key, cards, sex, ages, stream, write)
        return write

    return register


class Card(msgspec.Struct, frozen=True):
    """A place in the deck: the course, and its rank within the deck's cards of the same stream."""

    course: Course
    rank: int
    of: int


@cache
def deck() -> tuple[Card, ...]:
    """All cards, in a fixed order that mixes the courses."""
    courses = [c for c in sorted(COURSES.values(), key=lambda c: c.key) for _ in range(c.cards)]
    mixed = Chance("deck").shuffled(courses)
    totals: dict[str, int] = {}
    for one in mixed:
        totals[one.stream] = totals.get(one.stream, 0) + 1
    seen: dict[str, int] = {}
    cards: list[Card] = []
    for one in mixed:
        rank = seen.get(one.stream, 0)
        seen[one.stream] = rank + 1
        cards.append(Card(one, rank, totals[one.stream]))
    return tuple(cards)


def draw(seed: int, number: int) -> tuple[Course, int]:
    """The course of patient ``number`` (from 0) and its rank among all patients of its stream."""
    cards = deck()
    block, place = divmod(number, len(cards))
    shift = fingerprint("block", seed, block) % len(cards)
    card = cards[(place + shift) % len(cards)]
    return card.course, block * card.of + card.rank


def stream_patients(stream: str, patients: int) -> int:
    """How many ranks of a stream so many patients can use, at most."""
    of = sum(1 for card in deck() if card.course.stream == stream)
    return -(-patients // len(deck())) * of
