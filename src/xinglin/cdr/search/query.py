"""The typed query: what a search asks, after parsing and before any database.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/search.html.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from xinglin.fhir.search import SearchParam
from xinglin.kernel.errors import Issue

from .request import Pairs

Total = Literal["none", "estimate", "accurate"]
Summary = Literal["false", "true", "text", "data", "count"]


class Leaf(msgspec.Struct, frozen=True):
    """One parameter with its values; any value may hold. ``values`` are still escaped."""

    type: str
    param: SearchParam
    modifier: str
    values: tuple[str, ...]
    place: str


class Compared(msgspec.Struct, frozen=True):
    """One comparison of ``_filter``: a parameter, an operator, a value without escapes."""

    type: str
    param: SearchParam
    op: str
    value: str
    place: str


class Chained(msgspec.Struct, frozen=True):
    """The resource refers by ``param`` to one of type ``target`` for which ``inner`` holds."""

    type: str
    param: SearchParam
    target: str
    inner: Expr


class Reversed(msgspec.Struct, frozen=True):
    """A resource of type ``source`` for which ``inner`` holds refers by ``param`` to this one."""

    source: str
    param: SearchParam
    inner: Expr


class Both(msgspec.Struct, frozen=True):
    """All parts hold."""

    parts: tuple[Expr, ...]


class Either(msgspec.Struct, frozen=True):
    """At least one part holds."""

    parts: tuple[Expr, ...]


class Negated(msgspec.Struct, frozen=True):
    """The part does not hold."""

    part: Expr


Expr = Leaf | Compared | Chained | Reversed | Both | Either | Negated


class SortKey(msgspec.Struct, frozen=True):
    """One key of ``_sort``; ``params`` has the parameter of each searched type."""

    code: str
    descending: bool
    params: tuple[SearchParam, ...]


class Include(msgspec.Struct, frozen=True):
    """One ``_include`` or ``_revinclude``: ``params`` are what ``Source:code`` or ``*`` means."""

    params: tuple[SearchParam, ...]
    target: str
    iterate: bool


class Query(msgspec.Struct, frozen=True):
    """A parsed search. ``where`` has an expression list for each type; ``types`` is sorted."""

    types: tuple[str, ...]
    where: dict[str, tuple[Expr, ...]]
    everything: bool = False
    sort: tuple[SortKey, ...] = ()
    count: int = 20
    total: Total = "none"
    summary: Summary = "false"
    elements: tuple[str, ...] = ()
    includes: tuple[Include, ...] = ()
    revincludes: tuple[Include, ...] = ()
    kept: Pairs = ()
    ignored: tuple[Issue, ...] = ()
