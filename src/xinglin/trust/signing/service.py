"""Signing a version, inside the transaction that wrote it, and telling what signatures are worth.

https://hl7.org/fhir/R4/signatures.html. What is signed are the bytes of the version as stored: the
same that a read answers with (UTF-8, as sent without ``_pretty`` and without content coding).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509
from msgspec import structs

from xinglin.cdr.access import Access
from xinglin.cdr.interactions import vread
from xinglin.cdr.interactions.draft import Draft
from xinglin.cdr.interactions.write import write_one
from xinglin.fhir import json
from xinglin.kernel.ids import uuid7

from . import algorithms, jws, provenance, purposes, refusals
from .verifier import Evidence, verify

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from xinglin.cdr.context import Context
    from xinglin.cdr.interactions.result import Result
    from xinglin.kernel.database import Connection, Database

    from .keys import Keys
    from .model import Opened, Signer, Target, Verdict
    from .timestamp import Stamper


class Signing:
    """The port by which other rooms have things signed and verified."""

    def __init__(
        self,
        context: Context,
        keys: Keys,
        stamper: Stamper,
        roots: Callable[[], list[x509.Certificate]],
    ) -> None:
        self._context = context
        self.keys = keys
        self._stamper = stamper
        self.roots = roots

    async def sign(  # noqa: PLR0917  who, with what, what, for what
        self,
        source: Connection | Database,
        access: Access,
        signer: Signer,
        opened: Opened,
        target: Target,
        purpose: str,
        step_up_at: datetime | None = None,
    ) -> Result:
        """Sign a version that the access may read in full; returns the Provenance as written.

        With a connection in a transaction it becomes part of it: the version, its signature and
        whatever else is written come to be together, or not at all. ``step_up_at``: when the person
        last proved who they are in this session. Raises Forbidden and NotFound.
        """
        if (opened.account, opened.who) != (signer.account, signer.who):
            raise refusals.foreign()
        body = await self.body(source, access, target)
        now = self._context.clock.now()
        chosen = purposes.check(purpose, json.decode(body), now, step_up_at)
        when = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        claims = provenance.claims(signer, target, chosen, when)
        chain = [x509.load_der_x509_certificate(one) for one in opened.chain]
        algorithm = algorithms.of(opened.algorithm)
        signature = jws.sign(algorithm, opened.private, chain, claims, body)
        token = self._stamper.stamp(signature.rpartition(".")[2].encode())
        resource = provenance.build(
            signer, target, chosen, when=when, signature=signature, token=token
        )
        # The signature is a consequence of the act, which the access allowed.
        draft = Draft("Provenance", uuid7(), resource)
        return await write_one(self._context, source, _system(access), draft)

    async def body(self, source: Connection | Database, access: Access, target: Target) -> bytes:
        """The exact bytes of a version that the access may read in full."""
        if access.hides(target.type):
            raise refusals.hidden(target.type)
        found = await vread.vread(
            self._context, source, access, target.type, target.id, str(target.version)
        )
        return found.body

    async def verify(self, body: bytes, resource: dict[str, object]) -> list[Verdict]:
        """What the signatures of a Provenance over a body are worth today."""
        evidence = Evidence(body, resource, (await self.keys.revocations(),))
        return verify(evidence, self.roots(), self._context.clock.now())


def _system(access: Access) -> Access:
    return structs.replace(
        Access.local(),
        actor=access.actor,
        home=access.home,
    )
