"""What can go wrong with backups and upgrades, and what to do about it.

PostgreSQL 18, chapter 25.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xinglin.kernel.errors import Conflict, Invalid, Issue, NotFound, Unavailable

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path


def failed(program: str, said: str) -> Unavailable:
    """One of PostgreSQL's programs failed."""
    last = (said.strip().splitlines() or ["no message"])[-1]
    return Unavailable(
        Issue("exception", f"{program} failed: {last}", f"{program} 执行失败：{last}")
    )


def no_cluster(data_dir: Path) -> NotFound:
    """There is no embedded database here."""
    return NotFound(
        Issue(
            "not-found",
            f"{data_dir} holds no embedded database. Name its directory with --data; a server of"
            " your own is backed up with its own tools.",
            f"{data_dir} 中没有内置数据库。请用 --data 指明数据目录；"
            "自建的服务器请用其自带工具备份。",
        )
    )


def no_backup(folder: Path) -> NotFound:
    """There is no backup here."""
    return NotFound(
        Issue(
            "not-found",
            f"{folder} is no finished backup. Name a folder that `xinglin backup` made.",
            f"{folder} 不是完整的备份。请指明由 `xinglin backup` 生成的目录。",
        )
    )


def not_empty(data_dir: Path) -> Conflict:
    """A restore never overwrites."""
    return Conflict(
        Issue(
            "conflict",
            f"{data_dir} already holds a database. Restore into an empty directory, and start"
            " xinglin there with --data once you are satisfied.",
            f"{data_dir} 中已有数据库。请恢复到空目录，确认无误后用 --data 从该目录启动 xinglin。",
        )
    )


def too_early(until: datetime, finished: datetime) -> Invalid:
    """The moment lies before the end of the backup."""
    return Invalid(
        Issue(
            "value",
            f"{until.isoformat()} lies before the end of this backup"
            f" ({finished.isoformat()}). Take an earlier backup, or a later moment.",
            f"{until.isoformat()} 早于此备份的完成时间（{finished.isoformat()}）。"
            "请选用更早的备份，或更晚的时刻。",
        )
    )


def too_late(said: str) -> Invalid:
    """The log does not reach the moment asked for."""
    last = (said.strip().splitlines() or [""])[-1]
    return Invalid(
        Issue(
            "value",
            "The archived log does not reach that moment. Name an earlier one, or none to restore"
            f" everything that there is. ({last})",
            f"归档日志没有到达该时刻。请给出更早的时刻，或不给出以恢复全部现有数据。（{last}）",
        )
    )


def same_version(data_dir: Path, major: int) -> Conflict:
    """There is nothing to upgrade."""
    return Conflict(
        Issue(
            "conflict",
            f"{data_dir} is of PostgreSQL {major} already: there is nothing to do.",
            f"{data_dir} 已是 PostgreSQL {major}，无需升级。",
        )
    )


def no_programs(major: int) -> NotFound:
    """The old programs are needed to read the old data."""
    return NotFound(
        Issue(
            "not-found",
            f"The programs of PostgreSQL {major} are needed to read the old data. Install them"
            f" (on Debian: postgresql-{major}) and name their folder, for instance"
            f" --old-bin /usr/lib/postgresql/{major}/bin.",
            f"读取旧数据需要 PostgreSQL {major} 的程序。请安装（Debian：postgresql-{major}）"
            f"并指明其目录，例如 --old-bin /usr/lib/postgresql/{major}/bin。",
        )
    )


def in_use(data_dir: Path) -> Conflict:
    """The platform must not run meanwhile."""
    return Conflict(
        Issue(
            "conflict",
            f"The database in {data_dir} is running. Stop xinglin first.",
            f"{data_dir} 中的数据库正在运行。请先停止 xinglin。",
        )
    )


def differs(table: str, before: int, after: int) -> Conflict:
    """The copy does not agree with the original."""
    return Conflict(
        Issue(
            "conflict",
            f"After the copy, table {table} has {after} rows instead of {before}. The old"
            " directory is untouched; nothing was switched over.",
            f"复制后表 {table} 有 {after} 行，而原有 {before} 行。旧目录未受影响，也未切换。",
        )
    )
