"""The parameters of a history, and its cursor.

https://hl7.org/fhir/R4/http.html#history: ``_count``, ``_since``, ``_at``; ``_sort`` as in R5.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from hmac import compare_digest
from typing import TYPE_CHECKING

import msgspec

from xinglin.cdr.store.history import Window
from xinglin.kernel.errors import Issue, Malformed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xinglin.cdr.index.dates import Dates
    from xinglin.cdr.store.history import Entry

DEFAULT_COUNT = 50
MAX_COUNT = 1000
NAMES = frozenset(("_count", "_since", "_at", "_sort", "_cursor"))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SORTS = {"-_lastUpdated": False, "_lastUpdated": True}


class _Cursor(msgspec.Struct, array_like=True):
    xid: int
    seq: int
    snapshot: str
    mark: str


@dataclass(slots=True)
class Query:
    """What is asked for."""

    type: str | None
    id: str | None
    secret: bytes
    count: int = DEFAULT_COUNT
    ascending: bool = False
    since: datetime | None = None
    at: tuple[datetime, datetime] | None = None
    xid: int | None = None
    seq: int | None = None
    snapshot: str | None = None
    params: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    @property
    def everything(self) -> bool:
        """Whether no version is left out."""
        return self.since is None and self.at is None

    def window(self, last: Entry | None = None) -> Window:
        """Which versions come next, after the last one seen."""
        start, end = self.at or (None, None)
        xid, seq = (last.xid, last.seq) if last else (self.xid, self.seq)
        return Window(self.since, start, end, self.ascending, xid, seq, self.snapshot)

    def cursor(self, last: Entry) -> str:
        """Where the next page begins."""
        mark = _Cursor(last.xid, last.seq, self.snapshot or "", "")
        mark.mark = self._mark(mark)
        return base64.urlsafe_b64encode(msgspec.json.encode(mark)).decode().rstrip("=")

    def resume(self, text: str) -> None:
        """Take up at a cursor of the same query."""
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
            mark = msgspec.json.decode(raw, type=_Cursor)
        except (binascii.Error, ValueError, msgspec.MsgspecError):
            raise bad_cursor() from None
        if not compare_digest(mark.mark.encode(), self._mark(mark).encode()):
            raise bad_cursor()
        self.xid, self.seq, self.snapshot = mark.xid, mark.seq, mark.snapshot or None

    def _mark(self, cursor: _Cursor) -> str:
        query = (self.type, self.id, self.ascending, self.since, self.at)
        what = repr((query, cursor.xid, cursor.seq, cursor.snapshot))
        return blake2b(what.encode(), digest_size=8, key=self.secret).hexdigest()


def parse(
    type_: str | None,
    id_: str | None,
    params: Sequence[tuple[str, str]],
    dates: Dates,
    secret: bytes,
) -> Query:
    """Read the parameters; what is not of history is left to the edge.

    ``secret`` signs cursors: they hold a snapshot, which nobody should be able to make up.
    """
    query = Query(type_, id_, secret=secret)
    cursor = None
    for name, value in params:
        match name:
            case "_count":
                query.count = _count(value)
            case "_since":
                query.since = _period(name, value, dates)[0]
            case "_at":
                query.at = _period(name, value, dates)
            case "_sort":
                if value not in _SORTS:
                    raise _bad(
                        name,
                        value,
                        "_lastUpdated or -_lastUpdated",
                        "_lastUpdated 或 -_lastUpdated",
                    )
                query.ascending = _SORTS[value]
            case "_cursor":
                cursor = value
                continue
            case _:
                continue
        query.params.append((name, value))
    if cursor is not None:
        query.resume(cursor)
    return query


def bad_cursor() -> Malformed:
    """The refusal of a cursor that is none, or is of another query."""
    return Malformed(
        Issue(
            "value",
            "_cursor does not belong to this history. Start again without it, "
            'and follow the link "next" as it is given.',
            "_cursor 不属于此历史查询。请去掉它重新开始，并原样使用返回的 next 链接。",
            ("http._cursor",),
        )
    )


def _count(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise _bad("_count", value, "a number from 0 on", "不小于 0 的整数")
    return min(int(value), MAX_COUNT)


def _period(name: str, value: str, dates: Dates) -> tuple[datetime, datetime]:
    try:
        # A plus sign that was not escaped arrives as a space.
        low, high = dates.bounds(value.replace(" ", "+"))
        return _EPOCH + timedelta(microseconds=low), _EPOCH + timedelta(microseconds=high)
    except (ValueError, OverflowError):
        raise _bad(
            name,
            value,
            "a date or an instant, 2026-11-24T08:00:00+08:00",
            "日期或时刻，如 2026-11-24T08:00:00+08:00",
        ) from None


def _bad(name: str, value: str, en: str, zh: str) -> Malformed:
    return Malformed(
        Issue(
            "value",
            f'{name}: "{value[:80]}" cannot be read; give {en}.',
            f"{name}：无法识别“{value[:80]}”；请给出{zh}。",
            (f"http.{name}",),
        )
    )
