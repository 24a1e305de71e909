"""Which chain a process may take up: one that nobody holds and nobody has tampered with.

docs/adr/0010-audit.md. A chain that was tampered with is left as it is, for the verifier to show.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from . import chain, queries
from .chain import Link

if TYPE_CHECKING:
    from xinglin.kernel.database import Connection

    from .heads import Head


class Known(NamedTuple):
    """How a chain ends as far as is known outside the database.

    ``exact``: it must end in one of the links, as nobody wrote since; else it may go on after
    the first (a crash leaves rows that no head has told of). ``closed``: it was left for good.
    """

    links: tuple[Link, ...]
    exact: bool = False
    closed: bool = False


Expected = Callable[[int], Known | None]


class Taken(NamedTuple):
    """A chain that is held now; ``notes`` say what was wrong with it or with others."""

    number: int
    link: Link
    notes: tuple[str, ...] = ()
    left: tuple[tuple[int, Link], ...] = ()


def known(head: Head | None) -> Known | None:
    """What a signed head tells."""
    if head is None:
        return None
    link = Link(head.seq, bytes.fromhex(head.hash))
    return Known((link,), exact=head.state == "stop", closed=head.state == "closed")


async def take(connection: Connection, node: int, expected: Expected) -> Taken:
    """Hold the first chain of a node that is free and ends as it should."""
    notes: list[str] = []
    left: list[tuple[int, Link]] = []
    slot = 0
    while True:
        number, slot = chain.writer_number(node, slot), slot + 1
        if not await queries.hold(connection, number):
            continue
        tail, end = await queries.tail(connection, number), expected(number)
        if end is None or (not end.closed and _fits(tail, end)):
            break
        if not end.closed and tail.seq < end.links[0].seq:
            notes.append(f"chain {number}: rows {tail.seq + 1} to {end.links[0].seq} are missing")
            tail = end.links[0]  # the gap stays to be seen
            break
        if not end.closed:
            notes.append(f"chain {number}: goes on otherwise after row {end.links[0].seq}")
            left.append((number, end.links[0]))
        await queries.let_go(connection, number)
    await queries.register(connection, number)
    return Taken(number, tail, tuple(notes), tuple(left))


def _fits(tail: Link, end: Known) -> bool:
    return tail in end.links or (not end.exact and tail.seq > end.links[0].seq)
