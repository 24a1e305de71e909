"""The language of SMART scopes: read, put into canonical order, intersect.

SMART App Launch 2.x, scopes and launch context:
https://hl7.org/fhir/smart-app-launch/STU2/scopes-and-launch-context.html
"""

from __future__ import annotations

import re
from typing import Final, Literal
from urllib.parse import parse_qsl, quote

import msgspec

from xinglin.fhir import definitions
from xinglin.kernel.errors import Issue, Malformed

Context = Literal["patient", "user", "system"]
Pairs = tuple[tuple[str, str], ...]

LETTERS: Final = "cruds"
LAUNCH: Final = ("launch", "launch/patient", "launch/encounter")
IDENTITY: Final = ("openid", "fhirUser", "profile", "offline_access", "online_access")
_ORDER: Final = {name: place for place, name in enumerate((*IDENTITY, *LAUNCH))}
_V1: Final = {"read": "rs", "write": "cud", "*": "cruds"}
_CLINICAL: Final = re.compile(
    r"(?P<context>patient|user|system)/(?P<type>\*|[A-Za-z]+)\.(?P<what>[a-z]+|\*)"
    r"(?:\?(?P<query>.*))?"
)
_TYPES: Final = frozenset(definitions.resource_types())
_SAFE: Final = "|:/.,-_~*+"
_MOST: Final = 500


class Smart(msgspec.Struct, frozen=True):
    """One clinical scope: ``user/Observation.rs?category=laboratory``.

    ``type`` "*": every type. ``query``: search parameters (name, value), decoded.
    """

    context: Context
    type: str
    letters: str
    query: Pairs = ()

    def __str__(self) -> str:
        """As it is written, in canonical form."""
        query = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in self.query)
        return f"{self.context}/{self.type}.{self.letters}{'?' if query else ''}{query}"

    @property
    def place(self) -> tuple[str, bool, str, Pairs]:
        """Where it stands in canonical order; scopes of one place differ in letters only."""
        return self.context, self.type != "*", self.type, self.query


class Scopes(msgspec.Struct, frozen=True):
    """A whole scope string, in canonical order: what it lets a client see, and what else it asks.

    ``named`` are those without a resource type: ``openid``, ``launch/patient`` and the like.
    """

    clinical: tuple[Smart, ...] = ()
    named: tuple[str, ...] = ()

    def __str__(self) -> str:
        """As it is written, by spaces."""
        return " ".join((*self.named, *map(str, self.clinical)))


def parse(text: str) -> Scopes:
    """Read a scope string, or raise Malformed with all that is wrong with it."""
    return gather(text.split())


def gather(texts: list[str] | tuple[str, ...]) -> Scopes:
    """The same for scopes that are already apart."""
    clinical: list[Smart] = []
    named: set[str] = set()
    wrong: list[Issue] = []
    if len(texts) > _MOST:
        raise Malformed(_issue("", f"more than {_MOST} scopes", f"授权范围多于 {_MOST} 项"))
    for text in texts:
        if text in _ORDER:
            named.add(text)
            continue
        try:
            clinical.append(one(text))
        except Malformed as error:
            wrong.extend(error.issues)
    if wrong:
        raise Malformed(*wrong)
    return Scopes(canonical(clinical), tuple(sorted(named, key=_ORDER.__getitem__)))


def one(text: str) -> Smart:
    """Read one clinical scope, or raise Malformed."""
    found = _CLINICAL.fullmatch(text)
    if found is None:
        raise Malformed(
            _issue(
                text,
                "it is written as patient/Type.letters, user/Type.letters or system/Type.letters,"
                " or is one of " + ", ".join(_ORDER),
                "应写作 patient/类型.字母、user/类型.字母 或 system/类型.字母，或为 "
                + "、".join(_ORDER),
            )
        )
    type_ = found["type"]
    if type_ != "*" and type_ not in _TYPES:
        raise Malformed(_issue(text, f"FHIR R4 has no type {type_}", f"FHIR R4 没有类型 {type_}"))
    context: Context = found["context"]  # pyright: ignore[reportAssignmentType]  the pattern says so
    return Smart(context, type_, _letters(text, found["what"]), _query(text, found["query"]))


def canonical(scopes: list[Smart] | tuple[Smart, ...]) -> tuple[Smart, ...]:
    """Sorted, those that differ in letters only as one, without what another covers."""
    letters: dict[tuple[str, bool, str, Pairs], set[str]] = {}
    for scope in scopes:
        letters.setdefault(scope.place, set()).update(scope.letters)
    merged = [
        Smart(place[0], place[2], _ordered(found), place[3])  # pyright: ignore[reportArgumentType]
        for place, found in sorted(letters.items())
    ]
    return tuple(
        scope
        for scope in merged
        if not any(covers(other, scope) for other in merged if other != scope)
    )


def covers(wide: Smart, narrow: Smart) -> bool:
    """Whether all that ``narrow`` grants is granted by ``wide``, as far as their text tells."""
    return (
        wide.context == narrow.context
        and wide.type in ("*", narrow.type)
        and set(narrow.letters) <= set(wide.letters)
        and set(wide.query) <= set(narrow.query)
    )


def intersect(one_: Smart, other: Smart) -> Smart | None:
    """What both grant, in the context of the first; None: nothing.

    Constraints of both must hold. The type is the narrower one.
    """
    if "*" not in (one_.type, other.type) and one_.type != other.type:
        return None
    letters = _ordered(set(one_.letters) & set(other.letters))
    if not letters:
        return None
    type_ = other.type if one_.type == "*" else one_.type
    query = tuple(sorted({*one_.query, *other.query}))
    return Smart(one_.context, type_, letters, query)


def _letters(text: str, what: str) -> str:
    if what in _V1:
        return _V1[what]
    # "The order must be c, r, u, d, s": out of order is refused, not guessed at.
    if not what or what != _ordered(set(what)) or not set(what) <= set(LETTERS):
        raise Malformed(
            _issue(
                text,
                f"'{what}' should be letters of cruds, each once and in this order, or read, "
                "write or *",
                f"“{what}”应为 cruds 中的字母，按此顺序且不重复，或为 read、write、*",
            )
        )
    return what


def _ordered(letters: set[str]) -> str:
    return "".join(letter for letter in LETTERS if letter in letters)


def _query(text: str, query: str | None) -> Pairs:
    if query is None:
        return ()
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True, max_num_fields=20)
    except ValueError:
        pairs = []
    if not pairs or any(not name or not value for name, value in pairs):
        raise Malformed(
            _issue(
                text,
                "after '?' stand search parameters: name=value, several joined by '&'",
                "“?”之后应为检索参数：名称=值，多个用“&”连接",
            )
        )
    return tuple(sorted(set(pairs)))


def _quoted(text: str) -> str:
    return quote(text, safe=_SAFE.replace("+", ""))


def _issue(scope: str, en: str, zh: str) -> Issue:
    shown = scope[:120]
    return Issue("value", f"The scope '{shown}': {en}.", f"授权范围“{shown}”：{zh}。", ("scope",))
