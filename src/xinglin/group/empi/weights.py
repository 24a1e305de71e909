"""Fellegi-Sunter weights: the parameters as data, the score of a comparison vector, its grade.

I. P. Fellegi, A. B. Sunter (1969); frequency of terms: W. E. Winkler (2000), Frequency-based
matching. Parameters are trained by tools/train_matching.py.
"""

from __future__ import annotations

import tomllib
from functools import cache
from math import log2
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from . import dates
from .compare import DIFFERENT, EXACT, FIELDS, LEVELS, PART, SAME_NUMBER, Vector, vector
from .model import Grade

if TYPE_CHECKING:
    from .model import Traits

_HOUSEHOLD: Final = tuple(FIELDS.index(name) for name in ("phone", "line", "place"))
_OTHER_NAME: Final = (DIFFERENT, PART)
_LIKE: Final = 2
_RARE: Final = "*"


class Field(msgspec.Struct, frozen=True):
    """``m``: how often each level is seen with one person; ``u``: with two persons."""

    m: tuple[float, ...]
    u: tuple[float, ...]


class Thresholds(msgspec.Struct, frozen=True):
    """In bits. From ``probable`` on it is taken to be the same person, from ``possible`` asked.

    ``household``: the most that phone, street and place may say together.
    """

    probable: float
    possible: float
    household: float


class Parameters(msgspec.Struct, frozen=True):
    """One file of data/. ``prior``: the chance that two records of a block are one person."""

    version: str
    population: str
    source: str
    trained: str
    prior: float
    thresholds: Thresholds
    fields: dict[str, Field]
    terms: dict[str, dict[str, float]]


class Score(msgspec.Struct, frozen=True):
    """The outcome: bits of evidence, probability, grade, and the vector it came from."""

    bits: float
    probability: float
    grade: Grade
    levels: tuple[int, ...]
    parts: tuple[float, ...]


class Model:
    """Parameters made ready: weights by field and level."""

    def __init__(self, parameters: Parameters) -> None:
        self.parameters = parameters
        self._weights: list[tuple[float, ...]] = []
        self._exact_m: dict[str, float] = {}
        for name in FIELDS:
            field = parameters.fields[name]
            if len(field.m) != LEVELS[name] or len(field.u) != LEVELS[name]:
                raise ValueError(f"{parameters.population}: {name} has {LEVELS[name]} levels")
            weights = tuple(log2(m / u) for m, u in zip(field.m, field.u, strict=True))
            self._weights.append((*weights, 0.0))  # the last is -1: not known
        self._terms = {
            name: {
                term: log2(parameters.fields[name].m[EXACT] / share)
                for term, share in parameters.terms[name].items()
            }
            for name in ("family", "given")
        }
        self._prior = log2(parameters.prior / (1 - parameters.prior))

    def parts(self, found: Vector) -> tuple[float, ...]:
        """The weight of each field, in bits."""
        parts = [weights[level] for weights, level in zip(self._weights, found.levels, strict=True)]
        # A rare name that agrees says more than a common one.
        for at, name, term in ((0, "family", found.family), (1, "given", found.given)):
            if found.levels[at] == EXACT:
                terms = self._terms[name]
                parts[at] = terms.get(term) or terms[_RARE]
        return tuple(parts)

    def score(self, one: Traits, two: Traits, found: Vector) -> Score:
        """Weigh a vector; the traits decide whether a link may be made without asking."""
        parts = self.parts(found)
        limits = self.parameters.thresholds
        home = sum(parts[at] for at in _HOUSEHOLD)
        bits = sum(parts) - max(home - limits.household, 0.0)
        if _may_be_twins(found.levels):
            bits = min(bits, limits.probable - 0.1)
        grade: Grade = "certainly-not"
        if bits >= limits.probable:
            grade = "certain" if certain(one, two, found.levels) else "probable"
        elif bits >= limits.possible:
            grade = "possible"
        odds = min(max(bits + self._prior, -60.0), 60.0)
        return Score(bits, 1 / (1 + 2**-odds), grade, found.levels, parts)


def _may_be_twins(levels: tuple[int, ...]) -> bool:
    """The same day, another given name, and no number that says it is one person after all."""
    _, given, birth, _, identity, card = levels[:6]
    return birth == dates.SAME and given in _OTHER_NAME and identity < _LIKE and card < _LIKE


def certain(one: Traits, two: Traits, levels: tuple[int, ...]) -> bool:
    """Whether it may be linked without asking anybody.

    A verified number that both have, verified on both sides, the same birth date and sex, the same
    name in the same characters (twins are given names that sound alike, and each other's cards), no
    mark of a twin, and no other number that contradicts.
    """
    family, given, birth, sex, number = levels[:5]
    if number != SAME_NUMBER or birth != dates.SAME or sex != 1:
        return False
    if family != EXACT or given != EXACT or one.child_of or two.child_of:
        return False
    if one.order and two.order and one.order != two.order:
        return False
    mine = {(n.kind, n.value) for n in one.numbers if n.verified}
    theirs = {(n.kind, n.value) for n in two.numbers if n.verified}
    return bool(mine & theirs) and not _contradicted(one, two)


def _contradicted(one: Traits, two: Traits) -> bool:
    """Whether a verified number of the one is another than a verified one of the other."""
    theirs = {n.kind: n.value for n in two.numbers if n.verified}
    return any(n.verified and theirs.get(n.kind, n.value) != n.value for n in one.numbers)


@cache
def model(population: str) -> Model:
    """The shipped parameters of a population: ``han`` or ``latin``."""
    path = Path(__file__).parent / "data" / f"model-{population}.toml"
    return Model(msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Parameters))


def compare(one: Traits, two: Traits) -> Score:
    """Compare and weigh two records by the parameters of their population."""
    population = "han" if one.han or two.han else "latin"
    return model(population).score(one, two, vector(one, two))


__all__ = ["Model", "Parameters", "Score", "certain", "compare", "model"]
