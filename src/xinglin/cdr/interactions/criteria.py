"""Criteria of conditional interactions: normalised, locked, matched to one resource.

https://hl7.org/fhir/R4/http.html#ccreate
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl

import msgspec

from xinglin.kernel.errors import Issue, Malformed, PreconditionFailed

from . import sight

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from xinglin.cdr.access import Access
    from xinglin.cdr.context import Context
    from xinglin.cdr.store import Stored
    from xinglin.kernel.database import Connection, Database

_LOCK = "select pg_advisory_xact_lock(k) from unnest($1::bigint[]) k"


LIMIT = 2


class Found(NamedTuple):
    """What criteria lead to, at most two; ``unseen``: one of them may not be seen."""

    rows: list[Stored]
    unseen: bool


class Criteria(msgspec.Struct, frozen=True):
    """A type and the sorted parameters; equal for what means the same."""

    type: str
    params: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """For messages."""
        return "&".join(f"{name}={value}" for name, value in self.params)

    @property
    def number(self) -> int:
        """Signed 64 bits, for the advisory lock."""
        digest = blake2b(repr((self.type, self.params)).encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big", signed=True)


def normalise(type_: str, text: str, place: str = "http.query") -> Criteria:
    """Read a query string (``identifier=a|b``, with or without the type in front)."""
    query = text.removeprefix(type_).removeprefix("?")
    params = sorted(parse_qsl(query, keep_blank_values=True))
    if not any(value for _, value in params):
        raise Malformed(
            Issue(
                "required",
                f"The criteria for {type_} are empty. Give search parameters, for example "
                "identifier=system|value.",
                f"{type_} 的条件为空。请给出检索参数，例如 identifier=system|value。",
                (place,),
            )
        )
    return Criteria(type_, tuple(params))


async def lock(connection: Connection, wanted: Iterable[Criteria]) -> None:
    """Hold the criteria until the transaction ends; several are taken in one order."""
    numbers = sorted({one.number for one in wanted})
    if numbers:
        await connection.fetch(_LOCK, numbers)


async def one(
    ctx: Context,
    source: Connection | Database,
    access: Access,
    wanted: Criteria,
    without: Collection[int] = (),
) -> Stored | None:
    """The resource that meets the criteria, but for those ``without``. Several are refused: 412.

    One that may not be seen gets the same answer as several, so that it says nothing of it.
    """
    [rids] = await ctx.matcher.find(source, access, [wanted], LIMIT + len(without))
    rids = [rid for rid in rids if rid not in without]
    if not rids:
        return None
    found = (await sight.told(ctx, source, access, rids[:1], ("r",))).get(rids[0])
    if len(rids) > 1 or found is None or "r" not in found.letters:
        raise ambiguous(wanted)
    return found.stored


async def several(
    ctx: Context,
    source: Connection | Database,
    access: Access,
    wanted: Sequence[Criteria],
    without: Collection[int] = (),
) -> dict[Criteria, Found]:
    """What each of the criteria leads to, but for those ``without``; none is refused here."""
    found = await ctx.matcher.find(source, access, wanted, LIMIT + len(without))
    rids = {
        one: [rid for rid in those if rid not in without]
        for one, those in zip(wanted, found, strict=True)
    }
    every = {rid for found in rids.values() for rid in found}
    rows = await sight.told(ctx, source, access, every, ("r",)) if every else {}
    unseen = {rid for rid, row in rows.items() if "r" not in row.letters}
    return {
        one: Found([rows[rid].stored for rid in found if rid in rows], not unseen.isdisjoint(found))
        for one, found in rids.items()
    }


def ambiguous(wanted: Criteria) -> PreconditionFailed:
    """The answer where not exactly one thing is meant."""
    return PreconditionFailed(
        Issue(
            "multiple-matches",
            f"{wanted.type}?{wanted.text} does not lead to exactly one resource. "
            "Narrow the criteria, or use the id.",
            f"{wanted.type}?{wanted.text} 没有唯一对应的资源。请收窄条件，或直接使用 id。",
        )
    )
