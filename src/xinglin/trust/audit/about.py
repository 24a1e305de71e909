"""Who makes a request and whose data it is about, as numbers that do not change.

docs/adr/0010-audit.md: patients that were asked for are on record even where nothing was found.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from .search import queries

if TYPE_CHECKING:
    from xinglin.cdr.access import Access
    from xinglin.cdr.http import Request
    from xinglin.kernel.database import Database

Who = tuple[int, str, str, int, int, str, str, str, int]
"""The fields of `Event` from ``account`` to ``home``."""
Whose = tuple[Who, tuple[int, ...]]

_ASKED = re.compile(rb"(?:^|&)(?:patient|subject)(?::Patient)?=([^&]*)")
_ID = re.compile(r"(?:.*/)?(?:Patient/)?([A-Za-z0-9.-]{1,64})")
_KEPT = 1 << 14
_MOST = 100  # patients named in one query


class About:
    """Looks numbers up, and remembers them."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._rids: dict[str, int] = {}
        self._roles: dict[int, str] = {}
        # By identity, as an access is long to compare; it is kept, so that its place stays its own.
        self._who: dict[int, tuple[Access, str, Who]] = {}

    def known(self, request: Request) -> Whose | None:
        """Who it is and whose data; None: something has to be looked up."""
        who = self._known_who(request)
        if who is None:
            return None
        place = request.place
        patients = request.patients
        if place is not None and place.type == "Patient" and place.id and not patients:
            rid = self._rids.get(place.id)
            if rid is None:
                return None
            patients = (rid,)
        query, form = request.query_string, request.form
        if form or (query and (b"patient" in query or b"subject" in query)):
            more = [self._rids.get(id_) for id_ in _asked(request)]
            if None in more:
                return None
            patients = tuple(dict.fromkeys((*patients, *(rid for rid in more if rid))))
        return who, patients

    async def looked_up(self, request: Request) -> Whose:
        """The same, with what was not known looked up."""
        access = request.access
        if access is not None and access.position not in self._roles:
            if len(self._roles) > _KEPT:
                self._roles.clear()
            role = await queries.role_of(self._db, access.position) if access.position else ""
            self._roles[access.position] = role
        who = self._known_who(request)
        place = request.place
        ids = [place.id] if place is not None and place.type == "Patient" and place.id else []
        found = dict.fromkeys(request.patients)
        for id_ in (*ids, *_asked(request)):
            rid = self._rids.get(id_) or await self._rid(id_)
            if rid:
                found[rid] = None
        return who or _nobody(request), tuple(found)

    def _known_who(self, request: Request) -> Who | None:
        access = request.access
        if access is None:
            return _nobody(request)
        kept = self._who.get(id(access))
        address = _address(request)
        if kept is not None and kept[1] == address:
            return kept[2]
        role = self._roles.get(access.position)
        if role is None:
            return None
        if len(self._who) > _KEPT:
            self._who.clear()
        who = (
            *(access.account, access.actor, role, access.position, access.session),
            *(access.client, address, access.purpose, access.home or 0),
        )
        self._who[id(access)] = access, address, who
        return who

    async def _rid(self, id_: str) -> int | None:
        rid = await queries.rid_of(self._db, "Patient", id_)
        if rid:
            if len(self._rids) > _KEPT:
                self._rids.clear()
            self._rids[id_] = rid
        return rid


def _address(request: Request) -> str:
    client = request.scope.get("client")
    return client[0] if client else ""


def _nobody(request: Request) -> Who:
    return 0, "", "", 0, 0, "", _address(request), "", 0


def _asked(request: Request) -> list[str]:
    """The ids of patients in the query."""
    found: list[str] = []
    for raw in (request.query_string, request.form):
        if b"patient" in raw or b"subject" in raw:
            for match in _ASKED.finditer(raw):
                found += _ids(match[1])
    return found[:_MOST]


def _ids(raw: bytes) -> list[str]:
    matches = map(_ID.fullmatch, unquote_to_bytes(raw).decode("latin-1").split(","))
    return [match[1] for match in matches if match]
