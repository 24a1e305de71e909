"""All of sign-in, put together: the room under /auth.

docs/adr/0009-sign-in.md; the addresses stand in docs/howto/accounts.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .administration.room import Administration
from .own import Own
from .passkeys.room import Passkeys
from .shared.room import Shared
from .signing_in import SigningIn

if TYPE_CHECKING:
    from xinglin.trust.room import Room

    from .desk import Desk


class Identity:
    """Registers its handlers in a room; ``signing_in.provider`` may be set afterwards."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.signing_in = SigningIn(desk)
        self._shared = Shared(desk)
        self._passkeys = Passkeys(desk)
        self._own = Own(desk, self._shared.prove, self._passkeys.prove)
        self._administration = Administration(desk)

    def register(self, room: Room) -> None:
        """Put everything into the room."""
        for part in (
            self.signing_in,
            self._own,
            self._shared,
            self._passkeys,
            self._administration,
        ):
            part.register(room)
