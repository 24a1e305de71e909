"""What an Access demands of resources of several types, as one condition.

docs/adr/0008-access-in-sql.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .guards import Mine, OfType, Unsealed
from .ir import Always, And, Never, Not, Or, both, either
from .sql import on_row

if TYPE_CHECKING:
    from .ir import Node


def together(wanted: dict[int, Node | None]) -> Node | None:
    """What each type (number) demands; None: nothing."""
    groups: dict[Node, list[int]] = {}
    for number, node in wanted.items():
        groups.setdefault(Always() if node is None else node, []).append(number)
    if len(groups) == 1:
        node = next(iter(groups))
        return None if isinstance(node, Always) else node
    groups.pop(Never(), None)
    return either(*(both(OfType(tuple(of)), node) for node, of in groups.items()))


def relaxed(node: Node) -> Node:
    """What is left of a condition for a tombstone, of which the columns alone are kept.

    Where it says no, the condition does not hold for the last version either.
    """
    match node:
        case And():
            return both(*map(relaxed, node.parts))
        case Or():
            return either(*map(relaxed, node.parts))
        case _ if on_row(node):
            return node
        case _:
            return Always()


def asked(node: Node) -> set[Mine | Unsealed]:
    """What of a condition depends on tables beside the resource's own rows."""
    match node:
        case And() | Or():
            return {guard for part in node.parts for guard in asked(part)}
        case Not():
            return asked(node.part)
        case Mine() | Unsealed():
            return {node}
        case _:
            return set()
