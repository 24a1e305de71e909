"""Whose data a request is about, and in which role it is made, as numbers that do not change.

docs/adr/0010-audit.md: patients that were asked for are on record even where nothing was found.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from .search import queries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xinglin.cdr.http import Request
    from xinglin.kernel.database import Database

_ASKED = re.compile(rb"(?:^|&)(?:patient|subject)(?::Patient)?=([^&]*)")
_ID = re.compile(r"(?:.*/)?(?:Patient/)?([A-Za-z0-9.-]{1,64})")
_KEPT = 1 << 15
_MOST = 100  # patients named in one query


class About:
    """Looks numbers up, and remembers them."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._rids: dict[str, int] = {}
        self._roles: dict[int, str] = {}

    async def of(self, request: Request) -> tuple[str, tuple[int, ...]]:
        """The role, and the rids of the patients."""
        access = request.access
        role = await self._role(access.position) if access and access.position else ""
        found = dict.fromkeys(rid for rid in request.patients if rid > 0)
        for id_ in _named(request):
            rid = self._rids.get(id_) or await self._rid(id_)
            if rid:
                found[rid] = None
        return role, tuple(found)

    async def _role(self, position: int) -> str:
        role = self._roles.get(position)
        if role is None:
            if len(self._roles) > _KEPT:
                self._roles.clear()
            role = self._roles[position] = await queries.role_of(self._db, position)
        return role

    async def _rid(self, id_: str) -> int | None:
        rid = await queries.rid_of(self._db, "Patient", id_)
        if rid:
            if len(self._rids) > _KEPT:
                self._rids.clear()
            self._rids[id_] = rid
        return rid


def _named(request: Request) -> Iterator[str]:
    """The ids of patients in the address, the query and what was written."""
    place = request.place
    if place is not None and place.type == "Patient" and place.id:
        yield place.id
    if request.written.startswith("Patient/"):
        yield request.written.split("/")[1]
    for raw in (request.query_string, request.form):
        if b"patient" in raw or b"subject" in raw:
            for count, match in enumerate(_ASKED.finditer(raw)):
                yield from _ids(match[1]) if count < _MOST else ()


def _ids(raw: bytes) -> Iterator[str]:
    for one in unquote_to_bytes(raw).decode("latin-1").split(",")[:_MOST]:
        match = _ID.fullmatch(one)
        if match:
            yield match[1]
