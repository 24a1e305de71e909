"""The addresses of background jobs: status, cancellation, files.

https://hl7.org/fhir/uv/bulkdata/STU2/export.html#bulk-data-status-request
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from xinglin.fhir import json
from xinglin.kernel.errors import Issue, NotFound

from .message import Request, Response
from .negotiation import PLAIN_JSON

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from xinglin.cdr.bulk.jobs import Job, Jobs

    from .endpoint import Handler
    from .handlers import Authorise
    from .routes import Place

_NDJSON = b"application/fhir+ndjson"
_CHUNK = 1 << 18


class JobHandlers:
    """Serves the folders of jobs."""

    def __init__(self, kinds: Sequence[Jobs], authorise: Authorise) -> None:
        self._kinds = kinds
        self._authorise = authorise

    def table(self) -> dict[str, Handler]:
        """Interaction name to handler, for the endpoint."""
        return {"job_status": self.status, "job_delete": self.delete, "job_file": self.file}

    async def _find(self, request: Request, id_: str) -> Job:
        access = await self._authorise(request)
        first, *others = self._kinds
        for jobs in others:
            if (jobs.root / id_).is_dir():
                return jobs.find(id_, access)
        return first.find(id_, access)

    async def status(self, request: Request, place: Place) -> Response:
        """202 with X-Progress until it is done, then 200 with the manifest."""
        status = (await self._find(request, place.name)).status()
        match status.state:
            case "done":
                return Response(200, json.encode(status.manifest), type=PLAIN_JSON)
            case "failed":
                return Response(500, json.encode(status.outcome))
            case "cancelled":
                raise _gone(place.name)
            case _:
                progress = (status.progress or status.state).encode()
                return Response(202, headers=[(b"x-progress", progress), (b"retry-after", b"1")])

    async def delete(self, request: Request, place: Place) -> Response:
        """Cancel a job, or take the results of one away."""
        (await self._find(request, place.name)).cancel()
        return Response(202)

    async def file(self, request: Request, place: Place) -> Response:
        """One file of a finished job."""
        job = await self._find(request, place.id)
        path = job.folder / place.name
        if job.status().state != "done" or path.suffix != ".ndjson" or not path.is_file():
            raise _gone(f"{place.id}/{place.name}")
        length = str(path.stat().st_size).encode()
        return Response(200, _chunks(path), [(b"content-length", length)], type=_NDJSON)


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while chunk := await asyncio.to_thread(file.read, _CHUNK):
            yield chunk


def _gone(name: str) -> NotFound:
    return NotFound(Issue("not-found", f"There is no {name} (any more)", f"没有（或不再有）{name}"))
