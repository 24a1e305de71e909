"""The index kept up to date: every write of a Patient changes it in the same transaction.

docs/adr/0011-patient-index.md; hooks: `Repository.on_write`.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

import msgspec

from xinglin.cdr import types
from xinglin.fhir import json

from . import blocking
from .model import Traits
from .queries import Tables
from .traits import of_patient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

    from xinglin.cdr.context import Context
    from xinglin.cdr.interactions.draft import Written
    from xinglin.kernel.database import Connection

NEW: Final = "n"
OUT: Final = "o"
_CHUNK: Final = 500
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Traits).decode


def pack(traits: Traits) -> str:
    """As it is stored."""
    return _encode(traits).decode()


def unpack(text: str) -> Traits:
    """Back."""
    return _decode(text)


def is_out(patient: dict[str, Any] | None) -> bool:
    """Whether nobody should be matched with it: deleted, or merged into another record."""
    return patient is None or any(
        isinstance(link, dict) and link.get("type") == "replaced-by"
        for link in patient.get("link") or ()
    )


class Index:
    """Keys and records of one database."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        self._base = blake2b(digest_size=8, key=ctx.secret, person=b"empi")

    def hashed(self, keys: Iterable[str]) -> set[int]:
        """Keys as the table has them."""
        found: set[int] = set()
        for key in keys:
            digest = self._base.copy()
            digest.update(key.encode("utf-8", "surrogatepass"))
            found.add(int.from_bytes(digest.digest(), "big", signed=True))
        return found

    def keys(self, traits: Traits) -> set[int]:
        """The keys of a record."""
        return self.hashed(blocking.keys(traits))

    async def written(self, connection: Connection, written: Sequence[Written]) -> None:
        """Called in the transaction of each write of a Patient."""
        await self.take(connection, [(one.rid, one.resource) for one in written])

    async def take(
        self, connection: Connection, patients: Sequence[tuple[int, dict[str, Any] | None]]
    ) -> None:
        """Have the index know these patients as they are now; None: deleted."""
        known = await Tables.traits(connection, [rid for rid, _ in patients])
        records: list[tuple[int, str, str]] = []
        lost: list[tuple[int, int]] = []
        gained: list[tuple[int, int]] = []
        for rid, patient in patients:
            traits = Traits() if patient is None else of_patient(patient)
            out = is_out(patient)
            packed = pack(Traits() if out else traits)
            before = known.get(rid)
            if packed == before:
                continue
            old = self.keys(unpack(before)) if before else set[int]()
            new = set[int]() if out else self.keys(traits)
            lost += ((k, rid) for k in old - new)
            gained += ((k, rid) for k in new - old)
            records.append((rid, packed, OUT if out else NEW))
        if records:
            await Tables.put(connection, records, lost, gained)
        if changed := [rid for rid, _, _ in records if rid in known]:
            await Tables.forget(connection, changed)

    async def fill(self, *, anew: bool = False) -> AsyncIterator[int]:
        """Take in the patients it does not know; says after each step how many are done.

        ``anew``: forget all first (after a change of what keys are made of); decisions stay.
        """
        if anew:
            async with self.ctx.db.transaction() as connection:
                await Tables.clear(connection)
        after = done = 0
        while True:
            async with self.ctx.db.transaction() as connection:
                rows = await Tables.missing(connection, types.number("Patient"), after, _CHUNK)
                if rows:
                    patients = [(row["rid"], json.decode(row["body"].encode())) for row in rows]
                    await self.take(connection, patients)
            if not rows:
                return
            after = rows[-1]["rid"]
            done += len(rows)
            yield done
