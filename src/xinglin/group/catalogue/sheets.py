"""The packaged data files: comma-separated, with owner, source, version and state on top.

RFC 4180; lines that begin with ``#`` before the header are ``# key: value``.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

FOLDER: Final = Path(__file__).parent / "data"
NEEDED: Final = ("title", "owner", "source", "version", "status")
"""What each file says about itself; ``status`` is ``draft: not clinically approved`` until
the owner has signed."""


class Sheet(msgspec.Struct, frozen=True):
    """One file: what it says about itself, and its rows by column."""

    name: str
    about: dict[str, str]
    rows: tuple[dict[str, str], ...]


def read(path: Path) -> Sheet:
    """Read one file; cells are stripped, and missing ones are ""."""
    about: dict[str, str] = {}
    lines = path.read_text(encoding="utf-8").splitlines()
    while lines and lines[0].startswith("#"):
        key, _, value = lines.pop(0).lstrip("# ").partition(":")
        about[key.strip()] = value.strip()
    reader = csv.DictReader(lines, restval="", strict=True)
    rows = tuple({key: value.strip() for key, value in row.items()} for row in reader)
    return Sheet(path.relative_to(FOLDER).as_posix() if FOLDER in path.parents else path.name,
                 about, rows)  # fmt: skip


@cache
def sheet(name: str) -> Sheet:
    """A packaged file, such as ``routes`` or ``drugs/nervous``."""
    return read(FOLDER / f"{name}.csv")


@cache
def group(name: str) -> tuple[Sheet, ...]:
    """All packaged files of a folder, in order of their names."""
    return tuple(read(path) for path in sorted((FOLDER / name).glob("*.csv")))


@cache
def everything() -> tuple[Sheet, ...]:
    """Every packaged file."""
    return tuple(read(path) for path in sorted(FOLDER.rglob("*.csv")))
