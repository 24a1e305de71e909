"""How values leave their usual place in an illness and come back under treatment.

Own model: a linear rise until treatment bites, then an exponential return with a half-life.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

_DAY = timedelta(days=1)


class Effect(msgspec.Struct, frozen=True):
    """Where a value goes (``peak``), how fast it returns, and how long it still rises first.

    ``half`` is in days; 0 means it never returns. ``lag`` is in days after treatment began.
    """

    peak: float
    half: float = 0.0
    lag: float = 0.0


class Illness(msgspec.Struct, frozen=True):
    """One illness: from ``onset``, treated from ``turn``, with its effects by item."""

    onset: datetime
    turn: datetime
    effects: dict[str, Effect]

    def blend(self, key: str, usual: float, when: datetime) -> float:
        """The value of an item that would be ``usual`` without this illness."""
        effect = self.effects.get(key)
        if effect is None or when < self.onset:
            return usual
        return usual + (effect.peak - usual) * self._share(effect, when)

    def _share(self, effect: Effect, when: datetime) -> float:
        top = self.turn + effect.lag * _DAY
        if when < top:
            return 0.4 + 0.6 * ((when - self.onset) / (top - self.onset))
        if effect.half <= 0:
            return 1.0
        days = (when - top) / _DAY
        return 0.5 ** (days / effect.half)


def effects(**peaks: float | tuple[float, ...]) -> dict[str, Effect]:
    """``crp=(120, 2)`` reads: up to 120, halved every two days under treatment."""
    return {
        key: Effect(*peak) if isinstance(peak, tuple) else Effect(peak)
        for key, peak in peaks.items()
    }
