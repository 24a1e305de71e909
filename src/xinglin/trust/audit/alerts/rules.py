"""The rules of the alerts, read from data; what they make of one row after the other.

docs/howto/audit.md; rules.toml. No database here: what a rule must know is handed to it.
"""

from __future__ import annotations

import tomllib
from collections import deque
from datetime import time
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

from xinglin.trust.audit.queries import instant

if TYPE_CHECKING:
    from datetime import tzinfo

    from xinglin.trust.audit.model import Event, Row

Kind = Literal[
    "own-record", "family", "confidential", "many-patients", "refusals", "hours", "events"
]


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule, as rules.toml explains it."""

    code: str
    kind: Kind
    severity: Literal["high", "medium", "low"]
    name: dict[str, str]
    signals: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()
    events: frozenset[str] = frozenset()
    more_than: int = 0
    minutes: int = 60
    from_: str = msgspec.field(name="from", default="00:00")
    until: str = "24:00"
    only: frozenset[str] = frozenset()
    except_: frozenset[str] = msgspec.field(name="except", default=frozenset())

    def concerns(self, role: str) -> bool:
        """Whether the rule is about this role."""
        return role not in self.except_ and (not self.only or role in self.only)


class _File(msgspec.Struct):
    rule: list[Rule]


@lru_cache(maxsize=1)
def rules() -> tuple[Rule, ...]:
    """The rules that are shipped."""
    text = (Path(__file__).parent / "rules.toml").read_text(encoding="utf-8")
    return tuple(msgspec.convert(tomllib.loads(text), _File).rule)


class Facts(msgspec.Struct):
    """What rows do not tell: accounts' own patients, sealed and labelled patients, relatives.

    ``relatives`` holds (account, patient) with the signal that makes them look like relatives.
    """

    own: dict[int, int] = {}
    sealed: frozenset[int] = frozenset()
    labels: dict[int, frozenset[str]] = {}
    relatives: dict[tuple[int, int], str] = {}


class _Window:
    """What happened lately, and how much of it is distinct; each step costs the same."""

    def __init__(self, minutes: int) -> None:
        self._length = minutes * 60_000_000
        self._events: deque[tuple[int, int]] = deque()
        self._counts: dict[int, int] = {}

    def add(self, at: int, what: int) -> None:
        """Something at a time; what is older than the window is forgotten."""
        while self._events and self._events[0][0] < at - self._length:
            _, old = self._events.popleft()
            self._counts[old] -= 1
            if not self._counts[old]:
                del self._counts[old]
        self._events.append((at, what))
        self._counts[what] = self._counts.get(what, 0) + 1

    @property
    def times(self) -> int:
        """How often."""
        return len(self._events)

    @property
    def distinct(self) -> int:
        """How many different."""
        return len(self._counts)


class Hit(NamedTuple):
    """A rule that a row has set off; ``patient`` 0: it is about no one patient."""

    rule: Rule
    row: Row
    patient: int
    note: str


class Evaluation:
    """Looks at rows in the order of their time; remembers what windows need."""

    def __init__(self, zone: tzinfo, chosen: tuple[Rule, ...] | None = None) -> None:
        self._rules = rules() if chosen is None else chosen
        self._zone = zone
        self._windows: dict[tuple[str, object], _Window] = {}
        self._about: dict[str, tuple[Rule, ...]] = {}

    @property
    def minutes(self) -> int:
        """How far back the windows reach."""
        return max((rule.minutes for rule in self._rules), default=0)

    def hits(self, row: Row, facts: Facts) -> list[Hit]:
        """The rules that this row sets off."""
        event = row.event
        if event.kind in ("start", "stop", "audit") or event.phase == "b":
            return []
        return [
            Hit(rule, row, patient, note)
            for rule in self._for(event.role)
            for patient, note in self._hits(rule, row, facts)
        ]

    def _for(self, role: str) -> tuple[Rule, ...]:
        """The rules about a role: each row is looked at by these alone."""
        found = self._about.get(role)
        if found is None:
            found = tuple(rule for rule in self._rules if rule.concerns(role))
            self._about[role] = found
        return found

    def _hits(self, rule: Rule, row: Row, facts: Facts) -> list[tuple[int, str]]:
        event = row.event
        seen = event.patients if 0 < event.status < 400 else ()
        match rule.kind:
            case "own-record":
                own = facts.own.get(event.account)
                return [(own, "")] if own and own in seen else []
            case "family":
                signs = ((one, facts.relatives.get((event.account, one), "")) for one in seen)
                return [(one, sign) for one, sign in signs if sign in rule.signals]
            case "confidential":
                return [(one, why) for one in seen if (why := _why(rule, one, facts))]
            case "many-patients":
                count = self._distinct(rule, row, seen)
                return [(0, f"{count} / {rule.minutes} min")] if count > rule.more_than else []
            case "refusals":
                refused = event.status in (401, 403) and event.account > 0
                return self._often(rule, row, event.account) if refused else []
            case "events":
                here = event.account or event.actor or event.address
                return self._often(rule, row, here) if event.kind in rule.events else []
            case "hours":
                return self._outside(rule, row, event)

    def _window(self, rule: Rule, who: object) -> _Window:
        return self._windows.setdefault((rule.code, who), _Window(rule.minutes))

    def _distinct(self, rule: Rule, row: Row, seen: tuple[int, ...]) -> int:
        if not seen or not row.event.account:
            return 0
        window = self._window(rule, row.event.account)
        for patient in seen:
            window.add(row.at, patient)
        return window.distinct

    def _often(self, rule: Rule, row: Row, who: object) -> list[tuple[int, str]]:
        window = self._window(rule, who)
        window.add(row.at, 0)
        count = window.times
        return [(0, f"{count} / {rule.minutes} min")] if count > rule.more_than else []

    def _outside(self, rule: Rule, row: Row, event: Event) -> list[tuple[int, str]]:
        if not event.patients or not event.role:
            return []
        at = _local(row.at, self._zone)
        if _clock(rule.from_) <= at < _clock(rule.until):
            return []
        return [(0, f"{at:%H:%M}")]


def _why(rule: Rule, patient: int, facts: Facts) -> str:
    if patient in facts.sealed:
        return "sealed"
    return ",".join(sorted(rule.labels & facts.labels.get(patient, frozenset())))


def _local(at: int, zone: tzinfo) -> time:
    return instant(at).astimezone(zone).time()


def _clock(text: str) -> time:
    return time.max if text == "24:00" else time.fromisoformat(text)
