"""Signing in one process: over the platform's keys, with its settings and audit trail.

docs/adr/0014-signatures.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from xinglin.serving import tls
from xinglin.trust import audit as trail
from xinglin.trust import signing

if TYPE_CHECKING:
    from xinglin.cdr.http.handlers import Authorise
    from xinglin.cdr.operations import Registry
    from xinglin.cdr.repository import Repository
    from xinglin.serving.launch import Launch
    from xinglin.trust.identity import Event
    from xinglin.trust.room import Room


def install(
    launch: Launch,
    repository: Repository,
    registry: Registry,
    authorise: Authorise,
    recorder: trail.Recorder,
) -> tuple[signing.Signing, Room]:
    """The port by which other rooms sign, and everything under /signing."""

    async def hear(event: Event) -> None:
        await recorder.record(trail.Event(**structs.asdict(event)))

    ring = tls.ring(launch.settings)
    return signing.install(repository, registry, authorise, ring, launch.settings, audit=hear)
