"""Jobs as folders: what was asked, how far it is, what came out; any process can look or go on.

https://hl7.org/fhir/uv/bulkdata/STU2/export.html#bulk-data-status-request
"""

from __future__ import annotations

import contextlib
import fcntl
import shutil
import time
import uuid
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from xinglin.kernel.errors import Issue, NotFound

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from xinglin.cdr.access import Access

KEEP = 24 * 3600  # seconds that results can be fetched

State = Literal["waiting", "running", "done", "failed", "cancelled"]


class Status(msgspec.Struct, frozen=True):
    """How far a job is. ``manifest`` is there when it is done, ``issues`` when it failed."""

    state: State
    progress: str = ""
    manifest: dict[str, Any] | None = None
    outcome: dict[str, Any] | None = None


class Job:
    """One folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.id = folder.name

    def request(self) -> bytes:
        """What was asked, as JSON."""
        return (self.folder / "request.json").read_bytes()

    def status(self) -> Status:
        """How far it is."""
        try:
            raw = (self.folder / "status.json").read_bytes()
        except FileNotFoundError:
            return Status("cancelled")
        return msgspec.json.decode(raw, type=Status)

    def set_status(self, status: Status) -> None:
        """Write it down; readers see the old or the new, never a part."""
        part = self.folder / "status.part"
        part.write_bytes(msgspec.json.encode(status))
        part.replace(self.folder / "status.json")

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked for it to end."""
        return (self.folder / "cancelled").exists() or not self.folder.exists()

    @contextlib.contextmanager
    def owned(self) -> Generator[bool]:
        """Whether this process may run it: one at a time, and none once its owner died."""
        with (self.folder / "lock").open("w") as held:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    def cancel(self) -> None:
        """Ask its owner to end, and take its files away."""
        (self.folder / "cancelled").touch()
        self.set_status(Status("cancelled"))
        with self.owned() as idle:
            if idle:
                shutil.rmtree(self.folder, ignore_errors=True)


class Jobs:
    """All jobs of one kind under a data directory."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def create(self, request: bytes, access: Access) -> Job:
        """A new job, waiting to be run; its results are for whoever asked for it."""
        folder = self.root / uuid.uuid4().hex
        folder.mkdir(parents=True)
        (folder / "request.json").write_bytes(request)
        (folder / "owner").write_text(_name(access), encoding="utf-8")
        job = Job(folder)
        job.set_status(Status("waiting"))
        return job

    def find(self, id_: str, access: Access) -> Job:
        """A job by its id; raises NotFound, also for one that was cancelled, or is another's."""
        folder = self.root / id_
        there = (folder / "status.json").exists() and not (folder / "cancelled").exists()
        if not there or not _may(folder, access):
            raise NotFound(
                Issue(
                    "not-found",
                    f"No job {id_}: it was cancelled, or its results have expired",
                    f"没有任务 {id_}：已取消，或结果已过期",
                )
            )
        return Job(folder)

    def unfinished(self) -> list[Job]:
        """Jobs that wait, or whose owner died."""
        found = [Job(path) for path in sorted(self.root.glob("*")) if path.is_dir()]
        return [job for job in found if job.status().state in ("waiting", "running")]

    def sweep(self, now: float | None = None) -> None:
        """Remove what has expired."""
        oldest = (time.time() if now is None else now) - KEEP
        for path in self.root.glob("*"):
            with contextlib.suppress(OSError):
                if path.stat().st_mtime < oldest:
                    shutil.rmtree(path)


def _name(access: Access) -> str:
    """Who it is, in which of their positions."""
    return f"{access.account}/{access.position}/{access.client}/{access.actor}"


def _may(folder: Path, access: Access) -> bool:
    if access.total:
        return True
    try:
        return (folder / "owner").read_text(encoding="utf-8") == _name(access)
    except FileNotFoundError:
        return False
