"""One small language over index rows, for search and for access.

The layout of the rows is explained in docs/explanation/cdr.md; https://hl7.org/fhir/R4/search.html.

A node says something about one resource. It is compiled to SQL (``probe``, ``source``) and
evaluated in memory over extracted rows (``memory``), with the same meaning.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Literal, Protocol

import msgspec

from .guards import AtHome, Mine, OfPatients, OfType, Unsealed

Op = Literal["eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"]
Table = Literal["dat", "num"]


class Always(msgspec.Struct, frozen=True, cache_hash=True):
    """Holds for every live resource."""


class Never(msgspec.Struct, frozen=True, cache_hash=True):
    """Holds for none."""


class Live(msgspec.Struct, frozen=True, cache_hash=True):
    """Is a live resource of one of these types (numbers); none: of any."""

    types: tuple[int, ...] = ()


class Key(msgspec.Struct, frozen=True, cache_hash=True):
    """Has one of these keys. ``typed``: only live resources of one type have them."""

    ks: tuple[int, ...]
    typed: bool = True


class Rids(msgspec.Struct, frozen=True, cache_hash=True):
    """Is one of these resources."""

    rids: tuple[int, ...]


class Range(msgspec.Struct, frozen=True, cache_hash=True):
    """Has a date (µs) or number range that compares with ``low`` to ``high``.

    For ``num`` and ``eq``/``ne`` the upper end is not part of the range (implicit precision)
    unless it equals the lower. ``single``: a resource has at most one such row.
    """

    table: Table
    ks: tuple[int, ...]
    op: Op
    low: Decimal | int
    high: Decimal | int
    single: bool = False


class Window(msgspec.Struct, frozen=True, cache_hash=True):
    """Has one row for which all of these hold: what several conditions come to if it has only one.

    So "from then" and "until then" are one narrow piece of an index and not two large ones.
    """

    ranges: tuple[Range, ...]


class Span(msgspec.Struct, frozen=True, cache_hash=True):
    """Has a number range whose start and end each compare with a number."""

    ks: tuple[int, ...]
    op: Op
    low: Decimal
    high: Decimal
    end_op: Op
    end_low: Decimal
    end_high: Decimal


class Str(msgspec.Struct, frozen=True, cache_hash=True):
    """Has a folded string: ``prefix``, ``equals``, ``contains`` or ``suffix`` of ``value``.

    With ``exact`` (a hash of the raw value) the case and the marks must be the same too.
    """

    ks: tuple[int, ...]
    op: Literal["prefix", "equals", "contains", "suffix", "any", "after", "before"]
    value: str = ""
    exact: int | None = None


class Present(msgspec.Struct, frozen=True, cache_hash=True):
    """Has a value for one of these parameters: bits of ``resource.present``, of one type."""

    mask: int


class Valued(msgspec.Struct, frozen=True, cache_hash=True):
    """Has any row of ``table`` under one of these keys."""

    table: Literal["dat", "num", "str"]
    ks: tuple[int, ...]


class Updated(msgspec.Struct, frozen=True, cache_hash=True):
    """``meta.lastUpdated`` of a resource of these types compares with the range; µs since 1970."""

    types: tuple[int, ...]
    op: Op
    low: int
    high: int


class Near(msgspec.Struct, frozen=True, cache_hash=True):
    """Is a location within so many metres of a point, in degrees."""

    latitude: float
    longitude: float
    metres: float


class Gram(msgspec.Struct, frozen=True, cache_hash=True):
    """Has all these grams, and the phrases stand in the body.

    ``words`` are what the grams say of a resource of ``type``, in its ``narrative`` or anywhere;
    none where strings are looked at as well.
    """

    ks: tuple[int, ...]
    phrases: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    narrative: bool = False
    type: int = 0


class And(msgspec.Struct, frozen=True, cache_hash=True):
    """All parts hold."""

    parts: tuple[Node, ...]


class Or(msgspec.Struct, frozen=True, cache_hash=True):
    """At least one part holds."""

    parts: tuple[Node, ...]


class Not(msgspec.Struct, frozen=True, cache_hash=True):
    """The part does not hold."""

    part: Node


class Chain(msgspec.Struct, frozen=True, cache_hash=True):
    """Refers by one of ``params`` to a resource for which ``inner`` holds."""

    params: tuple[int, ...]
    inner: Node


class Has(msgspec.Struct, frozen=True, cache_hash=True):
    """A resource for which ``inner`` holds refers by one of ``params`` to this one."""

    params: tuple[int, ...]
    inner: Node


# -- what needs the database to be known; replaced before compilation (resolve) ----------------


class Refers(msgspec.Struct, frozen=True, cache_hash=True):
    """Refers by one of ``params`` to one of these (type, id)."""

    params: tuple[int, ...]
    targets: tuple[tuple[str, str], ...]
    typed: bool = True


class Ids(msgspec.Struct, frozen=True, cache_hash=True):
    """Has one of these ids; ``type`` is the number of its type."""

    type: int
    ids: tuple[str, ...]


class Coded(msgspec.Struct, frozen=True, cache_hash=True):
    """Has a coding (or uri) that the dictionary knows under one of ``params``.

    By code, by a part of the code, by system, or by folded words in its text.
    """

    params: tuple[int, ...]
    codes: tuple[str, ...] = ()
    systems: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()


class Among(msgspec.Struct, frozen=True, cache_hash=True):
    """Has one of many codings (system, code): of those, only the ones in use are looked for."""

    params: tuple[int, ...]
    codes: tuple[tuple[str, str], ...]


class Tree(msgspec.Struct, frozen=True, cache_hash=True):
    """Refers by ``params`` to ``root``, or to what is above or below it by ``parts``."""

    params: tuple[int, ...]
    parts: tuple[int, ...]
    root: tuple[str, str]
    up: bool


class Pairs(msgspec.Struct, frozen=True, cache_hash=True):
    """A composite that begins with a code of whatever system.

    ``codes`` are the parameters in whose dictionary its systems are; ``make`` is what the builder
    needs to make the node for one system (module ``build.composites``).
    """

    codes: tuple[int, ...]
    code: str
    make: Maker


class Resolved(msgspec.Struct, frozen=True, cache_hash=True):
    """Has a key that is made from the number of one of these resources."""

    targets: tuple[tuple[str, str], ...]
    make: Callable[[int], tuple[int, ...]]


class Maker(Protocol):
    """Makes the node of a composite when the system of its first code is known."""

    def __call__(self, system: str, /) -> Node:
        """The node."""
        ...


Symbol = Refers | Ids | Coded | Among | Tree | Pairs | Resolved
Node = (
    Always
    | Never
    | Live
    | Key
    | Rids
    | Range
    | Span
    | Window
    | Str
    | Present
    | Valued
    | Updated
    | Gram
    | Near
    | And
    | Or
    | Not
    | Chain
    | Has
    | Refers
    | Ids
    | Coded
    | Among
    | Tree
    | Pairs
    | Resolved
    | Mine
    | Unsealed
    | OfPatients
    | AtHome
    | OfType
)


def both(*parts: Node) -> Node:
    """All of them, flattened; ``Never`` wins and ``Always`` falls away."""
    flat: dict[Node, None] = {}
    for part in parts:
        if isinstance(part, And):
            flat.update(dict.fromkeys(part.parts))
        elif isinstance(part, Never):
            return part
        elif not isinstance(part, Always):
            flat[part] = None
    found = _windows(tuple(flat))
    if len(found) == 1:
        return found[0]
    return And(found) if found else Always()


def _windows(parts: tuple[Node, ...]) -> tuple[Node, ...]:
    """The parts, where conditions on the same single row are one."""
    same: dict[tuple[str, tuple[int, ...]], dict[Range, None]] = {}
    for part in parts:
        for one in part.ranges if isinstance(part, Window) else (part,):
            if isinstance(one, Range) and one.single and len(one.ks) == 1:
                same.setdefault((one.table, one.ks), {})[one] = None
    if not any(len(ranges) > 1 for ranges in same.values()):
        return parts
    rest = [one for one in parts if not (isinstance(one, Window) or _is_single(one))]
    made = (next(iter(r)) if len(r) == 1 else Window(tuple(r)) for r in same.values())
    return (*rest, *made)


def _is_single(part: Node) -> bool:
    return isinstance(part, Range) and part.single and len(part.ks) == 1


def either(*parts: Node) -> Node:
    """Any of them, flattened; keys and numbers are gathered into one."""
    flat: dict[Node, None] = {}
    keys: dict[bool, dict[int, None]] = {}
    rids: dict[int, None] = {}
    updated: dict[tuple[Op, int, int], dict[int, None]] = {}
    for part in parts:
        for one in part.parts if isinstance(part, Or) else (part,):
            if isinstance(one, Always):
                return one
            if isinstance(one, Key):
                keys.setdefault(one.typed, {}).update(dict.fromkeys(one.ks))
            elif isinstance(one, Rids):
                rids.update(dict.fromkeys(one.rids))
            elif isinstance(one, Updated):
                same = updated.setdefault((one.op, one.low, one.high), {})
                same.update(dict.fromkeys(one.types))
            elif not isinstance(one, Never):
                flat[one] = None
    for (op, low, high), types in updated.items():
        flat[Updated(tuple(types), op, low, high)] = None
    if rids:
        flat[Rids(tuple(rids))] = None
    found = (*(Key(tuple(ks), typed) for typed, ks in keys.items()), *flat)
    if len(found) == 1:
        return found[0]
    return Or(found) if found else Never()


def negate(part: Node) -> Node:
    """The opposite."""
    if isinstance(part, Not):
        return part.part
    if isinstance(part, Always):
        return Never()
    return Always() if isinstance(part, Never) else Not(part)


def typed(node: Node) -> bool:
    """Whether the node by itself holds only for live resources of its type."""
    match node:
        case Key() | Refers():
            return node.typed
        case (
            Range()
            | Window()
            | Str()
            | Valued()
            | Coded()
            | Among()
            | Tree()
            | Pairs()
            | Resolved()
            | Span()
        ):
            return True
        case Chain() | Never() | Live():
            return True
        case And():
            return any(typed(part) for part in node.parts)
        case Or():
            return all(typed(part) for part in node.parts)
        case _:
            return False
