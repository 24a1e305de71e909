"""A database cluster on disk: its folders, its password, its creation.

PostgreSQL 18, section 18.2 and the reference page of initdb.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from xinglin.kernel.embedded.owner import Owner, owner_for
from xinglin.kernel.embedded.trouble import foreign_version, initdb_failed, unsafe_folder

if TYPE_CHECKING:
    from xinglin.kernel.embedded.runtime import Binaries

USER = "xinglin"
PORT = 5432
# Where `xinglin upgrade-data` builds the next cluster.
UPGRADE = "upgrade.partial"
# sun_path of unix(7) has 108 bytes, one of them for the final NUL.
_SOCKET_LIMIT = 107


@dataclass(frozen=True)
class Cluster:
    """The files of one embedded server below a data directory.

    ``postgres/`` belongs to the user of the server; ``postgres.password`` to who starts it.
    """

    data_dir: Path
    owner: Owner

    @classmethod
    def at(cls, data_dir: Path) -> Cluster:
        """Return the cluster of a data directory, whether it is there yet or not."""
        data_dir = data_dir.absolute()
        return cls(data_dir, owner_for(data_dir / "postgres"))

    @property
    def home(self) -> Path:
        """The folder of everything that the server's user owns."""
        return self.data_dir / "postgres"

    @property
    def pgdata(self) -> Path:
        """PostgreSQL's own data directory."""
        return self.home / "data"

    @property
    def log(self) -> Path:
        """What the server says: no statements, no parameters."""
        return self.home / "server.log"

    @property
    def archive(self) -> Path:
        """Finished write-ahead log, from where backups take it."""
        return self.home / "archive"

    @property
    def password_file(self) -> Path:
        """The superuser's password, readable by who starts the server only."""
        return self.data_dir / "postgres.password"

    @property
    def initialised(self) -> bool:
        """Whether initdb has finished here."""
        return (self.pgdata / "PG_VERSION").exists()

    def major(self) -> int:
        """Return the major version that wrote the cluster."""
        return int((self.pgdata / "PG_VERSION").read_text().strip())

    def password(self) -> str:
        """Return the password, made on first use."""
        if not self.password_file.exists():
            descriptor = os.open(self.password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(24))
        return self.password_file.read_text().strip()

    def where(self) -> str:
        """Return the data directory as the server can name it.

        Below a folder that the server's user may not enter (/root, a private temporary folder)
        it is started inside its directory and names it by /proc, so that no parent is opened.
        """
        return str(self.pgdata) if self.owner.reaches(self.pgdata) else "/proc/self/cwd"

    def socket_dir(self) -> Path:
        """Return the folder of the socket: in the cluster, or a short one when that is no use."""
        near = self.home / "run"
        if (
            self.owner.reaches(near)
            and len(f"{near}/.s.PGSQL.{PORT}.lock".encode()) < _SOCKET_LIMIT
        ):
            return near
        name = hashlib.sha256(str(self.data_dir.resolve()).encode()).hexdigest()[:16]
        base = Path(os.environ.get("XDG_RUNTIME_DIR") or "/nonexistent")
        if os.geteuid() == 0:
            base = Path("/run")
        if not os.access(base, os.W_OK | os.X_OK) or len(str(base)) > 40:
            base = Path("/tmp")  # noqa: S108 - made 0700 and checked for its owner
        return base / f"xinglin-{os.geteuid()}-{name}"

    def forget_socket(self) -> None:
        """Remove the short folder that was made outside of the cluster, once it is empty."""
        if not self.home.exists():
            return
        folder = self.socket_dir()
        if folder.parent != self.home:
            with contextlib.suppress(OSError):
                folder.rmdir()

    def dsn(self, database: str = USER) -> str:
        """Return the address of a database of this cluster, password included."""
        host = quote(str(self.socket_dir()), safe="")
        return f"postgresql://{USER}:{quote(self.password())}@/{database}?host={host}&port={PORT}"

    def prepare(self, programs: Binaries, *, durable: bool = True) -> None:
        """Make the folders and, the first time, the cluster; refuse one of another version."""
        self.finish_upgrade()
        self.make_folders()
        if not self.initialised:
            self._initdb(programs, durable=durable)
        elif self.major() != programs.major:
            raise foreign_version(self.data_dir, self.major(), programs.major)

    def finish_upgrade(self) -> None:
        """Move an upgraded cluster into its place, once the old one has been moved away."""
        upgraded = self.data_dir / UPGRADE / "postgres"
        if upgraded.exists() and not self.home.exists():
            upgraded.rename(self.home)

    def make_folders(self) -> None:
        """Make what is missing of the folders, each for the server's user alone."""
        self.data_dir.mkdir(parents=True, exist_ok=True, mode=0o755)
        self._own(self.home)
        self._own(self.archive)
        self._own(self.socket_dir())

    def _own(self, folder: Path) -> None:
        if not folder.exists():
            folder.mkdir(mode=0o700, exist_ok=True)
            self.owner.take(folder)
        status = folder.lstat()
        if folder.is_symlink() or status.st_uid != self.owner.uid:
            raise unsafe_folder(folder, self.owner.uid)
        folder.chmod(0o700)

    def _initdb(self, programs: Binaries, *, durable: bool) -> None:
        # A start that was killed half way leaves a folder without PG_VERSION's neighbours:
        # initdb runs beside and is renamed, so that pgdata is whole or absent.
        work = Path(tempfile.mkdtemp(prefix="initdb-", dir=self.home))
        secret = self.home / f"{work.name}.pw"
        try:
            secret.touch(mode=0o600)
            secret.write_text(self.password())
            self.owner.take(work, secret)
            self._run_initdb(programs, work, secret, durable=durable)
            self._create_database(programs, work)
            if self.pgdata.exists():
                self.pgdata.rmdir()
            work.rename(self.pgdata)
        finally:
            secret.unlink(missing_ok=True)
            shutil.rmtree(work, ignore_errors=True)

    def _run_initdb(self, programs: Binaries, work: Path, secret: Path, *, durable: bool) -> None:
        here = self.owner.reaches(work)
        provider = ["--locale-provider=builtin"] if programs.major >= 17 else []
        command = [
            programs["initdb"],
            f"--pgdata={work if here else '/proc/self/cwd'}",
            f"--username={USER}",
            "--auth=scram-sha-256",
            f"--pwfile={secret if here else f'../{secret.name}'}",
            "--locale=C.UTF-8",
            "--encoding=UTF8",
            "--no-instructions",
            *provider,
            *([] if durable else ["--no-sync"]),
        ]
        self._run(command, work)

    def _create_database(self, programs: Binaries, work: Path) -> None:
        # In single-user mode: the cluster is renamed into place with its database in it.
        command = [programs["postgres"], "--single", "-D", "/proc/self/cwd", "postgres"]
        self._run(command, work, f"create database {USER}\n")

    def _run(self, command: list[str], work: Path, said: str = "") -> None:
        done = subprocess.run(  # noqa: S603 - our own programs and paths
            command,
            cwd=work,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            input=said,
            capture_output=True,
            text=True,
            check=False,
            **self.owner.popen(),
        )
        if done.returncode or "ERROR" in done.stderr:
            raise initdb_failed(self.data_dir, done.stderr)
