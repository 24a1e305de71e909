"""Programs are told when a session ends, however it ended; until they have heard it.

OpenID Connect Back-Channel Logout 1.0.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING

import httpx

from xinglin.kernel import telemetry

from . import queries

if TYPE_CHECKING:
    from collections.abc import Callable

    from xinglin.kernel.clock import Clock
    from xinglin.kernel.database import Database
    from xinglin.trust.smart.keys import Keys

    from .queries import Notice

EVERY = 2.0  # seconds
TIMEOUT = 5.0
SWEEP = 1800  # turns, about an hour
_EVENT = "http://schemas.openid.net/event/backchannel-logout"
_log = telemetry.log(__name__)


class Logout:
    """Also takes away, now and then, what is over for long."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        keys: Keys,
        http: Callable[[], httpx.AsyncClient] | None = None,
    ) -> None:
        self._db = db
        self._clock = clock
        self._keys = keys
        self._http = http or _client
        self._turns = 0

    async def serve(self, stop: asyncio.Event) -> None:
        """Until stopped; a lost database is waited for."""
        while not stop.is_set():
            try:
                await self.once()
                if self._turns % SWEEP == 0:
                    await queries.sweep(self._db, self._clock.now())
                self._turns += 1
            except Exception as error:  # noqa: BLE001  the next turn tries again
                _log.warning("logout notices wait", error=type(error).__name__)
            try:
                await asyncio.wait_for(stop.wait(), EVERY)
            except TimeoutError:
                continue

    async def once(self) -> int:
        """Tell what is due; how many were told."""
        due = await queries.due(self._db, self._clock.now())
        told = await asyncio.gather(*(self._tell(one) for one in due))
        return sum(told)

    async def _tell(self, one: Notice) -> bool:
        now = int(self._clock.now().timestamp())
        token = self._keys.sign(
            {
                "iss": one.issuer,
                "aud": one.client,
                "sub": one.subject,
                "sid": one.sid,
                "iat": now,
                "exp": now + 120,
                "jti": secrets.token_urlsafe(16),
                "events": {_EVENT: {}},
            },
            kind="logout+jwt",
        )
        try:
            async with self._http() as http:
                answer = await http.post(one.uri, data={"logout_token": token})
            fine = answer.status_code < 300
        except httpx.HTTPError:
            fine = False
        if fine:
            await queries.told(self._db, one, self._clock.now())
        return fine


def _client() -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False, trust_env=False)
