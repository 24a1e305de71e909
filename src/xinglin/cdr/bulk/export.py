"""``$export``: kick-off, status, files, cancellation, and the work itself.

https://hl7.org/fhir/uv/bulkdata/STU2/export.html
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import msgspec
import structlog

from xinglin.cdr.access import Access
from xinglin.cdr.interactions import sight
from xinglin.cdr.operations import Call, Reply
from xinglin.fhir import definitions, json
from xinglin.fhir.outcome import operation_outcome
from xinglin.kernel.errors import Issue, Malformed

from . import request as requests
from . import rows
from .jobs import Job, Jobs, Status
from .narrow import Narrowed

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from xinglin.cdr.assembly import Assembly
    from xinglin.cdr.operations import Level, Registry
    from xinglin.cdr.search.ir import Node
    from xinglin.kernel.database import Connection, Database

    from .request import ExportRequest

_log = structlog.get_logger()
_GROUP = "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/"


class Cancelled(Exception):
    """Somebody took the job back."""


class Exports:
    """All exports of a data directory."""

    def __init__(self, jobs: Jobs, database: Database, assembly: Assembly) -> None:
        self.jobs = jobs
        self._database = database
        self._assembly = assembly
        self._tasks: set[asyncio.Task[None]] = set()
        self._accesses: dict[str, Access] = {}

    def register(self, registry: Registry) -> None:
        """Make it callable for everything, for all patients, and for a group."""
        places: tuple[tuple[Level, tuple[str, ...], str], ...] = (
            ("system", (), "export"),
            ("type", ("Patient",), "patient-export"),
            ("instance", ("Group",), "group-export"),
        )
        for level, types, name in places:
            registry.register("export", (level,), types, self.kick_off, definition=_GROUP + name)

    def resume(self) -> None:
        """Go on with what an earlier process left, and forget what has expired."""
        self.jobs.sweep()
        for job in self.jobs.unfinished():
            self._start(job)

    async def close(self) -> None:
        """Leave what runs to the next process."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, job: Job) -> None:
        task = asyncio.create_task(self._run(job))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def kick_off(self, call: Call) -> Reply:
        """Answer 202 with the address of the status."""
        if not call.asynchronous:
            raise Malformed(
                Issue(
                    "required",
                    "Send Prefer: respond-async; exports are only made in the background",
                    "请发送 Prefer: respond-async；导出只在后台进行",
                    ("http.Prefer",),
                )
            )
        members = await self._members(call) if call.type == "Group" else None
        wanted = requests.read(call, members)
        for type_, query in wanted.filters:  # refuses now what could not be done later
            self._assembly.criteria(call.access, type_, query)
        job = self.jobs.create(msgspec.json.encode(wanted), call.access)
        self._accesses[job.id] = call.access
        self._start(job)
        return Reply(status=202, headers=(("Content-Location", f"{call.base}/_async/{job.id}"),))

    async def _members(self, call: Call) -> tuple[str, ...]:
        result = await self._assembly.repository.read(call.access, "Group", call.id)
        found = (
            one.get("entity", {}).get("reference", "")
            for one in json.decode(result.body).get("member", [])
            if not one.get("inactive")
        )
        return tuple(ref.removeprefix("Patient/") for ref in found if ref.startswith("Patient/"))

    async def _run(self, job: Job) -> None:
        with job.owned() as mine:
            if not mine:
                return
            job.set_status(Status("running", "starting"))
            wanted = msgspec.json.decode(job.request(), type=requests.ExportRequest)
            access = self._accesses.pop(job.id, None) or (
                None if wanted.limited else Access.local()
            )
            if access is None:
                job.set_status(Status("failed", outcome=operation_outcome((_again(),))))
                return
            try:
                work = _Export(job, wanted, access, self._database, self._assembly)
                manifest = await work.run()
            except Cancelled:
                return
            except Exception as error:  # noqa: BLE001  the client must learn of any failure
                _log.error("export failed", job=job.id, exc_info=error)
                job.set_status(Status("failed", outcome=_failure(job)))
                return
            if not job.cancelled:
                job.set_status(Status("done", manifest=manifest))


def _again() -> Issue:
    # What its owner may see now is for whoever lets them in to say.
    return Issue(
        "transient",
        "The export was interrupted by a restart. Ask for it again.",
        "导出因重启而中断，请重新提交。",
    )


def _failure(job: Job) -> dict[str, Any]:
    issue = Issue(
        "exception",
        f"The export failed; the log knows it as job {job.id}",
        f"导出失败；日志中的任务编号为 {job.id}",
    )
    return operation_outcome((issue,))


class _Export:
    """One run: from a snapshot to one file for each type."""

    def __init__(
        self,
        job: Job,
        wanted: ExportRequest,
        access: Access,
        database: Database,
        assembly: Assembly,
    ) -> None:
        self._job = job
        self._access = access
        self._wanted = wanted
        self._database = database
        self._assembly = assembly
        self._files: dict[int, BinaryIO] = {}
        self._counts: dict[int, int] = {}
        self._splitter = rows.Splitter(self._write)
        narrowed = wanted.elements or access.hidden
        self._narrow = Narrowed(wanted, access) if narrowed else None

    async def run(self) -> dict[str, Any]:
        """Write the files; return the manifest."""
        gone: list[tuple[str, str]] = []
        try:
            async with self._database.transaction("repeatable_read") as connection:
                now = await connection.fetchval("select transaction_timestamp()")
                node = await sight.condition(
                    self._assembly.repository.context, connection, self._access.over("r")
                )
                sql, args = await rows.statement(connection, self._wanted, node)
                await rows.copy(connection, sql, args, self._take)
                for type_ in self._wanted.filtered:
                    await self._filtered(connection, type_, node)
                if self._wanted.since is not None:
                    gone = await self._deleted(connection, node)
        finally:
            for file in self._files.values():
                file.close()
        return self._manifest(cast("datetime", now), gone)

    async def _filtered(self, connection: Connection, type_: str, node: Node | None) -> None:
        """What meets any of the filters of a type."""
        found: set[int] = set()
        for name, query in self._wanted.filters:
            if name == type_:
                async for page in self._assembly.matches(connection, self._access, type_, query):
                    found.update(page)
        sql, args = await rows.statement(connection, self._wanted, node, sorted(found))
        await rows.copy(connection, sql, args, self._take)

    async def _deleted(self, connection: Connection, node: Node | None) -> list[tuple[str, str]]:
        """(type, id) of what was deleted, as far as its last version might be read."""
        found = await rows.deleted(connection, self._wanted, node)
        context, rids = self._assembly.repository.context, [rid for rid, _, _ in found]
        seen = await sight.told(context, connection, self._access, rids, ("r",))
        return [(type_, id_) for rid, type_, id_ in found if "r" in seen[rid].letters]

    async def _take(self, chunk: bytes) -> None:
        before = self._splitter.count
        self._splitter.feed(chunk)
        if self._splitter.count // 20_000 != before // 20_000:
            if self._job.cancelled:
                raise Cancelled
            self._job.set_status(Status("running", f"{self._splitter.count} resources"))
            await asyncio.sleep(0)

    def _path(self, name: str) -> Path:
        return self._job.folder / f"{name}.ndjson"

    def _write(self, number: int, lines: bytes, count: int) -> None:
        if self._narrow:
            lines, count = self._narrow.of(lines)
            if not count:
                return
        file = self._files.get(number)
        if file is None:
            name = definitions.resource_types()[number - 1]
            file = self._files[number] = self._path(name).open("wb")
        file.write(lines)
        self._counts[number] = self._counts.get(number, 0) + count

    def _manifest(self, at: datetime, gone: list[tuple[str, str]]) -> dict[str, Any]:
        base = f"{self._wanted.base}/_async/{self._job.id}"
        names = definitions.resource_types()
        output = [
            {
                "type": names[number - 1],
                "url": f"{base}/{names[number - 1]}.ndjson",
                "count": self._counts[number],
            }
            for number in sorted(self._counts)
        ]
        manifest: dict[str, Any] = {
            "transactionTime": at.isoformat(timespec="milliseconds"),
            "request": self._wanted.url,
            "requiresAccessToken": False,
            "output": output,
            "error": [],
        }
        if gone:
            self._path("deleted").write_bytes(b"".join(map(_deletion, gone)))
            manifest["deleted"] = [
                {"type": "Bundle", "url": f"{base}/deleted.ndjson", "count": len(gone)}
            ]
        return manifest


def _deletion(one: tuple[str, str]) -> bytes:
    entry = {"request": {"method": "DELETE", "url": "/".join(one)}}
    return json.encode({"resourceType": "Bundle", "type": "transaction", "entry": [entry]}) + b"\n"
