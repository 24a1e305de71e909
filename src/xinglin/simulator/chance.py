"""Seeded chance: the only source of randomness of the simulator.

No clause: it promises the same bytes for the same seed, on every machine and Python version.
"""

from __future__ import annotations

import random
from datetime import timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

T = TypeVar("T")
_ROOT_THREE: Final = 1.7320508075688772


def fingerprint(*key: object) -> int:
    """A number that depends on the key only: never on ``hash()``, which changes per process."""
    return int.from_bytes(blake2b(repr(key).encode(), digest_size=8).digest())


class Chance:
    """Draws that use nothing but ``random()``, the one method Python keeps stable."""

    __slots__ = ("unit",)

    def __init__(self, *key: object) -> None:
        self.unit = random.Random(fingerprint(*key)).random  # noqa: S311  invented data
        """A float in [0, 1)."""

    def happens(self, probability: float) -> bool:
        """True with this probability."""
        return self.unit() < probability

    def between(self, low: float, high: float) -> float:
        """Uniform in [low, high)."""
        return low + (high - low) * self.unit()

    def whole(self, low: int, high: int) -> int:
        """Uniform integer, both ends included."""
        return low + int((high - low + 1) * self.unit())

    def normal(self, mean: float = 0.0, sd: float = 1.0) -> float:
        """Nearly normal, never beyond 3.5 sd (sum of four uniforms: no libm, no last-bit luck)."""
        unit = self.unit
        return mean + sd * _ROOT_THREE * (unit() + unit() + unit() + unit() - 2.0)

    def pick(self, options: Sequence[T]) -> T:
        """One of them, all equally likely."""
        return options[int(len(options) * self.unit())]

    def weighed(self, options: Mapping[T, float]) -> T:
        """One key, as likely as its weight says."""
        left = self.unit() * sum(options.values())
        for option, weight in options.items():
            left -= weight
            if left < 0:
                return option
        return next(reversed(list(options)))

    def minutes(self, low: float, high: float) -> timedelta:
        """A span in whole minutes."""
        return timedelta(minutes=int(self.between(low, high)))

    def shuffled(self, options: Sequence[T]) -> list[T]:
        """A permutation (Fisher and Yates)."""
        out = list(options)
        for i in range(len(out) - 1, 0, -1):
            j = int((i + 1) * self.unit())
            out[i], out[j] = out[j], out[i]
        return out
