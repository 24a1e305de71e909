"""Numbered migrations, applied once each, in order, under an advisory lock.

Expand and contract; a file is never edited after it has landed (design, section 2).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import asyncpg

import xinglin
from xinglin.kernel.errors import Conflict, Issue

# One number for every xinglin program that may migrate the same database at the same time.
LOCK = 0x78696E676C696E

_TABLE = """
create table if not exists migration (
  number   integer primary key,
  name     text not null,
  checksum text not null,
  applied  timestamptz not null default now()
)
"""


@dataclass(frozen=True)
class Migration:
    """One numbered file."""

    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the file's text."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def folder() -> Path:
    """Return where the files are: in the installed package, or in the checkout."""
    packaged = Path(xinglin.__file__).parent / "_migrations"
    return packaged if packaged.is_dir() else Path(xinglin.__file__).parents[2] / "migrations"


def migrations(where: Path | None = None) -> list[Migration]:
    """Return the migrations in order; their numbers run from 1 without gap."""
    found = [
        Migration(int(match[1]), match[2], path.read_text(encoding="utf-8"))
        for path in sorted((where or folder()).glob("*.sql"))
        if (match := re.fullmatch(r"(\d{4})_(\w+)\.sql", path.name))
    ]
    if [one.number for one in found] != list(range(1, len(found) + 1)):
        raise Conflict(
            Issue(
                "conflict",
                "The migration files are not numbered 0001, 0002, … without gap. Install this"
                " release again.",
                "迁移文件的编号不是从 0001 起连续的。请重新安装本版本。",
            )
        )
    return found


async def migrate(dsn: str, where: Path | None = None) -> list[int]:
    """Apply what is missing; return the numbers applied. Safe to run from several processes."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("select pg_advisory_lock($1)", LOCK)
        await connection.execute(_TABLE)
        rows = await connection.fetch("select number, checksum from migration")
        applied = {row["number"]: row["checksum"] for row in rows}
        wanted = migrations(where)
        _compare(wanted, applied)
        missing = [one for one in wanted if one.number not in applied]
        for one in missing:
            await _apply(connection, one)
        return [one.number for one in missing]
    finally:
        await connection.close()


async def _apply(connection: asyncpg.Connection, one: Migration) -> None:
    async with connection.transaction():
        await connection.execute(one.sql)
        await connection.execute(
            "insert into migration (number, name, checksum) values ($1, $2, $3)",
            one.number,
            one.name,
            one.checksum,
        )


def _compare(wanted: list[Migration], applied: dict[int, str]) -> None:
    if applied and max(applied) > len(wanted):
        raise Conflict(
            Issue(
                "conflict",
                f"The database is at migration {max(applied)}, this release knows {len(wanted)}."
                " Run the newer release of xinglin that was used last.",
                f"数据库处于第 {max(applied)} 号迁移，而本版本只到第 {len(wanted)} 号。"
                "请使用上次运行的较新版本。",
            )
        )
    for one in wanted:
        if applied.get(one.number, one.checksum) != one.checksum:
            name = f"{one.number:04d}_{one.name}.sql"
            raise Conflict(
                Issue(
                    "conflict",
                    f"{name} differs from what this database was built with. Restore the file of"
                    " the release, and put changes into a new migration.",
                    f"{name} 与建立本数据库时所用的不同。"
                    "请恢复发布版中的文件，并将改动写成新的迁移。",
                )
            )
