"""What an import has done, so that it can be taken up again where it ended.

One line a chunk; a line counts only once it is on disk, and a torn last line is ignored.
"""

from __future__ import annotations

import os
from typing import IO, TYPE_CHECKING, Self

import msgspec

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType


class Line(msgspec.Struct, frozen=True):
    """``state`` is ``sent`` before a request goes out, ``done`` or ``refused`` after the answer."""

    key: str
    chunk: int
    state: str


class Journal:
    """An append-only file of lines."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._states: dict[tuple[str, int], str] = {}
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        whole = self._read()
        self._file = self._path.open("ab")
        self._file.truncate(whole)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file:
            self._file.close()

    def _read(self) -> int:
        """Take the lines in; return how many bytes are whole lines."""
        whole = 0
        if self._path.exists():
            for raw in self._path.read_bytes().splitlines(keepends=True):
                if not raw.endswith(b"\n"):
                    break
                line = msgspec.json.decode(raw, type=Line)
                self._states[line.key, line.chunk] = line.state
                whole += len(raw)
        return whole

    def state(self, key: str, chunk: int) -> str | None:
        """How far a chunk has come; None: not at all."""
        return self._states.get((key, chunk))

    def note(self, key: str, chunk: int, state: str) -> None:
        """Write a state down, for good."""
        assert self._file  # noqa: S101  used as a context manager
        self._file.write(msgspec.json.encode(Line(key, chunk, state)) + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self._states[key, chunk] = state
