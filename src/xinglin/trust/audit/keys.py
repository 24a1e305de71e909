"""Numbers by which segments are found: patients, resources, accounts, and what is rare.

docs/adr/0010-audit.md. A segment found may hold no such row: whoever searches looks at the rows.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .model import Event

# What nearly every segment holds has no key: it would tell nothing.
COMMON = frozenset(("read", "vread", "search_type", "create", "update", "bundle", "operation"))
_ACCOUNT, _HOME, _KIND, _ENDED = 1 << 60, 1 << 61, 1 << 62, (1 << 62) | (1 << 40)


def entity(type_: str, id_: str) -> int:
    """A resource, whether there is one or not: negative, so that it is no rid."""
    digest = hashlib.blake2b(f"{type_}/{id_}".encode(), digest_size=8, person=b"xinglin audit")
    return int.from_bytes(digest.digest(), signed=True) | -(1 << 63)


def account(number: int) -> int:
    """An account; 0 is nobody."""
    return _ACCOUNT | number


def home(rid: int) -> int:
    """A campus or institution."""
    return _HOME | rid


def kind(name: str) -> int:
    """A kind that is not common."""
    return _KIND | crc32(name.encode())


def ended(status: int) -> int:
    """How it ended, where not well: refused (4), failed (5), or nobody knows (0)."""
    return _ENDED | status // 100


def of(events: Iterable[Event]) -> list[int]:
    """The keys of a segment."""
    found: set[int] = set()
    for event in events:
        found.update(event.patients)
        found.add(_ACCOUNT | event.account)
        if event.home:
            found.add(_HOME | event.home)
        if event.id:
            found.add(entity(event.type, event.id))
        if event.kind not in COMMON:
            found.add(kind(event.kind))
        if not 0 < event.status < 400:
            found.add(ended(event.status))
    return sorted(found)
