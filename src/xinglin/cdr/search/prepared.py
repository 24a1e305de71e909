"""Searches that were asked before: parsed and built once, whatever page of them is wanted.

Nothing of the answer is kept, and nothing that the database, the clock or terminology said.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from .ir import Key, Node
    from .order import Term
    from .query import Query

KEPT: Final = 2000
T = TypeVar("T")


@dataclass(slots=True)
class Prepared:
    """A parsed search. ``node`` is None until it is built, and where it cannot be kept."""

    query: Query
    bound: str
    address: str
    terms: tuple[Term, ...]
    node: Node | None = None
    listing: Key | None = None


class Recent(Generic[T]):
    """The most recent values by key."""

    def __init__(self, most: int = KEPT) -> None:
        self._most = most
        self._known: OrderedDict[Hashable, T] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of the key, made where it is not there."""
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = make()
            if len(self._known) > self._most:
                self._known.popitem(last=False)
        else:
            self._known.move_to_end(key)
        return found
