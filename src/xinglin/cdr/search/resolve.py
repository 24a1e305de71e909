"""Replaces what only the database knows: numbers of ids, keys of codes, hierarchies.

Layout: migrations/0001_core.sql (resource, coding, coding_text). What is not there becomes a key
that nothing has, so that absent and forbidden things run the same statements.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from .ir import (
    Among,
    And,
    Chain,
    Coded,
    Has,
    Ids,
    Key,
    Node,
    Not,
    Or,
    Pairs,
    Refers,
    Resolved,
    Rids,
    Symbol,
    Tree,
    both,
    either,
    negate,
)
from .sql import MASK, SHIFT, TOP

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from xinglin.fhir.search import SearchParameters

    Fetch = Callable[..., Awaitable[list[Any]]]

NOTHING: Final = Key((0,))
_KNOWN_LIMIT: Final = 1 << 16
_NUMBERS: Final = (
    "select w.type, w.id, r.rid from unnest($1::smallint[], $2::text[]) w(type, id)"
    " cross join lateral (select rid from resource where type = w.type and id = w.id offset 0) r"
)
_CODES: Final = "select k from coding where param = any($1::smallint[]) and code = any($2::text[])"
_AMONG: Final = (
    "select c.k from unnest($1::smallint[]) p(id) cross join unnest($2::text[], $3::text[])"
    " w(system, code) cross join lateral (select k from coding where param = p.id"
    " and code = w.code and system = w.system offset 0) c"
)
_SYSTEMS: Final = (
    "select k from coding where param = any($1::smallint[]) and system = any($2::text[])"
)
_STARTS: Final = (
    "select k from coding where param = any($1::smallint[])"
    " and code >= $2::text and code < $3::text"
)
_PARTS: Final = (
    "select k from coding where param = any($1::smallint[]) and strpos(code, $2::text) > 0"
)
_ENDS: Final = (
    "select k from coding where param = any($1::smallint[])"
    " and right(code, length($2::text)) = $2::text"
)
_TEXTS: Final = (
    "select k from coding_text where param = any($1::smallint[]) and strpos(v, $2::text) > 0"
)
_SYSTEMS_OF: Final = (
    "select distinct system from coding where param = any($1::smallint[]) and code = $2::text"
)
_BELOW: Final = f"""
with recursive t(rid) as (
  select $1::bigint
  union
  select k.rid from t cross join lateral unnest($2::bigint[]) p(id)
  cross join lateral (select rid from key where k = (p.id << {SHIFT} | t.rid) offset 0) k
) select rid from t"""
_ABOVE: Final = f"""
with recursive t(rid) as (
  select $1::bigint
  union
  select f.x & {MASK} from t cross join lateral
  (select refs from resource where resource.rid = t.rid offset 0) r
  cross join lateral unnest(r.refs) f(x) where (f.x >> {SHIFT}) = any($2::bigint[])
) select rid from t"""


class Numbers:
    """(type number, id) -> rid; numbers never change, so those seen are kept."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, str], int] = {}

    async def find(self, fetch: Fetch, wanted: set[tuple[int, str]]) -> dict[tuple[int, str], int]:
        """The numbers of those that there are."""
        known = self._known
        found = {name: known[name] for name in wanted if name in known}
        missing = sorted(wanted - found.keys())
        if missing:
            rows = await fetch(_NUMBERS, [one[0] for one in missing], [one[1] for one in missing])
            fresh = {(row[0], row[1]): row[2] for row in rows}
            if len(known) + len(fresh) > _KNOWN_LIMIT:
                known.clear()
            known.update(fresh)
            found |= fresh
        return found


class Seen(Numbers):
    """The numbers of patients whose data those who ask have been shown: of no others.

    To keep any other would answer faster for what is there than for what is not.
    """

    def __init__(self, shown: dict[tuple[int, str], int]) -> None:
        super().__init__()
        self._shown = shown

    async def find(self, fetch: Fetch, wanted: set[tuple[int, str]]) -> dict[tuple[int, str], int]:
        """The numbers of those that there are."""
        self._known.update({one: self._shown[one] for one in wanted if one in self._shown})
        return await super().find(fetch, wanted)

    def learn(self, patients: tuple[int, ...]) -> None:
        """Keep the numbers of those whose data has been found."""
        if len(self._shown) > _KNOWN_LIMIT // 16:
            self._shown.clear()
        self._shown.update({one: rid for one, rid in self._known.items() if rid in patients})


def symbols(node: Node) -> list[Symbol]:
    """Everything in the node that has to be resolved."""
    match node:
        case And() | Or():
            return [one for part in node.parts for one in symbols(part)]
        case Not():
            return symbols(node.part)
        case Chain() | Has():
            return symbols(node.inner)
        case Refers() | Ids() | Coded() | Among() | Tree() | Pairs() | Resolved():
            return [node]
        case _:
            return []


async def resolve(node: Node, fetch: Fetch, registry: SearchParameters, numbers: Numbers) -> Node:
    """The node without symbols."""
    found = list(dict.fromkeys(symbols(node)))
    if not found:
        return node
    known = await numbers.find(fetch, _names(found, registry))
    answers: dict[Symbol, Node] = {}
    for symbol in found:
        answers[symbol] = await _answer(symbol, fetch, registry, known, numbers)
    return _replace(node, answers)


def _names(found: list[Symbol], registry: SearchParameters) -> set[tuple[int, str]]:
    names: set[tuple[int, str]] = set()
    for symbol in found:
        match symbol:
            case Refers() | Resolved():
                names.update((registry.type_number(t), i) for t, i in symbol.targets)
            case Ids():
                names.update((symbol.type, one) for one in symbol.ids)
            case Tree():
                names.add((registry.type_number(symbol.root[0]), symbol.root[1]))
            case _:
                pass
    return names


async def _answer(
    symbol: Symbol,
    fetch: Fetch,
    registry: SearchParameters,
    known: dict[tuple[int, str], int],
    numbers: Numbers,
) -> Node:
    match symbol:
        case Refers() | Resolved():
            wanted = ((registry.type_number(t), i) for t, i in symbol.targets)
            rids = [known[name] for name in wanted if name in known] or [0]
            if isinstance(symbol, Resolved):
                return Key(tuple(k for rid in rids for k in symbol.make(rid)))
            return Key(tuple(p << SHIFT | r for r in rids for p in symbol.params), symbol.typed)
        case Ids():
            rids = [known[symbol.type, i] for i in symbol.ids if (symbol.type, i) in known]
            return Rids(tuple(rids or [0]))
        case Tree():
            root = known.get((registry.type_number(symbol.root[0]), symbol.root[1]), 0)
            query = _ABOVE if symbol.up else _BELOW
            rows = await fetch(query, root, list(symbol.parts))
            return Key(tuple(p << SHIFT | row[0] for row in rows for p in symbol.params))
        case Pairs():
            rows = await fetch(_SYSTEMS_OF, list(symbol.codes), symbol.code)
            made = either(*(symbol.make(row[0]) for row in rows)) if rows else NOTHING
            return await resolve(made, fetch, registry, numbers)
        case Among():
            systems, codes = [one[0] for one in symbol.codes], [one[1] for one in symbol.codes]
            rows = await fetch(_AMONG, list(symbol.params), systems, codes)
            return Key(tuple(sorted({row[0] for row in rows}))) if rows else NOTHING
        case Coded():
            return await _coded(symbol, fetch)


async def _coded(symbol: Coded, fetch: Fetch) -> Node:
    params = list(symbol.params)
    rows: list[Any] = []
    if symbol.codes:
        rows += await fetch(_CODES, params, list(symbol.codes))
    if symbol.systems:
        rows += await fetch(_SYSTEMS, params, list(symbol.systems))
    for text in symbol.starts:
        rows += await fetch(_STARTS, params, text, text + TOP)
    for text in symbol.parts:
        rows += await fetch(_PARTS, params, text)
    for text in symbol.ends:
        rows += await fetch(_ENDS, params, text)
    for text in symbol.texts:
        rows += await fetch(_TEXTS, params, text)
    return Key(tuple(sorted({row[0] for row in rows}))) if rows else NOTHING


def _replace(node: Node, answers: dict[Symbol, Node]) -> Node:
    match node:
        case And():
            return both(*(_replace(part, answers) for part in node.parts))
        case Or():
            return either(*(_replace(part, answers) for part in node.parts))
        case Not():
            return negate(_replace(node.part, answers))
        case Chain():
            return Chain(node.params, _replace(node.inner, answers))
        case Has():
            return Has(node.params, _replace(node.inner, answers))
        case Refers() | Ids() | Coded() | Among() | Tree() | Pairs() | Resolved():
            return answers[node]
        case _:
            return node
