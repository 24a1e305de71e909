"""What stands beside /fhir to be let in: /auth and the well-known addresses of one process.

docs/adr/0009-sign-in.md.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import structs

from xinglin.kernel.errors import Invalid, Issue
from xinglin.serving import demo, tls
from xinglin.trust import audit as trail
from xinglin.trust.identity import Authoriser, Desk, Event, Identity
from xinglin.trust.room import Room
from xinglin.trust.smart import Smart
from xinglin.trust.smart.relying import Relying, Remote

if TYPE_CHECKING:
    from xinglin.cdr.http import Scope
    from xinglin.cdr.repository import Repository
    from xinglin.kernel.settings import ProviderSettings
    from xinglin.serving.launch import Launch
    from xinglin.trust.policy import RolePolicy

_LOOPBACK = ("", "127.0.0.1", "localhost", "::1")


def secure(launch: Launch) -> bool:
    """Whether the platform is reached by TLS only."""
    by_tls = tls.found(launch.settings) is not None
    return by_tls or launch.settings.fhir.base_url.startswith("https:")


class Doors:
    """``authorise`` lets requests into /fhir; ``at`` finds the room of an address."""

    def __init__(
        self, launch: Launch, repository: Repository, policy: RolePolicy, recorder: trail.Recorder
    ) -> None:
        settings = launch.settings
        url = settings.fhir.base_url
        self.authorise = Authoriser(repository, policy=policy, secure=secure(launch))

        async def hear(event: Event) -> None:
            await recorder.record(trail.Event(**structs.asdict(event)))

        # Behind a proxy everybody comes from loopback: a public address means there is one.
        here = (urlsplit(url).hostname or "") in _LOOPBACK and not settings.tls.proxies
        desk = Desk(
            repository,
            settings.sign_in,
            self.authorise,
            policy.roles,
            demo=lambda: here and demo.state(launch.data_dir) is not None,
            audit=hear,
        )
        self._auth, self._root = Room("/auth", url), Room("", url)
        identity = Identity(desk)
        identity.register(self._auth)
        self._smart = Smart(desk, repository, tls.ring(settings))
        self._smart.register(self._auth, self._root)
        if settings.provider.issuer:
            remote = Remote(settings.provider, desk.clock, _secret(settings.provider))
            relying = Relying(desk, remote)
            relying.register(self._auth)
            identity.signing_in.provider = relying.shown
        self._stop = asyncio.Event()
        self._telling = asyncio.create_task(self._smart.logout.serve(self._stop))

    def at(self, scope: Scope) -> Room | None:
        """The room that answers here."""
        path: str = scope["path"]
        if path.startswith("/auth/"):
            return self._auth
        return self._root if "/.well-known/" in path[:20] else None

    async def close(self) -> None:
        """End what runs beside the requests."""
        self._stop.set()
        await self._telling


def _secret(settings: ProviderSettings) -> str:
    if not settings.secret_file:
        return settings.secret
    try:
        return Path(settings.secret_file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise Invalid(
            Issue(
                "value",
                f"provider.secret_file: {settings.secret_file} cannot be read.",
                f"provider.secret_file：无法读取 {settings.secret_file}。",
            )
        ) from None
