"""Whether a row is what a search asks for, and whether it may be seen; and the keys to find it by.

docs/adr/0010-audit.md. Keys find segments of rows; the rows in them are looked at one by one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xinglin.trust.audit import keys
from xinglin.trust.audit.model import BEGIN

if TYPE_CHECKING:
    from collections.abc import Collection

    from xinglin.trust.audit.model import Event, Row

    from .asking import Wanted
    from .sight import Sight

_REFUSED = (400, 999)


def key_groups(wanted: Wanted, sight: Sight) -> list[list[int]]:
    """Of each group a segment must hold one; where nothing narrows, there is none."""
    groups = [list(about) for about in wanted.about]
    if wanted.accounts is not None:
        groups.append([keys.account(one) if one >= 0 else one for one in wanted.accounts])
    if wanted.kinds is not None and not keys.COMMON & set(wanted.kinds):
        groups.append([keys.kind(one) for one in wanted.kinds])
    if wanted.statuses and all(low >= 400 or not high for low, high in wanted.statuses):
        statuses = (s for low, high in wanted.statuses for s in range(low, min(high, 999) + 1, 100))
        groups.append([keys.ended(one) for one in statuses])
    if not sight.everything:
        groups.append([*sight.patients, *map(keys.home, sight.homes)])
    return groups


class Matcher:
    """Looks at rows. ``sealed``: the confidential patients, where they must not be seen."""

    def __init__(self, wanted: Wanted, sight: Sight, sealed: Collection[int]) -> None:
        self._wanted = wanted
        self._about = [frozenset(about) for about in wanted.about]
        self._accounts = None if wanted.accounts is None else frozenset(wanted.accounts)
        self._kinds = None if wanted.kinds is None else frozenset(wanted.kinds)
        self._places = None if wanted.places is None else frozenset(wanted.places)
        self._everything = sight.everything
        self._patients, self._homes = frozenset(sight.patients), frozenset(sight.homes)
        self._sealed = frozenset(sealed) - frozenset(sight.opened)

    def __call__(self, row: Row) -> bool:
        """Whether a row is wanted and may be seen."""
        return self._visible(row.event) and self._asked_for(row)

    def _visible(self, event: Event) -> bool:
        if self._sealed and not self._sealed.isdisjoint(event.patients):
            return False
        if self._everything or event.home in self._homes:
            return True
        return not self._patients.isdisjoint(event.patients)

    def _asked_for(self, row: Row) -> bool:
        event, wanted = row.event, self._wanted
        if self._places is not None:
            return (row.writer, row.seq) in self._places
        if event.phase == BEGIN and not _streamed(event):
            return False
        if self._accounts is not None and event.account not in self._accounts:
            return False
        if self._kinds is not None and event.kind not in self._kinds:
            return False
        if wanted.statuses and not any(a <= event.status <= b for a, b in wanted.statuses):
            return False
        return all(self._meets(about, event) for about in self._about)

    @staticmethod
    def _meets(about: frozenset[int], event: Event) -> bool:
        if not about.isdisjoint(event.patients):
            return True
        return bool(event.id) and keys.entity(event.type, event.id) in about


def _streamed(event: Event) -> bool:
    """A stream's beginning is the access; its end only tells how much went out."""
    return event.phase == BEGIN and event.status > 0
