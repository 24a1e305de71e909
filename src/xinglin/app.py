"""Composition of the ASGI application: which room answers at which address.

Design, sections 1 (sentence 7), 2 and 5.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from xinglin.cdr.access import Access
from xinglin.cdr.operations import Registry
from xinglin.kernel.database import Database
from xinglin.serving import orphan
from xinglin.serving.pages import Pages, folder
from xinglin.serving.replies import send_json

if TYPE_CHECKING:
    from xinglin.cdr.http import Endpoint, Receive, Request, Scope, Send


async def authorise(request: Request) -> Access:
    """Who asks: until sign-in exists, whoever reaches loopback may do everything."""
    del request
    return Access.local()


class Application:
    """Health, metrics, pages and the FHIR base, over one database."""

    def __init__(self, dsn: str, data: Path | None) -> None:
        self._dsn = dsn
        self._data = data
        self._pages = Pages(folder())
        self._database: Database | None = None
        self._fhir: Endpoint | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        path: str = scope["path"]
        if path.startswith("/fhir") and path[5:6] in ("/", "") and self._fhir:
            await self._fhir(scope, receive, send)
        elif path.startswith("/health/"):
            await self._health(scope, send)
        else:
            await self._pages(scope, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self._open()
                await send({"type": "lifespan.startup.complete"})
            else:
                if self._database:
                    await self._database.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _open(self) -> None:
        self._database = await Database.open(self._dsn, min_size=2, max_size=12)
        self._registry = Registry()

    async def _health(self, scope: Scope, send: Send) -> None:
        head = scope["method"] == "HEAD"
        match scope["path"]:
            case "/health/live":
                await send_json(send, 200, {"status": "live"}, head=head)
            case "/health/ready":
                status, content = await self._readiness()
                await send_json(send, status, content, head=head)
            case _:
                await send_json(send, 404, {"error": "/health/live or /health/ready"}, head=head)

    async def _readiness(self) -> tuple[int, dict[str, str]]:
        assert self._database  # noqa: S101  opened before the first request
        try:
            await self._database.fetchval("select 1")
        except Exception as error:  # noqa: BLE001  any failure means the same here
            return 503, {"status": "unavailable", "database": type(error).__name__}
        return 200, {"status": "ready"}


def create() -> Application:
    """The factory that each worker calls; what it needs comes from its launcher."""
    parent = os.environ.get("XINGLIN_PARENT")
    if parent:
        orphan.end_with_parent(int(parent))
    data = os.environ.get("XINGLIN_DATA")
    return Application(os.environ["XINGLIN_DSN"], Path(data) if data else None)
