"""All of the provider, put together: its addresses in the rooms, its notices of logout.

docs/adr/0009-sign-in.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .administration import Programs
from .assertion import Assertions
from .authorize import Authorize
from .discovery import Discovery
from .introspect import Introspection
from .keys import Keys
from .notices import Logout
from .proof import Proof
from .provider import Provider
from .token import Tokens

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from xinglin.cdr.repository import Repository
    from xinglin.kernel.keyring import Keyring
    from xinglin.trust.identity import Desk
    from xinglin.trust.room import Room


class Smart:
    """``ring`` keeps the signing keys."""

    def __init__(
        self,
        desk: Desk,
        repository: Repository,
        ring: Keyring,
        http: Callable[[], httpx.AsyncClient] | None = None,
    ) -> None:
        self.keys = Keys(ring)
        self.keys.renew()
        self.provider = Provider(desk, repository, self.keys)
        proof = Proof(self.provider, Assertions(self.provider, http))
        self._discovery = Discovery(self.provider)
        self._parts = (
            Authorize(self.provider),
            Programs(desk),
            Tokens(self.provider, proof),
            Introspection(self.provider, proof),
        )
        self.logout = Logout(desk.db, desk.clock, self.keys, http)

    def register(self, room: Room, root: Room) -> None:
        """``room`` is /auth; ``root`` has the well-known addresses."""
        self._discovery.register(room, root)
        for part in self._parts:
            part.register(room)
