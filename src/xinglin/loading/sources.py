"""What there is to import: bundles, NDJSON and single resources, plain or packed, in folders.

https://hl7.org/fhir/R4/bundle.html; http://ndjson.org
"""

from __future__ import annotations

import bz2
import gzip
import re
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal, cast

import msgspec

from xinglin.kernel.errors import Issue, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Kind = Literal["json", "ndjson"]

_NAME = re.compile(r"\.(json|ndjson|jsonl)(\.gz|\.bz2)?$", re.IGNORECASE)
_NEEDS = re.compile(rb'"reference"\s*:\s*"([A-Za-z]+)\?')
_HOLDS = re.compile(rb'"resourceType"\s*:\s*"([A-Za-z]+)"')


class Source(msgspec.Struct, frozen=True):
    """One file. ``key`` names this very content in the journal."""

    path: Path
    kind: Kind
    size: int
    key: str

    def open(self) -> BinaryIO:
        """The unpacked bytes."""
        name = self.path.name.lower()
        if name.endswith(".gz"):
            return cast("BinaryIO", gzip.open(self.path, "rb"))
        packed = name.endswith(".bz2")
        return cast("BinaryIO", bz2.open(self.path, "rb")) if packed else self.path.open("rb")

    def read(self) -> bytes:
        """All of it."""
        with self.open() as stream:
            return stream.read()


def find(paths: Iterable[Path]) -> list[Source]:
    """Every importable file under the paths, by name; raises NotFound."""
    found: dict[Path, Source] = {}
    for path in paths:
        if not path.exists():
            raise NotFound(Issue("not-found", f"{path} does not exist", f"{path} 不存在"))
        for file in _files(path):
            source = _source(file)
            if source:
                found[file] = source
    return [found[path] for path in sorted(found)]


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from (file for file in sorted(path.rglob("*")) if file.is_file())
    else:
        yield path


def _source(path: Path) -> Source | None:
    match = _NAME.search(path.name)
    if match is None:
        return None
    status = path.stat()
    key = f"{path.resolve()} {status.st_size} {status.st_mtime_ns}"
    return Source(path, "json" if match[1].lower() == "json" else "ndjson", status.st_size, key)


def in_order(sources: list[Source], seen: Callable[[Source], None]) -> list[list[Source]]:
    """Waves: what others reference by a condition comes in an earlier wave than they do.

    A file waits for those that hold a type it references conditionally, as far as they reference
    fewer types that way themselves (so that nothing ever waits in a circle).
    """
    marks: dict[str, _Mark] = {}
    for source in sources:
        text = source.read()
        marks[source.key] = _Mark(frozenset(_NEEDS.findall(text)), frozenset(_HOLDS.findall(text)))
        seen(source)
    levels: dict[_Mark, int] = {}
    kinds = sorted(set(marks.values()), key=lambda mark: len(mark.needs))
    for mark in kinds:
        before = [
            levels[one] for one in levels if one.needs < mark.needs and one.holds & mark.needs
        ]
        levels[mark] = 1 + max(before, default=-1)
    waves: dict[int, list[Source]] = {}
    for source in sources:
        waves.setdefault(levels[marks[source.key]], []).append(source)
    return [waves[level] for level in sorted(waves)]


class _Mark(msgspec.Struct, frozen=True):
    needs: frozenset[bytes]
    holds: frozenset[bytes]
