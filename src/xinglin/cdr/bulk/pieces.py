"""Cutting input files into pieces of whole lines, so that several processes can take their share.

http://ndjson.org
"""

from __future__ import annotations

import bz2
import gzip
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZE = 2 << 20  # bytes, before the end of the line


class Piece(msgspec.Struct, frozen=True):
    """Lines of a file from ``start`` to ``end`` (bytes); a packed file is one piece."""

    path: str
    start: int
    end: int

    def lines(self) -> Iterator[bytes]:
        """Its lines."""
        path = Path(self.path)
        if path.suffix == ".gz":
            with gzip.open(path, "rb") as packed:
                yield from packed
            return
        if path.suffix == ".bz2":
            with bz2.open(path, "rb") as packed:
                yield from packed
            return
        with path.open("rb") as file:
            file.seek(self.start)
            while file.tell() < self.end:
                yield file.readline()


def cut(path: Path, size: int = SIZE) -> list[Piece]:
    """The pieces of a file."""
    whole = path.stat().st_size
    if path.suffix in {".gz", ".bz2"}:
        return [Piece(str(path), 0, whole)]
    found: list[Piece] = []
    start = 0
    with path.open("rb") as file:
        while start < whole:
            file.seek(min(start + size, whole))
            file.readline()
            end = file.tell()
            found.append(Piece(str(path), start, end))
            start = end
    return found
