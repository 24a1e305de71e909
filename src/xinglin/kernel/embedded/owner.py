"""The user that the server runs as, and paths that this user can reach.

PostgreSQL 18, section 18.1, "The PostgreSQL User Account".
"""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xinglin.kernel.errors import Issue, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Owner:
    """A user and group; ``drop`` is true when the caller is root and must become that user."""

    uid: int
    gid: int
    drop: bool

    def take(self, *paths: Path) -> None:
        """Give the paths to this user, where that changes anything."""
        if self.drop:
            for path in paths:
                os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def popen(self) -> dict[str, Any]:
        """Return the arguments with which subprocess becomes this user."""
        if not self.drop:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def reaches(self, path: Path) -> bool:
        """Tell whether this user may pass through every folder above the path."""
        return not self.drop or all(self._enters(parent) for parent in path.resolve().parents)

    def _enters(self, folder: Path) -> bool:
        status = folder.stat()
        if status.st_uid == self.uid:
            return bool(status.st_mode & 0o100)
        if status.st_gid == self.gid:
            return bool(status.st_mode & 0o010)
        return bool(status.st_mode & 0o001)


def owner_for(cluster: Path) -> Owner:
    """Return who owns the cluster, or who shall: oneself, or as root an existing system user."""
    if os.geteuid() != 0:
        return Owner(os.geteuid(), os.getegid(), drop=False)
    if cluster.exists() and (uid := cluster.stat().st_uid) != 0:
        return Owner(uid, cluster.stat().st_gid, drop=True)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Owner(entry.pw_uid, entry.pw_gid, drop=True)
    raise Unavailable(
        Issue(
            "exception",
            "PostgreSQL does not run as root, and this system has neither a user `postgres` nor"
            " `nobody`. Start xinglin as an ordinary user.",
            "PostgreSQL 不能以 root 身份运行，而本系统既没有 `postgres` 用户也没有 `nobody` 用户。"
            "请以普通用户启动 xinglin。",
        )
    )


def dies_with_parent(parent: int) -> Callable[[], None]:
    """Return what a child does before exec so that it stops when the process ``parent`` ends.

    It must run after the change of user, which clears the setting (prctl(2), PR_SET_PDEATHSIG).
    """
    libc = ctypes.CDLL(None)

    def before_exec() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGINT)
        if os.getppid() != parent:
            os._exit(1)

    return before_exec
