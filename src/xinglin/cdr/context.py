"""What every interaction works with: the database, the clock, numbers, caches and hooks.

One a process; it holds no state of a request.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeVar

import asyncpg

from xinglin.kernel.errors import Conflict, Issue

from .store import Stale

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from xinglin.kernel.clock import Clock
    from xinglin.kernel.database import Connection, Database

    from .access import Access
    from .index import Indexer
    from .index.dictionary import Dictionary
    from .interactions.draft import Written
    from .interactions.entries import Entry
    from .interactions.matcher import Matcher
    from .interactions.replying import Style
    from .interactions.result import Result
    from .store.references import References

ATTEMPTS = 12
T = TypeVar("T")
Name = tuple[str, str]
# Numbers come through the connection at hand: whoever holds one must not wait for another.
Allocate = Callable[["Connection | Database", int], Awaitable[list[int]]]


class Hook(Protocol):
    """Called in the transaction of a write, before it commits; raising a refusal undoes it."""

    async def __call__(self, connection: Connection, written: Sequence[Written]) -> None:
        """See the class."""
        ...


@dataclass(slots=True, frozen=True)
class Related:
    """Who has to do with the patient of one resource, as it says: rows of ``relation``.

    Without patient and source: (unit, patient, kind, since, until). ``kept`` is a kind that is not
    derived and stays.
    """

    rows: Sequence[tuple[int, int, int, datetime | None, datetime | None]]
    kept: int


class Inline(Protocol):
    """A hook whose effect on a single write goes into its statement: no transaction is needed."""

    async def __call__(self, connection: Connection, written: Sequence[Written]) -> None:
        """As of any hook, where there is a transaction anyway."""
        ...

    def inline(self, type_: str) -> bool:
        """Whether writes of this type can be done so."""
        ...

    async def related(self, written: Written, numbers: Mapping[Name, int]) -> Related | None:
        """What to store for a version; None: what is stored stays. ``numbers``: rids by name."""
        ...


class Search(Protocol):
    """A search inside a batch or transaction; ``path`` is the address below the base."""

    async def __call__(
        self,
        source: Connection | Database,
        access: Access,
        path: tuple[str, ...],
        query: str,
        style: Style,
    ) -> Result:
        """See the class."""
        ...


class Other(Protocol):
    """An operation, or the CapabilityStatement, asked for inside a batch."""

    async def __call__(self, access: Access, entry: Entry, style: Style) -> Result:
        """See the class."""
        ...


@dataclass(slots=True)
class Context:
    """What the interactions share."""

    db: Database
    clock: Clock
    node: int
    indexer: Indexer
    references: References
    allocate: Allocate
    secret: bytes
    dictionary: Dictionary
    notify: Callable[[], None] = lambda: None
    matcher: Matcher = field(init=False)  # set by `assembly`, as search stands on the same tables
    search: Search | None = None
    other: Other | None = None
    check_references: bool = False  # whether what is referred to must exist
    hooks: dict[str, list[Hook]] = field(default_factory=dict[str, list[Hook]])

    def hooks_of(self, types: set[str]) -> list[Hook]:
        """The hooks that any of the types has."""
        return list({hook: None for t in types for hook in self.hooks.get(t, ())})


def inlined(hook: Hook, type_: str) -> bool:
    """Whether what the hook does on a write of one such resource goes into the statement."""
    ask = getattr(hook, "inline", None)
    return ask is not None and ask(type_)


async def retrying(attempt: Callable[[], Awaitable[T]]) -> T:
    """Do it again, a bounded number of times, where another writer came in between."""
    for turn in range(ATTEMPTS):
        try:
            return await attempt()
        except (Stale, asyncpg.SerializationError, asyncpg.DeadlockDetectedError):
            pass
        except asyncpg.UniqueViolationError as error:
            if getattr(error, "constraint_name", "") != "resource_type_id":
                raise
        await asyncio.sleep(random.random() * 0.002 * (turn + 1))  # noqa: S311 - only to spread them
    raise Conflict(
        Issue(
            "transient",
            "Others keep writing the same thing at this moment. Send the request again.",
            "其他人此刻正在不断写入同一内容，请重新发送请求。",
        ),
        headers={"Retry-After": "1"},
    )
