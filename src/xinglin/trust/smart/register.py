"""Registering programs: for the command line and for administrators.

RFC 6749 section 2; there is no dynamic registration: a hospital knows its programs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from xinglin.kernel.errors import Invalid, Issue, NotFound
from xinglin.trust.identity import Clerk, opaque
from xinglin.trust.identity import queries as accounts

from . import queries
from .clients import Client, checked

if TYPE_CHECKING:
    from xinglin.kernel.clock import Clock
    from xinglin.kernel.database import Database
    from xinglin.trust.policy import Roles


class Register:
    """One for a command or a process."""

    def __init__(self, db: Database, clock: Clock, roles: Roles) -> None:
        self._db = db
        self._clock = clock
        self._clerk = Clerk(db, clock, roles)

    async def add(self, wanted: Client, user: str = "") -> str:
        """Register a program, as an account where it acts by itself; its secret, "" for none.

        Raises Invalid, Malformed or NotFound.
        """
        account = (await self._clerk.account(user)).id if user else None
        if account is not None and wanted.kind == "public":
            raise Invalid(
                Issue(
                    "value",
                    "A program that acts by itself needs a key or a secret.",
                    "自行运行的程序需要密钥或密钥串。",
                    ("user",),
                )
            )
        secret = opaque.new() if wanted.kind == "secret" else ""
        await queries.put_client(
            self._db,
            checked(
                msgspec.structs.replace(
                    wanted, account=account, secret=opaque.hashed(secret) if secret else None
                )
            ),
        )
        return secret

    async def list(self) -> list[Client]:
        """All of them."""
        return await queries.clients(self._db)

    async def remove(self, id_: str) -> None:
        """A program is known no more, and its tokens end; raises NotFound."""
        if not await queries.remove_client(self._db, id_, self._clock.now()):
            raise NotFound(
                Issue(
                    "not-found",
                    f"There is no program {id_}; `xinglin client list` shows those there are.",
                    f"没有程序 {id_}；`xinglin client list` 列出现有程序。",
                )
            )
        await accounts.changed(self._db)
