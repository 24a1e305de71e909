"""Keys of signers: made, opened for a shift by their holders alone, renewed, revoked.

电子签名法 art. 13 (1) and (2): what makes a signature is the signer's alone. RFC 9106 (Argon2id).
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import os
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidTag

from xinglin.kernel import keyring as rings

from . import algorithms, certificates, queries, refusals
from .model import Opened, Unlocked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xinglin.kernel.clock import Clock
    from xinglin.kernel.database import Connection, Database
    from xinglin.kernel.keyring import Keyring

    from .authority import Issuer
    from .model import Signer

SHIFT = timedelta(hours=13)
LASTS = timedelta(days=365)
_RENEW = timedelta(days=30)
_WAIT = timedelta(seconds=30)
_PEPPER = "signing-pepper"
_HALF = 16


class Keys:
    """The signing keys of all accounts, over one database and one keyring."""

    def __init__(
        self,
        db: Database,
        keyring: Keyring,
        issuer: Issuer,
        clock: Clock,
        *,
        lasts: timedelta = LASTS,
        shift: timedelta = SHIFT,
    ) -> None:
        self._db = db
        self._issuer = issuer
        self._clock = clock
        self._lasts = lasts
        self._shift = shift
        self._pepper = keyring.ensure(_PEPPER, lambda: os.urandom(32))

    async def enrol(
        self,
        signer: Signer,
        secrets: Mapping[str, str],
        *,
        algorithm: str = "ES256",
    ) -> datetime:
        """Give an account a key that these secrets (by factor) open; returns when it expires.

        The caller has made sure who it is. A key that is there already is superseded: what it
        signed stays good.
        """
        kind = algorithms.of(algorithm)
        inner = os.urandom(32)
        wraps = {
            factor: await self._wrap(signer.account, factor, inner, secret)
            for factor, secret in secrets.items()
        }
        async with self._db.transaction() as connection:
            await queries.hold(connection, signer.account)
            await queries.supersede(connection, signer.account)
            await queries.drop_wraps(connection, signer.account)
            key = await self._issue(connection, signer, kind, inner)
            for factor, (salt, sealed) in wraps.items():
                await queries.put_wrap(connection, signer.account, factor, salt, sealed)
        return key.expires

    async def unlock(self, signer: Signer, factor: str, secret: str, session: int) -> Unlocked:
        """Open the key for a shift; raises Forbidden. A certificate near its end is renewed."""
        inner = await self._inner(signer.account, factor, secret)
        now = self._clock.now()
        async with self._db.transaction() as connection:
            await queries.hold(connection, signer.account)
            key = await queries.active(connection, signer.account)
            if key is None:
                raise refusals.no_key()
            if key.expires - now < _RENEW or key.who != signer.who:
                await queries.supersede(connection, signer.account)
                key = await self._issue(connection, signer, algorithms.of(key.algorithm), inner)
            public, secret_half = os.urandom(_HALF), os.urandom(32)
            expires = now + self._shift
            await queries.put_unlock(
                connection,
                hashlib.sha256(public).digest(),
                signer.account,
                session,
                rings.seal(self._mixed(secret_half, b"unlock"), public, inner),
                expires,
            )
        token = base64.urlsafe_b64encode(public + secret_half).decode()
        return Unlocked(token, expires, key.expires)

    async def open(self, account: int, session: int, token: str) -> Opened:
        """The key for one signature; raises Forbidden where it is locked."""
        try:
            raw = base64.b64decode(token, b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise refusals.locked() from None
        public, secret_half = raw[:_HALF], raw[_HALF:]
        found = await queries.unlock(self._db, hashlib.sha256(public).digest(), self._clock.now())
        if found is None or found[:2] != (account, session) or len(secret_half) != 32:
            raise refusals.locked()
        key = await queries.active(self._db, account)
        if key is None:
            raise refusals.no_key()
        if key.expires <= self._clock.now():
            raise refusals.expired()
        try:
            inner = rings.unseal(self._mixed(secret_half, b"unlock"), public, found[2])
        except InvalidTag:
            raise refusals.locked() from None
        return _opened(key, rings.unseal(inner, _label(account), key.private))

    async def add_factor(
        self, account: int, known: tuple[str, str], fresh: tuple[str, str]
    ) -> None:
        """Let another secret open the key too, or a changed one; both are (factor, secret).

        Without the former secret (a password that was reset) nobody can: enrol anew.
        """
        inner = await self._inner(account, *known)
        factor, secret = fresh
        salt, sealed = await self._wrap(account, factor, inner, secret)
        async with self._db.transaction() as connection:
            await queries.put_wrap(connection, account, factor, salt, sealed)

    async def lock(self, account: int, session: int) -> None:
        """Before the shift is over. After signing out nothing opens it in any case."""
        await queries.forget(self._db, account, session)

    async def revoke(self, account: int, reason: str = "unspecified") -> int:
        """From now on nothing that the account signs is good; returns how many certificates."""
        try:
            x509.ReasonFlags(reason)
        except ValueError:
            raise refusals.reason(reason) from None
        async with self._db.transaction() as connection:
            await queries.hold(connection, account)
            return await queries.revoke(connection, account, self._clock.now(), reason)

    async def revocations(self) -> bytes:
        """The revocation list of this moment (DER)."""
        now = self._clock.now()
        found = await queries.revoked(self._db)
        entries = [(int(serial, 16), at, reason) for serial, at, reason in found]
        number = int(now.timestamp() * 1000)
        made = self._issuer.revocations(entries, number, now)
        return made.public_bytes(certificates.Encoding.DER)

    async def state(self, account: int) -> tuple[queries.Key | None, list[str]]:
        """The key an account signs with, and by which factors it opens."""
        return await queries.active(self._db, account), await queries.factors(self._db, account)

    async def _issue(
        self, connection: Connection, signer: Signer, kind: algorithms.Algorithm, inner: bytes
    ) -> queries.Key:
        now = self._clock.now()
        private = kind.generate()
        chain = self._issuer.issue(signer, kind.public(private), now, self._lasts)
        made = queries.Key(
            id=0,
            account=signer.account,
            who=signer.who,
            algorithm=kind.name,
            serial=f"{chain[0].serial_number:x}",
            certificate=certificates.der(chain[0]),
            chain=tuple(certificates.der(one) for one in chain[1:]),
            private=rings.seal(inner, _label(signer.account), private),
            created=now,
            expires=chain[0].not_valid_after_utc,
            state="active",
            revoked=None,
            reason="",
        )
        number = await queries.add_key(connection, made)
        return msgspec.structs.replace(made, id=number)

    async def _inner(self, account: int, factor: str, secret: str) -> bytes:
        """What opens the private key; raises Forbidden, and counts."""
        now = self._clock.now()
        if not await queries.attempt(self._db, account, factor, now, now + _WAIT):
            if await queries.wrap(self._db, account, factor) is None:
                raise refusals.no_key()
            raise refusals.wait(int(_WAIT.total_seconds()))
        kept = await queries.wrap(self._db, account, factor)
        if kept is None:
            raise refusals.no_key()
        try:
            outer = await self._outer(secret, kept.salt)
            inner = rings.unseal(outer, _label(account, factor), kept.sealed)
        except InvalidTag:
            raise refusals.wrong() from None
        await queries.succeeded(self._db, account, factor)
        return inner

    async def _wrap(
        self, account: int, factor: str, inner: bytes, secret: str
    ) -> tuple[bytes, bytes]:
        if not secret:
            raise refusals.wrong()
        salt = os.urandom(16)
        outer = await self._outer(secret, salt)
        return salt, rings.seal(outer, _label(account, factor), inner)

    async def _outer(self, secret: str, salt: bytes) -> bytes:
        stretched = await asyncio.to_thread(rings.stretch, secret, salt)
        return self._mixed(stretched, b"wrap")

    def _mixed(self, secret: bytes, purpose: bytes) -> bytes:
        """Neither the database nor the signer's secret alone is enough: the keyring adds to it."""
        return rings.derive(secret + self._pepper, b"xinglin signing " + purpose)


def _label(account: int, factor: str = "private") -> bytes:
    return f"{account}:{factor}".encode()


def _opened(key: queries.Key, private: bytes) -> Opened:
    return Opened(
        key.id, key.account, key.who, key.algorithm, private, (key.certificate, *key.chain)
    )
