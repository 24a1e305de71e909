"""Loads a code file of an operator into a code system, with version and source, or not at all.

https://hl7.org/fhir/R4/codesystem.html; the sorts of files are in kinds.py.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import msgspec

from xinglin.kernel.errors import Issue, Malformed

from . import queries
from .kinds import KINDS, Kind
from .model import CodeSystem, Concept

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from xinglin.kernel.database import Database

__all__ = ["KINDS", "Kind", "LoadReport", "Refused", "load", "loaded", "read"]

LONGEST = 255


class Refused(msgspec.Struct, frozen=True):
    """A row that was not taken, and why."""

    row: int
    code: str
    en: str
    zh: str


class LoadReport(msgspec.Struct, frozen=True):
    """What a load did."""

    system: str
    version: str
    concepts: int
    refused: tuple[Refused, ...]


def read(path: Path, kind: Kind) -> tuple[list[Concept], list[Refused]]:
    """The concepts of a file and the rows not taken; raises Malformed for the file."""
    rows = list(_table(path))
    if not rows:
        raise _bad(path, "is empty", "是空文件")
    head = [str(cell or "").strip().lstrip("\ufeff") for cell in rows[0]]
    code_at = _column(path, head, kind.code)
    name_at = _column(path, head, kind.display)
    columns = _Columns(
        code_at,
        name_at,
        _maybe(head, kind.parent),
        _maybe(head, kind.english),
        _maybe(head, kind.status),
        [(name, head.index(name)) for name in kind.keep if name in head],
    )
    found: dict[str, Concept] = {}
    refused: list[Refused] = []
    for number, row in enumerate(rows[1:], 2):
        cells = [str(cell).strip() if cell is not None else "" for cell in row]
        if not any(cells):
            continue
        concept = _concept(cells, columns, kind)
        problem = _problem(concept, found)
        if problem:
            refused.append(Refused(number, concept.code, *problem))
        else:
            found[concept.code] = concept
    concepts = list(found.values())
    return (_by_prefix(concepts) if kind.hierarchy == "prefix" else concepts), refused


class _Columns(msgspec.Struct):
    code: int
    name: int
    parent: int | None
    english: int | None
    status: int | None
    kept: list[tuple[str, int]]


def _concept(cells: Sequence[str], at: _Columns, kind: Kind) -> Concept:
    def cell(index: int | None) -> str:
        return cells[index] if index is not None and index < len(cells) else ""

    english, parent = cell(at.english), cell(at.parent)
    return Concept(
        code=cell(at.code),
        display=cell(at.name),
        parents=(parent,) if parent else (),
        inactive=cell(at.status) in kind.retired,
        designations=(("en", "", english),) if english else (),
        properties=tuple(
            (name, "valueString", cell(index))
            for name, index in at.kept
            if cell(index) not in ("", "NA")
        ),
    )


def _problem(concept: Concept, known: dict[str, Concept]) -> tuple[str, str] | None:
    code = concept.code
    if not code:
        return "the row has no code", "该行没有代码"
    if len(code) > LONGEST or any(ord(sign) < 32 for sign in code):
        return "the code is too long or has a control character", "代码过长或含有控制字符"
    if not concept.display:
        return "the code has no name", "该代码没有名称"
    if code in known and known[code].display != concept.display:
        return (
            f"the code was already given as '{known[code].display}'; the first one is kept",
            f"该代码此前已有名称“{known[code].display}”，保留第一个",
        )
    return None


def _by_prefix(concepts: list[Concept]) -> list[Concept]:
    """ICD and ATC codes carry their hierarchy: the parent is the longest shorter code there is."""
    codes = {concept.code for concept in concepts}
    placed = []
    for concept in concepts:
        parent = next(
            (
                short
                for length in range(len(concept.code) - 1, 0, -1)
                if (short := concept.code[:length].rstrip(".")) in codes and short != concept.code
            ),
            None,
        )
        placed.append(msgspec.structs.replace(concept, parents=(parent,) if parent else ()))
    return placed


def _table(path: Path) -> Iterable[Sequence[object]]:
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        # A quarter of the start of every program, for files that come once a year.
        import openpyxl  # noqa: PLC0415

        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        try:
            return list(book.worksheets[0].iter_rows(values_only=True))
        finally:
            book.close()
    raw = path.read_bytes()
    text = _decoded(path, raw)
    first = text.partition("\n")[0]
    delimiter = max("\t,;|", key=first.count)
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def _decoded(path: Path, raw: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _bad(
        path,
        "is neither UTF-8 nor GB18030 text; export it again",
        "既非 UTF-8 也非 GB18030 编码，请重新导出",
    )


def _maybe(head: list[str], names: tuple[str, ...]) -> int | None:
    return next((head.index(name) for name in names if name in head), None)


def _column(path: Path, head: list[str], names: tuple[str, ...]) -> int:
    at = _maybe(head, names)
    if at is None:
        wanted = ", ".join(names)
        shown = ", ".join(head[:12])
        raise _bad(
            path,
            f"has none of the columns {wanted}; its first row is: {shown}",
            f"缺少列（应有其一）：{wanted}；首行为：{shown}",
        )
    return at


def _bad(path: Path, en: str, zh: str) -> Malformed:
    return Malformed(Issue("structure", f"{path.name} {en}", f"{path.name} {zh}"))


async def load(
    database: Database, path: Path, kind_name: str, *, version: str, source: str, system: str = ""
) -> LoadReport:
    """Load a file as one version of a system, replacing the same version loaded before."""
    kind = KINDS[kind_name]
    url = system or kind.system
    if not url or not version or not source:
        raise _bad(path, "needs a system, a version and a source", "需要给出系统、版本和来源")
    concepts, refused = read(path, kind)
    header = {
        "url": url,
        "version": version,
        "name": kind_name,
        "title": kind.title or path.stem,
        "content": "complete",
    }
    async with database.transaction() as connection:
        await connection.execute(
            "delete from code_system where url = $1 and version = $2 and origin = 'loaded'",
            url,
            version,
        )
        await queries.add_system(connection, header, concepts, origin="loaded", source=source)
        await connection.execute("analyze concept, concept_closure")
    return LoadReport(url, version, len(concepts), tuple(refused))


async def loaded(database: Database) -> list[tuple[CodeSystem, int]]:
    """The systems loaded from files, with how many codes each has."""
    async with database.acquire() as connection:
        return await queries.loaded(connection)
