"""Brings the free-text index up to date before a search that needs it.

docs/adr/0006-late-text-index.md. What other transactions hold back is read from the bodies.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from xinglin.kernel.errors import Issue, TooCostly

from . import grams
from .ir import Always, And, Chain, Gram, Has, Node, Not, Or, Rids, both, either, negate

if TYPE_CHECKING:
    from collections.abc import Callable

    from .request import SearchRequest
    from .run import Run
    from .textindex import FreeText

PATIENCE: Final = 3000
"""So many changes are awaited for ``:contains``; behind more, the strings are looked through."""
_BODIES = "select rid, type, body from resource where rid = any($1::bigint[]) and not deleted"


class Caught(NamedTuple):
    """How far the index came: ``late`` is committed behind that. ``behind`` changes: too far."""

    late: list[int]
    behind: int = 0


def _words(name: str, text: str) -> bool:
    where = text if name == "_filter" else name
    return "_text" in where or "_content" in where


def _strings(name: str, text: str) -> bool:
    return ":contains" in name or ":text" in name or (name == "_filter" and " co " in text)


async def catch_up(text: FreeText | None, request: SearchRequest, limit: float) -> Caught | None:
    """Bring the index up to date. It uses connections of its own: the search holds none yet."""
    words = any(_words(*pair) for pair in request.query)
    if text is None or not (words or any(_strings(*pair) for pair in request.query)):
        return None
    if not words:
        behind = await text.names.behind()
        if behind > PATIENCE:
            return Caught([], behind)
    deadline = time.monotonic() + limit
    late: set[int] = set()
    for index in (text.names, text.words) if words else (text.names,):
        done, rids = await index.catch_up(deadline)
        if not done:
            return Caught([], max(1, await index.behind()))
        late.update(rids)
    return Caught(sorted(late))


async def current(run: Run, node: Node) -> Node:
    """The node, its grams complete. Raises TooCostly while the index is being built."""
    found = _grams(node)
    text = run.engine.text
    if text is None or not found:
        return node
    caught = run.caught or await catch_up(text, run.request, run.engine.limit) or Caught([])
    if caught.behind:
        if any(one.words for one in found):
            raise _building(caught.behind)
        return _change(node, lambda _: Always())  # the strings are looked through instead
    return _with(node, await _bodies(run, caught.late)) if caught.late else node


def _with(node: Node, late: dict[int, tuple[int, dict[str, Any]]]) -> Node:
    """The node, where a gram is judged by the body for what is not indexed in this version yet."""
    stale = negate(Rids(tuple(late)))

    def change(gram: Gram) -> Node:
        rids = tuple(rid for rid, (type_, body) in late.items() if _has(gram, type_, body))
        indexed = both(gram, stale)
        return either(indexed, Rids(rids)) if rids else indexed

    return _change(node, change)


async def _bodies(run: Run, late: list[int]) -> dict[int, tuple[int, dict[str, Any]]]:
    rows = await run.fetch(_BODIES, late)
    return {row[0]: (row[1], msgspec.json.decode(row[2]) if row[2] else {}) for row in rows}


def _grams(node: Node) -> list[Gram]:
    match node:
        case Gram():
            return [node]
        case And() | Or():
            return [one for part in node.parts for one in _grams(part)]
        case Not():
            return _grams(node.part)
        case Chain() | Has():
            return _grams(node.inner)
        case _:
            return []


def _change(node: Node, change: Callable[[Gram], Node]) -> Node:
    match node:
        case Gram():
            return change(node)
        case And():
            return both(*(_change(part, change) for part in node.parts))
        case Or():
            return either(*(_change(part, change) for part in node.parts))
        case Not():
            return negate(_change(node.part, change))
        case Chain():
            return Chain(node.params, _change(node.inner, change))
        case Has():
            return Has(node.params, _change(node.inner, change))
        case _:
            return node


def _has(node: Gram, type_: int, body: dict[str, Any]) -> bool:
    if not node.words:
        return True  # the strings themselves are looked at
    texts = [grams.narrative(body)]
    if not node.narrative:
        texts += grams.strings(body)
    return type_ == node.type and set(node.words) <= grams.of_many(texts)


def _building(left: int) -> TooCostly:
    return TooCostly(
        Issue(
            "too-costly",
            f"The free-text index is being built: {left} changes are still to be read."
            " Search without free text, or again in a while.",
            f"全文索引正在建立，还有 {left} 项变更待处理。请改用非全文条件，或稍后再试。",
        )
    )
