"""Passwords: Argon2id in threads, never more than a few at once.

RFC 9106 section 4; OWASP Password Storage Cheat Sheet; NIST SP 800-63B section 3.1.1.
"""

from __future__ import annotations

import asyncio

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

LONGEST = 256
AT_ONCE = 2  # each takes 46 MiB while it runs


class Hasher:
    """Makes and checks hashes; what is checked against nothing takes the same time."""

    def __init__(self, *, memory: int = 47_104, rounds: int = 2, at_once: int = AT_ONCE) -> None:
        self._argon = PasswordHasher(
            time_cost=rounds, memory_cost=memory, parallelism=1, type=Type.ID
        )
        self._nobody = self._argon.hash("nobody has this password")
        self._places = asyncio.Semaphore(at_once)

    async def hash(self, password: str) -> str:
        """The PHC string to keep."""
        async with self._places:
            return await asyncio.to_thread(self._argon.hash, password)

    async def verify(self, kept: str, password: str) -> bool:
        """Whether it is the password; with nothing kept it is not, after the same work."""
        fits = len(password) <= LONGEST
        async with self._places:
            right = await asyncio.to_thread(
                self._verify, kept or self._nobody, password if fits else ""
            )
        return right and bool(kept) and fits

    def outdated(self, kept: str) -> bool:
        """Whether it was made with other costs than are used now."""
        return self._argon.check_needs_rehash(kept)

    def _verify(self, kept: str, password: str) -> bool:
        try:
            return self._argon.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False
