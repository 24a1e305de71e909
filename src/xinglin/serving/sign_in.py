"""The room /auth of one process: sign-in on the platform's database, with its roles and audit.

docs/adr/0009-sign-in.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from xinglin.serving import demo, tls
from xinglin.trust import audit as trail
from xinglin.trust.identity import Desk, Event, Identity
from xinglin.trust.room import Room

if TYPE_CHECKING:
    from xinglin.cdr.repository import Repository
    from xinglin.serving.launch import Launch
    from xinglin.trust.identity import Authoriser
    from xinglin.trust.policy import Roles


def secure(launch: Launch) -> bool:
    """Whether the platform is reached by TLS only."""
    by_tls = tls.found(launch.settings) is not None
    return by_tls or launch.settings.fhir.base_url.startswith("https:")


def room(
    launch: Launch,
    repository: Repository,
    authorise: Authoriser,
    roles: Roles,
    recorder: trail.Recorder,
) -> Room:
    """Everything under /auth."""

    async def hear(event: Event) -> None:
        await recorder.record(trail.Event(**structs.asdict(event)))

    desk = Desk(
        repository,
        launch.settings.sign_in,
        authorise,
        roles,
        demo=lambda: demo.state(launch.data_dir) is not None,
        audit=hear,
    )
    made = Room("/auth", launch.settings.fhir.base_url)
    Identity(desk).register(made)
    return made
