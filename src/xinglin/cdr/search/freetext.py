"""Brings the free-text index up to date before a search that needs it.

docs/adr/0006-late-text-index.md. What other transactions hold back is read from the bodies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from xinglin.kernel.errors import Issue, TooCostly

from . import grams
from .ir import Always, And, Chain, Gram, Has, Node, Not, Or, Rids, both, either, negate

if TYPE_CHECKING:
    from collections.abc import Callable

    from .run import Run

PATIENCE: Final = 3000
"""So many changes are awaited for ``:contains``; behind more, the strings are looked through."""
_BODIES = "select rid, type, body from resource where rid = any($1::bigint[]) and not deleted"


async def current(run: Run, node: Node) -> Node:
    """The node, its grams complete. Raises TooCostly while the index is being built."""
    found = _grams(node)
    if run.engine.text is None or not found:
        return node
    if not any(one.words for one in found) and await run.engine.text.behind() > PATIENCE:
        return _change(node, lambda _: Always())  # the strings are looked through instead
    done, late = await run.engine.text.catch_up(run.deadline)
    if not done:
        raise await _building(run)
    return _with(node, await _bodies(run, late)) if late else node


def _with(node: Node, late: dict[int, tuple[int, dict[str, Any]]]) -> Node:
    """The node, where every gram also holds for what is not indexed yet and has the words."""

    def change(gram: Gram) -> Node:
        rids = tuple(rid for rid, (type_, body) in late.items() if _has(gram, type_, body))
        return either(gram, Rids(rids)) if rids else gram

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


async def _building(run: Run) -> TooCostly:
    left = await run.engine.text.behind() if run.engine.text is not None else 0
    return TooCostly(
        Issue(
            "too-costly",
            f"The free-text index is being built: {left} changes are still to be read."
            " Search without free text, or again in a while.",
            f"全文索引正在建立，还有 {left} 项变更待处理。请改用非全文条件，或稍后再试。",
        )
    )
