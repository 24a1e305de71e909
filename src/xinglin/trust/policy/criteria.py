"""The constraint of a scope as a condition that can be told of a resource not stored yet.

SMART App Launch 2.x, scopes with search parameters: finer-grained resource constraints
https://hl7.org/fhir/smart-app-launch/STU2/scopes-and-launch-context.html#finer-grained-resource-constraints-using-search-parameters
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from xinglin.cdr.search import ir, parameters
from xinglin.cdr.search.build import Builder
from xinglin.cdr.search.query import Leaf
from xinglin.cdr.search.resolve import Numbers, resolve
from xinglin.kernel.errors import Issue, Malformed

if TYPE_CHECKING:
    from xinglin.cdr.search.engine import Engine
    from xinglin.cdr.search.query import Expr
    from xinglin.kernel.database import Connection, Database

    from .scopes import Pairs, Smart

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# What a change of terminology would silently widen.
_MODIFIERS: Final = frozenset({"in", "not-in", "above", "below"})
_PARAMETERS: Final = frozenset({"_lastUpdated", "_text", "_content", "_list", "_filter", "_has"})
_UNTOLD: Final = ir.Chain | ir.Has | ir.Gram | ir.Near | ir.Updated | ir.Among | ir.Tree | ir.Live


def build(engine: Engine, scope: Smart) -> ir.Node:
    """The condition of a scope, with what only the database knows left open.

    Raises Malformed where it cannot be told of a single resource by itself.
    """
    expressions = _expressions(engine, scope.type, scope.query)
    for expression in expressions:
        if not isinstance(expression, Leaf) or expression.modifier in _MODIFIERS:
            raise _refused(scope)
        if expression.param.code in _PARAMETERS:
            raise _refused(scope)
    builder = Builder(engine.registry, engine.keys, engine.dates, _EPOCH, bases=engine.bases)
    node = ir.both(*(builder.build(one, scope.type) for one in expressions))
    if builder.asked_clock or not evaluable(node):
        raise _refused(scope)
    return node


def check(engine: Engine, scope: Smart) -> None:
    """Refuse a scope whose constraint cannot be kept."""
    if scope.query and scope.type != "*":
        build(engine, scope)


async def settled(engine: Engine, source: Connection | Database, scope: Smart) -> ir.Node:
    """The condition with the keys of the codes and names that are in use at this moment."""
    return await resolve(build(engine, scope), source.fetch, engine.registry, Numbers())


def evaluable(node: ir.Node) -> bool:
    """Whether it can be told of an image: no other resource, no text, no time has to be asked."""
    match node:
        case ir.And() | ir.Or():
            return all(map(evaluable, node.parts))
        case ir.Not():
            return evaluable(node.part)
        case _:
            return not isinstance(node, _UNTOLD)


def applies(engine: Engine, type_: str, query: Pairs) -> bool:
    """Whether the type has the search parameters of a constraint that is meant for all types."""
    known = engine.registry
    return all(known.get(type_, name.partition(":")[0]) is not None for name, _ in query)


def _expressions(engine: Engine, type_: str, query: Pairs) -> tuple[Expr, ...]:
    return parameters.criteria(engine.registry, type_, query)


def _refused(scope: Smart) -> Malformed:
    return Malformed(
        Issue(
            "not-supported",
            f"The scope '{scope}': a constraint must be told by the resource alone. Use plain"
            " search parameters; no chains, _has, _filter, _lastUpdated, free text, :in,"
            " :above or :below.",
            f"授权范围“{scope}”：约束须仅凭资源本身即可判断。请用普通检索参数，不能用链式、_has、"
            "_filter、_lastUpdated、全文检索及 :in、:above、:below。",
            ("scope",),
        )
    )
