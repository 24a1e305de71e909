"""What can go wrong with the embedded server, and what to do about it.

PostgreSQL 18, section 18.3.1, "Server Start-up Failures".
"""

from __future__ import annotations

from shutil import disk_usage
from typing import TYPE_CHECKING

from xinglin.kernel.errors import Conflict, Issue, Refusal, Unavailable

if TYPE_CHECKING:
    from pathlib import Path


_FULL = ("No space left on device", "Disk quota exceeded")
_LEAST_ROOM = 1 << 20


def foreign_version(data_dir: Path, found: int, wanted: int) -> Refusal:
    """A cluster that another major version of PostgreSQL wrote."""
    return Conflict(
        Issue(
            "conflict",
            f"{data_dir} was written by PostgreSQL {found}; this release runs PostgreSQL {wanted}."
            f" Run `xinglin upgrade-data --data {data_dir}`: it copies the data into a new"
            " directory and keeps the old one.",
            f"{data_dir} 由 PostgreSQL {found} 写成，本版本运行 PostgreSQL {wanted}。"
            f"请运行 `xinglin upgrade-data --data {data_dir}`：数据会被复制到新目录，旧目录保留。",
        )
    )


def initdb_failed(data_dir: Path, said: str) -> Refusal:
    """The cluster could not be created."""
    return _full(data_dir, said) or Unavailable(
        Issue(
            "exception",
            f"The database could not be created in {data_dir}: {_last(said)}",
            f"无法在 {data_dir} 创建数据库：{_last(said)}",
        )
    )


def start_failed(data_dir: Path, log: Path, said: str) -> Refusal:
    """The server ended before it was ready."""
    return _full(data_dir, said) or Unavailable(
        Issue(
            "exception",
            f"The database in {data_dir} did not start: {_last(said)} See {log}.",
            f"{data_dir} 中的数据库未能启动：{_last(said)} 详见 {log}。",
        )
    )


def start_slow(data_dir: Path, log: Path, seconds: float) -> Refusal:
    """The server is running but did not become ready in time."""
    return Unavailable(
        Issue(
            "timeout",
            f"The database in {data_dir} is not ready after {seconds:.0f} s; it may be replaying"
            f" its log after a crash. Wait and start again, or look into {log}.",
            f"{data_dir} 中的数据库在 {seconds:.0f} 秒后仍未就绪，可能正在崩溃后重放日志。"
            f"请稍候再启动，或查看 {log}。",
        )
    )


def unsafe_folder(folder: Path, uid: int) -> Refusal:
    """A folder that somebody else owns where the server's own is expected."""
    return Conflict(
        Issue(
            "conflict",
            f"{folder} does not belong to user {uid}, who runs the database. Remove it, or choose"
            " another data directory with --data.",
            f"{folder} 不属于运行数据库的用户 {uid}。请将其移走，或用 --data 选择其他数据目录。",
        )
    )


def _full(data_dir: Path, said: str) -> Refusal | None:
    # The message itself may not have found room in the log.
    if not any(words in said for words in _FULL) and disk_usage(data_dir).free > _LEAST_ROOM:
        return None
    return Unavailable(
        Issue(
            "no-store",
            f"The disk that holds {data_dir} is full. Free some space and start again; nothing"
            " that was acknowledged is lost.",
            f"{data_dir} 所在磁盘已满。请释放空间后重新启动；已确认的数据不会丢失。",
        )
    )


def _last(said: str) -> str:
    lines = [line for line in said.splitlines() if "FATAL" in line or "error" in line.lower()]
    return (lines or said.splitlines() or ["no message"])[-1].strip()
