"""Loading the group into a server that is already in use: bundle by bundle, and on after a stop.

https://hl7.org/fhir/R4/http.html#transaction; progress is kept in the server, in a Basic resource.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final, Protocol

import msgspec

from . import group
from .codes import BASE, Json, concept, local
from .world import World, transaction

_STATE: Final = "xg-simulator-progress"
_GROUP_BUNDLE: Final = 300
_NOTE_EVERY: Final = 50


class Target(Protocol):
    """Where the data go: the repository in-process, or a server by HTTP."""

    async def send(self, bundle: Json) -> None:
        """Carry out one transaction."""
        ...

    async def read(self, type_: str, id_: str) -> Json | None:
        """One resource, or None."""
        ...


class Progress(msgspec.Struct, frozen=True):
    """How far loading is. ``done`` counts patients, ``resources`` those sent by this run."""

    done: int
    of: int
    resources: int


PATIENCE: Final = (0.5, 1.0, 2.0, 4.0, 8.0)

Report = Callable[[Progress], Awaitable[None] | None]


def group_bundles(world: World) -> Iterator[Json]:
    """The marker and the organisation, in bundles of some hundred resources."""
    batch = [group.marker(world.seed, world.patients, world.anchor.isoformat())]
    for resource in group.resources(world.patients):
        batch.append(resource)
        if len(batch) >= _GROUP_BUNDLE:
            yield transaction(batch)
            batch = []
    if batch:
        yield transaction(batch)


async def load(
    target: Target,
    world: World,
    *,
    clients: int = 2,
    report: Report | None = None,
    patience: tuple[float, ...] = PATIENCE,
) -> Progress:
    """Load what is missing of this world; safe to stop at any time and to call again.

    A bundle that the target does not take is sent again after each of the ``patience`` seconds
    (a worker may have been restarted), then its error ends the loading.

    Raises ValueError when the server holds another world, since the two would mix.
    """
    run = _Run(_Patient(target, patience), world, report)
    await run.start()
    async with asyncio.TaskGroup() as crew:
        for _ in range(clients):
            crew.create_task(_client(run))
    await run.note(final=True)
    return run.progress()


class _Patient:
    """A target that is asked again: every bundle is made of PUTs, so sending it twice is safe."""

    def __init__(self, target: Target, patience: tuple[float, ...]) -> None:
        self._target = target
        self._patience = patience
        self.read = target.read

    async def send(self, bundle: Json) -> None:
        """Send, and again after a while when it failed."""
        for pause in self._patience:
            try:
                await self._target.send(bundle)
            except Exception:  # noqa: BLE001  what fails is known to the target alone
                await asyncio.sleep(pause)
            else:
                return
        await self._target.send(bundle)


class _Run:
    """The state of one loading: which patients are in, without gaps from the first."""

    def __init__(self, target: Target, world: World, report: Report | None) -> None:
        self.target = target
        self.world = world
        self.report = report
        self.done = 0
        self.resources = 0
        self.next = 0
        self._ahead: set[int] = set()
        self._noted = 0
        self._lock = asyncio.Lock()

    async def start(self) -> None:
        """Find out how far an earlier run came; load the organisation if it is not there."""
        self.done = self.next = self._noted = await self._earlier()
        if self.done:
            return
        for bundle in group_bundles(self.world):
            await self.target.send(bundle)
            self.resources += len(bundle["entry"])

    async def _earlier(self) -> int:
        state = await self.target.read("Basic", _STATE)
        if state is None:
            return 0
        known = {e["url"].rpartition("/")[2]: e for e in state.get("extension", [])}
        seed = known["simulator-seed"]["valueInteger"]
        anchor = known["simulator-anchor"]["valueDate"]
        if (seed, anchor) != (self.world.seed, self.world.anchor.isoformat()):
            raise ValueError(
                f"this server holds the demonstration data of seed {seed}, {anchor}; "
                "use an empty data directory for another one"
            )
        size = known["simulator-patients"]["valueInteger"]
        done = known["simulator-done"]["valueInteger"]
        if size < self.world.patients and done:
            for bundle in group_bundles(self.world):
                await self.target.send(bundle)
        return min(done, self.world.patients)

    def take(self) -> int | None:
        """The next patient to load, or None."""
        if self.next >= self.world.patients:
            return None
        self.next += 1
        return self.next - 1

    async def finished(self, number: int, resources: int) -> None:
        """Patient ``number`` is in the server."""
        self.resources += resources
        self._ahead.add(number)
        while self.done in self._ahead:
            self._ahead.remove(self.done)
            self.done += 1
        if self.report is not None:
            outcome = self.report(self.progress())
            if outcome is not None:
                await outcome
        if self.done - self._noted >= _NOTE_EVERY:
            await self.note()

    async def note(self, *, final: bool = False) -> None:
        """Write down how far loading is, so that a restart goes on from there."""
        async with self._lock:
            if self.done == self._noted and not (final and self.done == 0):
                return
            self._noted = self.done
            await self.target.send(transaction([self._state()]))

    def _state(self) -> Json:
        world = self.world
        facts: dict[str, tuple[str, Any]] = {
            "simulator-seed": ("valueInteger", world.seed),
            "simulator-anchor": ("valueDate", world.anchor.isoformat()),
            "simulator-patients": ("valueInteger", world.patients),
            "simulator-done": ("valueInteger", self.done),
        }
        return {
            "resourceType": "Basic",
            "id": _STATE,
            "extension": [
                {"url": f"{BASE}/StructureDefinition/{name}", key: value}
                for name, (key, value) in facts.items()
            ],
            "code": concept(
                local("marker"), "simulator-progress", "Loading progress", "演示数据载入进度"
            ),
        }

    def progress(self) -> Progress:
        """Where we are."""
        return Progress(self.done, self.world.patients, self.resources)


async def _client(run: _Run) -> None:
    while (number := run.take()) is not None:
        bundle = run.world.bundle(number)
        await run.target.send(bundle)
        await run.finished(number, len(bundle["entry"]))
