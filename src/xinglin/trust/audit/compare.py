"""Which rows differ from what the heads told of them, where a chain was hashed anew.

docs/adr/0010-audit.md: each head carries four bytes of each row since the head before.
"""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from .heads import Head

_MOST = 2000  # rows that are compared for one place
Wrong = Literal["edited", "deleted", "reordered", "inserted", "rehashed"]


class Difference(NamedTuple):
    """Rows that are not as told."""

    first: int
    last: int
    wrong: Wrong
    en: str
    zh: str


_TEXTS: dict[Wrong, tuple[str, str]] = {
    "edited": ("was edited, and the chain hashed anew", "被修改，且其后全链被重新计算"),
    "deleted": ("was deleted, and the chain hashed anew", "被删除，且其后全链被重新计算"),
    "inserted": ("was inserted, and the chain hashed anew", "为插入，且其后全链被重新计算"),
    "reordered": ("changed places, and the chain was hashed anew", "被调换，且全链被重新计算"),
    "rehashed": ("hold other hashes than were signed", "的哈希与签名的链头不符"),
}


class Compared:
    """Rows as they are against rows as told, from the first head that does not agree."""

    def __init__(self, told: list[Head]) -> None:
        self._told: dict[int, bytes] = {}
        for head in told:
            for place, digest in enumerate(head.digests(), head.first):
                self._told.setdefault(place, digest)
        self._are: dict[int, bytes] = {}
        self._agreed = 0
        self._differed: int | None = None

    def row(self, seq: int, digest: bytes) -> None:
        """A row as it is."""
        if self._differed is None or seq - self._agreed <= _MOST:
            self._are[seq] = digest

    def untouched(self, seq: int, digest: bytes) -> bool | None:
        """Whether a row is as told; None: no head told of it."""
        told = self._told.get(seq)
        return None if told is None else told == digest

    def knows(self, seq: int) -> bool:
        """Whether a row was seen since the last head that agreed."""
        return seq in self._are

    def gap(self, first: int, last: int) -> None:
        """Rows that are known to be missing."""
        for seq in range(first, min(last, first + _MOST) + 1):
            self._told.pop(seq, None)

    def agreed(self, seq: int) -> None:
        """A head agrees: so do all rows up to it."""
        if self._differed is None:
            self._agreed = seq
            self._are.clear()

    def differed(self, seq: int) -> None:
        """A head does not agree."""
        if self._differed is None:
            self._differed = seq

    def found(self) -> list[Difference]:
        """What was done, as exactly as the heads tell; nothing where only the end is missing."""
        if self._differed is None:
            return []
        first = self._agreed + 1
        places = [n for n in range(first, first + _MOST) if n in self._told]
        told = [self._told[n] for n in places]
        rows = sorted(n for n in self._are if n < first + _MOST)
        are = [self._are[n] for n in rows]
        matcher = SequenceMatcher(None, told, are, autojunk=False)
        changes = [
            (op, places[i1:i2], rows[j1:j2])
            for op, i1, i2, j1, j2 in matcher.get_opcodes()
            # What is over at either end was only not told of yet, or not looked at.
            if not (
                op == "equal"
                or (op == "insert" and i1 == len(told))
                or (op == "delete" and j1 == len(are))
            )
        ]
        if not changes:
            short = self._agreed + len(are) < self._differed
            return [] if short else [_difference("rehashed", [first, self._differed])]
        if self._same_rows(changes):
            return [_difference("reordered", [n for _, a, b in changes for n in (*a, *b)])]
        return [_named(*change) for change in changes]

    def _same_rows(self, changes: list[tuple[str, list[int], list[int]]]) -> bool:
        told = sorted(self._told[n] for _, places, _ in changes for n in places)
        return told == sorted(self._are[n] for _, _, rows in changes for n in rows)


def _named(op: str, places: list[int], rows: list[int]) -> Difference:
    match op:
        case "delete":
            return _difference("deleted", places)
        case "insert":
            return _difference("inserted", rows)
        case _:
            return _difference("edited", rows)


def _difference(wrong: Wrong, rows: list[int]) -> Difference:
    return Difference(min(rows), max(rows), wrong, *_TEXTS[wrong])
