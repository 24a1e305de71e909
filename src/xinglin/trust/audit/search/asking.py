"""What a search of the trail asks for: the parameters that it knows, read.

https://hl7.org/fhir/R4/auditevent.html#search; other parameters are left to the stored resources.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from xinglin.cdr.search.values import alternatives, plain, prefix, refuse
from xinglin.trust.audit import chain, keys

from . import kinds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xinglin.cdr.index.dates import Dates
    from xinglin.kernel.errors import Malformed

# From (type, id) to rid, and from a person's rid or an account's name to accounts.
Rid = Callable[[str, str], Awaitable[int | None]]
Accounts = Callable[[int | None, str], Awaitable[list[int]]]

KNOWN = frozenset(
    (
        *("patient", "agent", "altid", "agent-name", "date", "type", "subtype", "action"),
        *("outcome", "entity", "_id", "_count", "_sort", "_total", "_page", "_format", "_pretty"),
        *("_summary",),
    )
)
PAGE_MARK = "chain."
STORED_MARK = "stored"
MOST = 1000
_REFERENCE = re.compile(r"(?:.*/)?([A-Z][A-Za-z]+)/([A-Za-z0-9.-]{1,64})")
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
_STATUSES = {"0": (1, 399), "4": (400, 499), "8": (500, 999), "12": (1000, 1000)}
_NEVER = -1

Cursor = tuple[int, int, int]
"""Time in microseconds, writer, place: after which row a page begins."""


class Wanted(msgspec.Struct, frozen=True):
    """What rows must be like; None: any. ``about``: each of the sets must be met."""

    about: tuple[tuple[int, ...], ...] = ()
    accounts: tuple[int, ...] | None = None
    kinds: tuple[str, ...] | None = None
    statuses: tuple[tuple[int, int], ...] = ()
    since: int | None = None
    until: int | None = None
    places: tuple[tuple[int, int], ...] | None = None
    count: int = 20
    newest: bool = True
    after: Cursor | None = None
    total: bool = False


def serves(pairs: Iterable[tuple[str, str]]) -> bool:
    """Whether the chain can answer a search; ids that are none of its own it cannot."""
    for name, value in pairs:
        if name not in KNOWN:
            return False
        if name == "_id" and not all(one.startswith("chain-") for one in value.split(",")):
            return False
        if name == "_page" and not value.startswith(PAGE_MARK):
            return False
    return True


@dataclass
class _Draft:
    """What was read so far; conditions of several parameters must all hold."""

    about: list[tuple[int, ...]] = field(default_factory=list[tuple[int, ...]])
    accounts: set[int] | None = None
    kinds: set[str] | None = None
    statuses: tuple[tuple[int, int], ...] = ()
    since: int | None = None
    until: int | None = None
    places: tuple[tuple[int, int], ...] | None = None
    count: int = 20
    newest: bool = True
    after: Cursor | None = None
    total: bool = False

    def of_accounts(self, found: set[int]) -> None:
        """Only these accounts."""
        found = found or {_NEVER}
        self.accounts = found if self.accounts is None else (self.accounts & found or {_NEVER})

    def of_kinds(self, found: set[str]) -> None:
        """Only these kinds."""
        self.kinds = found if self.kinds is None else self.kinds & found

    def between(self, since: int | None, until: int | None) -> None:
        """Only in this time."""
        if since is not None:
            self.since = since if self.since is None else max(since, self.since)
        if until is not None:
            self.until = until if self.until is None else min(until, self.until)

    def wanted(self) -> Wanted:
        """The same, to be asked with."""
        return Wanted(
            about=tuple(self.about),
            accounts=None if self.accounts is None else tuple(sorted(self.accounts)),
            kinds=None if self.kinds is None else tuple(sorted(self.kinds)),
            statuses=self.statuses,
            since=self.since,
            until=self.until,
            places=self.places,
            count=self.count,
            newest=self.newest,
            after=self.after,
            total=self.total,
        )


class Reader:
    """Reads the parameters of one search."""

    def __init__(self, dates: Dates, rid: Rid, accounts: Accounts) -> None:
        self._dates = dates
        self._rid = rid
        self._accounts = accounts

    async def read(self, pairs: Iterable[tuple[str, str]]) -> Wanted:
        """Raises Malformed."""
        draft = _Draft()
        for name, value in pairs:
            match name:
                case "patient" | "entity":
                    draft.about.append(await self._about(name, value))
                case "agent":
                    draft.of_accounts(await self._agents(value))
                case "altid" | "agent-name":
                    draft.of_accounts(await self._named(name, value))
                case "type" | "subtype" | "action":
                    draft.of_kinds(_kinds(name, value))
                case "outcome":
                    draft.statuses = _statuses(value)
                case "date":
                    draft.between(*self._period(value))
                case _:
                    _control(draft, name, value)
        return draft.wanted()

    async def _about(self, name: str, value: str) -> tuple[int, ...]:
        found: list[int] = []
        for one in alternatives(name, value):
            type_, id_ = _reference(name, plain(one), "Patient" if name == "patient" else None)
            if type_ == "Patient":
                found.append(await self._rid(type_, id_) or _NEVER)
            if name == "entity":
                found.append(keys.entity(type_, id_))
        return tuple(found)

    async def _agents(self, value: str) -> set[int]:
        found: set[int] = set()
        for one in alternatives("agent", value):
            rid = await self._rid(*_reference("agent", plain(one), None))
            found.update(await self._accounts(rid, "") if rid else ())
        return found

    async def _named(self, name: str, value: str) -> set[int]:
        found: set[int] = set()
        for one in alternatives(name, value):
            found.update(await self._accounts(None, plain(one).rpartition("|")[2]))
        return found

    def _period(self, value: str) -> tuple[int | None, int | None]:
        comparison, text = prefix("date", value)
        try:
            low, high = self._dates.bounds(text)
        except ValueError:
            raise _no_date(text) from None
        match comparison:
            case "eq":
                return low, high
            case "ge":
                return low, None
            case "gt" | "sa":
                return high + 1, None
            case "le":
                return None, high
            case "lt" | "eb":
                return None, low - 1
            case _:
                raise refuse(
                    "date",
                    f"The prefix {comparison} is not possible in a search of the audit trail;"
                    " use eq, ge, gt, le or lt.",
                    f"审计记录检索不支持前缀 {comparison}；可用 eq、ge、gt、le、lt。",
                )


def _no_date(text: str) -> Malformed:
    return refuse(
        "date",
        f"'{text[:40]}' in date is no date; write it like 2026-11-24 or 2026-11-24T08:30:00+08:00.",
        f"date 中的“{text[:40]}”不是日期；请写成 2026-11-24 或 2026-11-24T08:30:00+08:00。",
    )


def _reference(name: str, text: str, only: str | None) -> tuple[str, str]:
    match = _REFERENCE.fullmatch(text)
    if match and only in (None, match[1]):
        return match[1], match[2]
    if only and _ID.fullmatch(text):
        return only, text
    example = f"{only or 'Practitioner'}/123"
    raise refuse(
        name,
        f"'{text[:80]}' in {name} is no reference; write it like {example}.",
        f"{name} 中的“{text[:80]}”不是引用；请写成 {example}。",
    )


def _kinds(name: str, value: str) -> set[str]:
    found: set[str] = set()
    for one in alternatives(name, value):
        system, bar, code = plain(one).rpartition("|")
        if name == "action":
            found |= kinds.acting(code)
        else:
            found |= kinds.having(name, system if bar else None, code)
    return found


def _statuses(value: str) -> tuple[tuple[int, int], ...]:
    codes = [plain(one).rpartition("|")[2] for one in alternatives("outcome", value)]
    ranges = [_STATUSES[code] for code in codes if code in _STATUSES]
    if "8" in codes:
        ranges.append((0, 0))
    return tuple(ranges) or ((_NEVER, _NEVER),)


def _control(draft: _Draft, name: str, value: str) -> None:
    match name:
        case "_count":
            if not (value.isascii() and value.isdigit() and len(value) < 10):
                raise refuse(name, "_count takes a whole number.", "_count 应为整数。")
            draft.count = min(int(value), MOST)
        case "_sort":
            if value not in ("-date", "date"):
                raise refuse(
                    name,
                    "The audit trail is sorted by date or -date only.",
                    "审计记录只能按 date 或 -date 排序。",
                )
            draft.newest = value == "-date"
        case "_total":
            draft.total = value == "accurate"
        case "_summary" if value == "count":
            draft.count, draft.total = 0, True
        case "_id":
            found = (chain.place_of(one) for one in alternatives("_id", value))
            draft.places = tuple(one for one in found if one is not None)
        case "_page":
            draft.after = _cursor(value)
        case _:
            pass


def page_token(cursor: Cursor) -> str:
    """The token of the page after a row."""
    return PAGE_MARK + ".".join(map(str, cursor))


def _cursor(value: str) -> Cursor:
    parts = value.removeprefix(PAGE_MARK).split(".")
    if len(parts) == 3 and all(p.isascii() and p.isdigit() and len(p) < 19 for p in parts):
        at, writer, seq = map(int, parts)
        return at, writer, seq
    raise refuse("_page", "_page comes from a next link.", "_page 应取自 next 链接。")
