"""``$import``: NDJSON files by a manifest, taken in pieces by every process there is.

https://github.com/smart-on-fhir/bulk-import (kick-off, status and result as in bulk export)
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import asyncpg
import msgspec
import structlog

from xinglin.cdr.access import Access
from xinglin.cdr.operations import OWN_DEFINITION, Call, Reply
from xinglin.fhir.outcome import operation_outcome
from xinglin.kernel.errors import Forbidden, Issue, Malformed, Refusal

from .intake import Intake, Taken
from .jobs import Job, Jobs, Status
from .pieces import Piece, cut

if TYPE_CHECKING:
    from collections.abc import Generator

    from xinglin.cdr.operations import Parameter, Registry
    from xinglin.cdr.repository import Repository

_log = structlog.get_logger()
_FORMATS = ("application/fhir+ndjson", "application/ndjson", "ndjson")
_LOOK_EVERY = 0.5  # seconds between looks for work


_LATER = (
    OSError,
    Refusal,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)


class ImportRequest(msgspec.Struct, frozen=True):
    """One import; ``home`` is the institution that what comes in belongs to."""

    url: str
    base: str
    inputs: list[tuple[str, str]]
    pieces: list[Piece]
    home: int | None = None


class Imports:
    """All imports of a data directory."""

    def __init__(self, jobs: Jobs, repository: Repository) -> None:
        self.jobs = jobs
        self._repository = repository
        self._wake = asyncio.Event()

    def register(self, registry: Registry) -> None:
        """Make it callable."""
        registry.register(
            "import",
            ("system",),
            (),
            self.kick_off,
            changes=True,
            definition=f"{OWN_DEFINITION}import",
        )

    async def kick_off(self, call: Call) -> Reply:
        """Answer 202 with the address of the status."""
        if not call.asynchronous:
            raise _bad(
                "Send Prefer: respond-async; imports are only made in the background",
                "请发送 Prefer: respond-async；导入只在后台进行",
                "http.Prefer",
            )
        if not _may_write_everything(call.access):
            raise Forbidden(
                Issue(
                    "forbidden",
                    "An import takes the right to create and update everything; ask whoever"
                    " grants it",
                    "导入需要创建和更新全部数据的权限；请联系授权人员",
                )
            )
        wanted = await asyncio.to_thread(_read, call)
        job = await asyncio.to_thread(self.jobs.create, msgspec.json.encode(wanted), call.access)
        self._wake.set()
        return Reply(status=202, headers=(("Content-Location", f"{call.base}/_async/{job.id}"),))

    async def serve(self, stop: asyncio.Event) -> None:
        """Take pieces of whatever import there is, until told to stop; a task of every process."""
        ending = asyncio.create_task(stop.wait())
        while not stop.is_set():
            self._wake.clear()
            for job in await asyncio.to_thread(self.jobs.unfinished):
                await self._attempt(job, stop)
            waking = asyncio.create_task(self._wake.wait())
            await asyncio.wait(
                {ending, waking}, timeout=_LOOK_EVERY, return_when=asyncio.FIRST_COMPLETED
            )
            waking.cancel()
        await ending

    async def _attempt(self, job: Job, stop: asyncio.Event) -> None:
        try:
            await self._work(job, stop)
        except _LATER as error:  # the pieces that are not done are tried again
            _log.warning("import interrupted", job=job.id, error=type(error).__name__)
        except Exception as error:  # noqa: BLE001  the client must learn of any failure
            _log.error("import failed", job=job.id, exc_info=error)
            issue = Issue(
                "exception",
                f"The import failed; the log knows it as job {job.id}",
                f"导入失败；日志中的任务编号为 {job.id}",
            )
            job.set_status(Status("failed", outcome=operation_outcome((issue,))))

    async def _work(self, job: Job, stop: asyncio.Event) -> None:
        wanted = msgspec.json.decode(job.request(), type=ImportRequest)
        access = msgspec.structs.replace(Access.local(), home=wanted.home)
        intake = Intake(self._repository.context, access)
        for number, piece in enumerate(wanted.pieces):
            if stop.is_set() or job.cancelled:
                return
            with _claimed(job, number) as mine:
                if mine:
                    await self._piece(job, number, piece, intake)
        _finish(job, wanted)

    async def _piece(self, job: Job, number: int, piece: Piece, intake: Intake) -> None:
        taken = await intake.take(piece, job.folder / f"refused-{number:05}.ndjson")
        _write(job.folder / f"piece-{number:05}.json", msgspec.json.encode(taken))
        done = sum(1 for _ in job.folder.glob("piece-*.json"))
        if not job.cancelled and job.status().state in {"waiting", "running"}:
            job.set_status(Status("running", f"{done} pieces"))


@contextlib.contextmanager
def _claimed(job: Job, number: int) -> Generator[bool]:
    """Whether a piece is still to be done, and this process is the one to do it."""
    done = job.folder / f"piece-{number:05}.json"
    if done.exists() or not job.folder.exists():
        yield False
        return
    with (job.folder / f"claim-{number:05}").open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield not done.exists()


def _may_write_everything(access: Access) -> bool:
    """Whether its letters cover whatever the files hold, confidential patients included."""
    return not access.hidden and access.over("c") is None and access.over("u") is None


def _finish(job: Job, wanted: ImportRequest) -> None:
    """Write the manifest once every piece is done, whoever did the last."""
    parts = sorted(job.folder.glob("piece-*.json"))
    if len(parts) < len(wanted.pieces) or job.cancelled:
        return
    taken = [msgspec.json.decode(part.read_bytes(), type=Taken) for part in parts]
    by_file: dict[str, int] = {}
    for piece, one in zip(wanted.pieces, taken, strict=True):
        by_file[piece.path] = by_file.get(piece.path, 0) + one.done
    base = f"{wanted.base}/_async/{job.id}"
    refused = [path for path in sorted(job.folder.glob("refused-*.ndjson")) if path.stat().st_size]
    counts = {path.name: _lines(path) for path in refused}
    manifest: dict[str, Any] = {
        "request": wanted.url,
        "requiresAccessToken": False,
        "output": [
            {"type": type_, "count": by_file.get(path, 0), "inputUrl": Path(path).as_uri()}
            for type_, path in wanted.inputs
        ],
        "error": [
            {"type": "OperationOutcome", "url": f"{base}/{name}", "count": count}
            for name, count in counts.items()
        ],
    }
    if job.status().state in {"waiting", "running"}:
        job.set_status(Status("done", manifest=manifest))


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n")


def _write(path: Path, content: bytes) -> None:
    part = path.with_suffix(".part")
    part.write_bytes(content)
    part.replace(path)


def _read(call: Call) -> ImportRequest:
    format_ = call.parameters.text("inputFormat")
    if format_ is not None and format_ not in _FORMATS:
        raise _bad(f"inputFormat takes {_FORMATS[0]}", f"inputFormat 只能是 {_FORMATS[0]}")
    inputs = [_input(item.parts) for item in call.parameters.items if item.name == "input"]
    if not inputs:
        raise _bad(
            "Name the files: parameter input with the parts type and url (file:///…)",
            "请给出文件：参数 input，含 type 与 url（file:///…）",
        )
    pieces = [piece for _, path in inputs for piece in cut(Path(path))]
    return ImportRequest(call.url, call.base, inputs, pieces, call.access.home)


def _input(parts: tuple[Parameter, ...]) -> tuple[str, str]:
    given = {part.name: part.value for part in parts}
    address = urlsplit(str(given.get("url", "")))
    path = Path(unquote(address.path))
    if address.scheme != "file" or address.netloc not in ("", "localhost") or not path.is_file():
        raise _bad(
            f"input.url {str(given.get('url'))[:200]}: no file on this machine; "
            "only file:///… is read",
            f"input.url {str(given.get('url'))[:200]}：本机没有此文件；只读取 file:///…",
        )
    return str(given.get("type", "Resource")), str(path)


def _bad(en: str, zh: str, place: str = "Parameters.parameter.where(name='input')") -> Malformed:
    return Malformed(Issue("value", en, zh, (place,)))
