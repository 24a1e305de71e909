"""The index rows of one resource, and what must change when it changes.

Tables: migrations/0001_core.sql. Searching reads them, `store` writes them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from xinglin.cdr.index.keys import COMPARTMENT_PATIENT, PARAM_SHIFT, RID_MASK

if TYPE_CHECKING:
    from decimal import Decimal

SEVERAL: Final = -1
"""``resource.patient`` of what is in several compartments."""


class Coding(NamedTuple):
    """A dictionary entry: under ``param`` this code of this system ("" if none) has the key ``k``.

    ``text`` holds folded words that go with it, "" if none. Units and uris are entered too.
    """

    param: int
    system: str
    code: str
    k: int
    text: str


@dataclass(slots=True)
class Rows:
    """All index rows of one resource, without its rid.

    ``dat`` is in microseconds since 1970-01-01T00:00:00Z, both ends inclusive; ``str`` has the
    folded value and the hash of the exact one; ``refs`` and ``present`` are columns of the
    resource itself.
    """

    key: set[int] = field(default_factory=set)
    dat: set[tuple[int, int, int]] = field(default_factory=set)
    num: set[tuple[int, Decimal, Decimal]] = field(default_factory=set)
    str: set[tuple[int, str, int]] = field(default_factory=set)
    pdate: set[tuple[int, int]] = field(default_factory=set)
    refs: list[int] = field(default_factory=list)
    coding: set[Coding] = field(default_factory=set)
    present: int = 0

    def patient(self, rid: int) -> tuple[int | None, list[int] | None]:
        """``resource.patient`` and ``resource.patients`` of the resource ``rid``.

        The patient in whose compartment it is, None in no one's; `SEVERAL` and all of them where
        there are more. A Patient belongs to itself, whomever it is linked with.
        """
        found = self.patients()
        if not found or rid in found:
            return (rid if found else None), None
        return (found[0], None) if len(found) == 1 else (SEVERAL, found)

    def patients(self) -> list[int]:
        """The patients in whose compartments it is."""
        return sorted(k & RID_MASK for k in self.key if k >> PARAM_SHIFT == COMPARTMENT_PATIENT)

    def count(self) -> int:
        """Number of rows in the index tables."""
        return len(self.key) + len(self.dat) + len(self.num) + len(self.str) + len(self.pdate)

    def diff(self, old: Rows) -> tuple[Rows, Rows]:
        """(rows to delete, rows to add) to come from ``old`` to these."""
        gone = Rows(
            key=old.key - self.key,
            dat=old.dat - self.dat,
            num=old.num - self.num,
            str=old.str - self.str,
            pdate=old.pdate - self.pdate,
        )
        new = Rows(
            key=self.key - old.key,
            dat=self.dat - old.dat,
            num=self.num - old.num,
            str=self.str - old.str,
            pdate=self.pdate - old.pdate,
            refs=self.refs,
            coding=self.coding,
            present=self.present,
        )
        return gone, new
