"""Composition of the ASGI application: which room answers at which address.

Design, sections 1 (sentence 7), 2 and 5.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
from typing import TYPE_CHECKING, Any

import structlog
from prometheus_client import Histogram, values

from xinglin.cdr.assembly import Assembly, assemble
from xinglin.cdr.bulk import Exports, Imports, Jobs
from xinglin.cdr.capability import Capabilities
from xinglin.cdr.existence import hold_references
from xinglin.cdr.http import Endpoint, Handlers, JobHandlers, Operating, Searching, openapi
from xinglin.cdr.invariants import hold_invariants
from xinglin.cdr.operations import Registry
from xinglin.cdr.operations.correcting import CorrectHome
from xinglin.cdr.operations.everything import Everything
from xinglin.cdr.operations.meta import MetaOperations
from xinglin.cdr.operations.reindexing import Reindexing
from xinglin.cdr.operations.terminology import TerminologyOperations
from xinglin.cdr.operations.validating import Validate
from xinglin.cdr.vocabulary import Vocabulary
from xinglin.fhir import definitions
from xinglin.group.empi import PatientIndex
from xinglin.group.stewardship import Publisher, Stewardship
from xinglin.group.structure import Structuring
from xinglin.kernel import health, telemetry, traces
from xinglin.kernel.clock import SystemClock
from xinglin.kernel.database import Database
from xinglin.kernel.feed import Notifier
from xinglin.serving import demo, orphan, signing
from xinglin.serving.hosts import Hosts
from xinglin.serving.launch import Launch, own_bases, received
from xinglin.serving.limits import Limits
from xinglin.serving.pages import Pages, folder
from xinglin.serving.replies import send_bytes, send_json
from xinglin.serving.sign_in import Doors
from xinglin.serving.transport import Transport
from xinglin.terminology import Terminology
from xinglin.trust.audit import Alerts, AuditEvents, Trail, WhoSaw
from xinglin.trust.policy import RolePolicy
from xinglin.trust.policy import install as install_policy

if TYPE_CHECKING:
    from xinglin.cdr.http import Receive, Scope, Send
    from xinglin.trust.room import Room
    from xinglin.trust.signing import Signing

_log = structlog.get_logger()
_ELSEWHERE = (
    b"This is not the platform you asked for. Use the address it printed, or name its public "
    b"address in the setting fhir.base_url.\n"
)


class Application:
    """Health, metrics, pages and the FHIR base, over one database."""

    def __init__(self, launch: Launch) -> None:
        self._launch = launch
        self._pages = Pages(folder())
        self._hosts = Hosts(launch.settings)
        self._metrics = telemetry.Metrics()
        self._observed: dict[tuple[str, int], Histogram] = {}
        self._clock = SystemClock()
        self._database: Database | None = None
        self._assembly: Assembly | None = None
        self._notifier: Notifier | None = None
        self._exports: Exports | None = None
        self._imports: Imports | None = None
        self._fhir: Endpoint | None = None
        self._doors: Doors | None = None
        self._signing: Signing | None = None
        self._sign_room: Room | None = None
        self._audit: Trail | None = None
        self._patients: PatientIndex | None = None
        self._publisher: Publisher | None = None
        self._stop = asyncio.Event()
        self._background: list[asyncio.Task[None]] = []
        self._openapi: dict[str, Any] = {}
        self._checks: dict[str, health.Check] = {}
        self._policy: RolePolicy | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        if not self._hosts.admits(scope):
            await send_bytes(send, 421, b"text/plain; charset=utf-8", _ELSEWHERE)
            return
        path: str = scope["path"]
        if self._doors and (door := self._doors.at(scope)):
            await door(scope, receive, send)
        elif path.startswith("/fhir") and path[5:6] in ("/", "") and self._fhir:
            await self._fhir(scope, receive, send)
        elif path.startswith("/signing/") and self._sign_room:
            await self._sign_room(scope, receive, send)
        elif path.startswith("/health/"):
            await self._health(scope, send)
        elif path == "/openapi.json":
            await send_json(send, 200, self._openapi, head=scope["method"] == "HEAD")
        elif path == "/metrics" and self._launch.settings.telemetry.metrics:
            kind = b"text/plain; version=0.0.4; charset=utf-8"
            await send_bytes(send, 200, kind, self._metrics.render())
        else:
            await self._pages(scope, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                try:
                    await self._open()
                except Exception as error:  # noqa: BLE001  the launcher is told
                    _log.error("the worker cannot start", exc_info=error)
                    told = {"type": "lifespan.startup.failed", "message": type(error).__name__}
                    await send(told)
                    return
                await send({"type": "lifespan.startup.complete"})
            else:
                await self._close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _open(self) -> None:
        settings = self._launch.settings
        telemetry.configure_logs(settings.log)
        traces.configure_traces(settings.telemetry)
        # A lost database is told once, by the launcher and by readiness, not for each connection.
        logging.getLogger("asyncpg").setLevel(logging.CRITICAL)
        self._database = await Database.open(
            self._launch.dsn, min_size=2, max_size=settings.database.max_connections
        )
        self._notifier = Notifier(self._database)
        self._assembly = await assemble(
            self._database,
            self._clock,
            bases=own_bases(settings),
            limit=settings.fhir.search_seconds,
            notify=self._notifier.committed,
        )
        context = self._assembly.repository.context
        context.check_references = settings.fhir.check_references
        self._audit = await Trail.open(
            self._database, context.node, self._clock, self._launch.data_dir, settings.audit
        )
        self._fhir = self._endpoint(self._database, self._assembly, self._audit)
        self._stop.clear()
        serving = [
            self._assembly.reindexer,
            self._assembly.engine.text,
            self._imports,
            self._patients and self._patients.worker,
            self._publisher,
        ]
        self._background = [
            asyncio.create_task(one.serve(self._stop)) for one in serving if one is not None
        ]
        # What the start has loaded stays: looking at it again took a quarter of an import's time.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 20)
        self._checks = {
            "database": health.database_check(self._database),
            "disk": health.disk_check(self._launch.data_dir),
        }

    async def _close(self) -> None:
        self._stop.set()
        if self._exports:
            await self._exports.close()
        for task in self._background:
            await task
        if self._doors:
            await self._doors.close()
        if self._audit:
            await self._audit.close()
        if self._assembly:
            await self._assembly.repository.close()
        if self._notifier:
            await self._notifier.close()
        if self._database:
            await self._database.close()

    def _endpoint(self, database: Database, assembly: Assembly, audit: Trail) -> Endpoint:
        limit = self._launch.settings.fhir.max_body_bytes
        repository = assembly.repository
        if self._launch.settings.fhir.check_invariants:
            repository.on_write(definitions.resource_types(), hold_invariants)
        if self._launch.settings.fhir.check_references:
            repository.on_write(definitions.resource_types(), hold_references(repository.context))
        registry = Registry()
        site = self._launch.data_dir / "roles"
        self._policy = install_policy(assembly, database, registry, audit, site)
        self._doors = Doors(self._launch, repository, self._policy, audit)
        authorise = Limits(self._launch.settings.limits).authorising(
            audit.observer.authorising(self._doors.authorise)
        )
        Validate(repository, assembly.engine, database).register(registry)
        MetaOperations(repository).register(registry)
        CorrectHome(repository.context).register(registry)
        Everything(repository).register(registry)
        vocabulary = Vocabulary(Terminology(database), repository)
        assembly.engine.terminology = vocabulary
        TerminologyOperations(
            vocabulary.service, vocabulary.locate, self._clock, vocabulary.check
        ).register(registry)
        Reindexing(database, assembly.reindexer).register(registry)
        self._signing, self._sign_room = signing.install(
            self._launch, repository, registry, authorise, audit
        )
        WhoSaw(database, assembly.engine.dates).register(registry)
        Alerts(database).register(registry)
        self._patients = PatientIndex(repository)
        self._patients.register(registry)
        steward = Stewardship(repository, self._clock)
        steward.register(registry)
        Structuring(repository, self._clock).register(registry)
        self._publisher = Publisher(repository, self._clock, steward)
        self._exports = exports = Exports(
            Jobs(self._launch.data_dir / "exports"), database, assembly
        )
        exports.register(registry)
        exports.resume()
        self._imports = Imports(Jobs(self._launch.data_dir / "imports"), repository)
        self._imports.register(registry)
        self._openapi = openapi.document(registry)
        today = self._clock.now().date().isoformat()
        capabilities = Capabilities(registry, date=today)
        repository.context.indexer.on_change(lambda indexer: capabilities.renew(indexer.params))
        operating = Operating(registry, capabilities, authorise, max_body=limit)
        operating.code_systems = vocabulary.service.versions
        repository.context.other = operating.inside
        rooms = (
            Handlers(repository, authorise, max_body=limit),
            Searching(assembly.engine, database, self._clock, authorise),
            operating,
            JobHandlers((exports.jobs, self._imports.jobs), authorise),
        )
        handlers = {name: handler for room in rooms for name, handler in room.table().items()}
        handlers = AuditEvents(database, assembly.engine.dates, authorise).over(handlers)
        types = frozenset(definitions.resource_types())
        endpoint = Endpoint(
            handlers,
            types,
            base=self._launch.settings.fhir.base_url or None,
            observe=self._observe,
            refused=self._refused,
            audit=audit.observer,
        )
        audit.writer.running = lambda: endpoint.running
        return endpoint

    def _refused(self, code: str) -> None:
        self._metrics.refusals.labels(code).inc()

    def _observe(self, interaction: str, status: int, seconds: float) -> None:
        kind = (interaction, status // 100)
        observed = self._observed.get(kind)
        if observed is None:
            observed = self._metrics.requests.labels(interaction, f"{status // 100}xx")
            self._observed[kind] = observed
        observed.observe(seconds)

    async def _health(self, scope: Scope, send: Send) -> None:
        head = scope["method"] == "HEAD"
        match scope["path"]:
            case "/health/live":
                await send_json(send, 200, {"status": "live"}, head=head)
            case "/health/ready":
                found = await health.readiness(self._checks)
                status = "ready" if found.ready else "unavailable"
                loading = demo.state(self._launch.data_dir)
                content = {"status": status, "checks": found.checks, "demo": loading}
                await send_json(send, found.status, content, head=head)
            case _:
                await send_json(send, 404, {"error": "/health/live or /health/ready"}, head=head)


def create() -> Transport:
    """The factory that each worker calls; what it needs comes from its launcher."""
    # Nobody may read on after the ready line: a full pipe would stop the worker.
    os.dup2(2, 1)
    launch = received()
    if launch.parent:
        orphan.end_with_parent(launch.parent)
    # The launcher imported the client before it named the folder in which workers add up.
    values.ValueClass = values.get_value_class()
    return Transport(Application(launch), launch.settings)
