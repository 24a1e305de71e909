"""Which patient may have which bed when, so that no two can ever meet in one.

Each course of illness draws on a *stream* of beds. Time is cut into windows and each patient of a
stream owns one (bed, window) cell, found from the patient's number alone: nothing is remembered.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import msgspec

from .chance import fingerprint
from .tables import table
from .times import at

WINDOW: Final = timedelta(days=18, hours=6)
WINDOWS: Final = 60
"""Three years of windows; window 0 is the current one."""


class Stream(msgspec.Struct, frozen=True):
    """Beds that belong together: the same number of beds in each of the wards."""

    wards: tuple[str, ...]
    beds: int
    first: tuple[int, ...]
    span: int = 1
    repeats: int = 1

    @property
    def cells(self) -> int:
        """Cells of one bed."""
        return WINDOWS // (self.span * self.repeats)


class Cell(msgspec.Struct, frozen=True):
    """What one patient owns: a bed in each ward of the stream, for some windows."""

    beds: dict[str, str]
    starts: tuple[datetime, ...]
    length: timedelta
    current: bool


def _streams() -> dict[str, Stream]:
    used: dict[str, int] = {}
    out: dict[str, Stream] = {}
    for key, row in table("streams")["streams"].items():
        wards = tuple(row["wards"])
        first = tuple(used.get(ward, 0) for ward in wards)
        for ward in wards:
            used[ward] = used.get(ward, 0) + row["beds"]
        out[key] = Stream(wards, row["beds"], first, row.get("span", 1), row.get("repeats", 1))
    for ward, count in used.items():
        if count > table("group")["wards"][ward][4]:
            raise ValueError(f"ward {ward} has too few beds for its streams: {count}")
    return out


STREAMS: Final = _streams()


def bed_id(ward: str, bank: int, number: int) -> str:
    """The Location id of a bed; banks above 0 are further units of a ward, opened when needed."""
    unit = f"{ward}{bank + 1}" if bank else ward
    return f"xg-w-{unit}-b{number + 1:02d}".lower()


def bank_of(stream: Stream, rank: int) -> int:
    """The bank that the patient of this rank lies in."""
    return rank // (stream.beds * stream.cells)


def cell(key: str, rank: int, today: datetime) -> Cell:
    """The cell of the rank-th patient of a stream: current ones first, then spread over time."""
    stream = STREAMS[key]
    place = rank % (stream.beds * stream.cells)
    bed, turn = place % stream.beds, place // stream.beds
    bank = bank_of(stream, rank)
    slot = _slot(stream, fingerprint("bed", key, bank, bed), turn)
    step = stream.cells * stream.span
    starts = tuple(
        today - WINDOW * (stream.span * (slot + 1) + repeat * step)
        for repeat in reversed(range(stream.repeats))
    )
    beds = {
        ward: bed_id(ward, bank, first + bed)
        for ward, first in zip(stream.wards, stream.first, strict=True)
    }
    return Cell(beds, starts, WINDOW * stream.span, slot == 0)


def _slot(stream: Stream, salt: int, turn: int) -> int:
    """Turn 0 is now; the others walk through the past in a stride that visits each window once."""
    if turn == 0:
        return 0
    others = stream.cells - 1
    stride = _stride(others)
    return 1 + (salt % others + turn * stride) % others


def _stride(length: int) -> int:
    """About 0.618 of the length, coprime to it: neighbours in turn are far apart in time."""
    stride = max(1, int(length * 0.618))
    while _gcd(stride, length) != 1:
        stride += 1
    return stride


def _gcd(a: int, b: int) -> int:
    while b:
        a, b = b, a % b
    return a


def midnight(anchor: datetime) -> datetime:
    """The start of the anchor's day."""
    return at(anchor.date())
