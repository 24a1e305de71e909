"""Existence: empty, exists, all, allTrue, subsetOf, count, distinct and their kin.

FHIRPath N1 (2.0.0) §5.1, http://hl7.org/fhirpath/N1/#existence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xinglin.fhir.path import syntax as s
from xinglin.fhir.path.equality import distinct, key
from xinglin.fhir.path.errors import PathError
from xinglin.fhir.path.functions.registry import eager, predicate, value_of, whole
from xinglin.fhir.path.navigation import presence
from xinglin.fhir.path.node import to_system
from xinglin.fhir.path.singleton import EMPTY, FALSE, TRUE, boxed, charge, truth

if TYPE_CHECKING:
    from collections.abc import Callable

    from xinglin.fhir.path.compiler import Compiler, Test
    from xinglin.fhir.path.environment import Env


def _present(compiler: Compiler, call: s.Call) -> Callable[[Env], bool]:
    match call.target:
        case s.Member(target=None, name=name) if not name[:1].isupper():
            return presence(lambda env: env.this, name)
        case s.Member(target=owner, name=name) if owner is not None:
            return presence(compiler.run(owner), name)
        case _:
            target = compiler.target(call)
            return lambda env: bool(target(env))


@predicate("empty")
def _empty(compiler: Compiler, call: s.Call) -> Test:
    present = _present(compiler, call)
    return lambda env: not present(env)


def _this(env: Env) -> bool | None:
    return truth(env.this)


@predicate("not")
def _not(compiler: Compiler, call: s.Call) -> Test:
    inner = compiler.test(call.target) if call.target is not None else _this

    def negated(env: Env) -> bool | None:
        value = inner(env)
        return None if value is None else not value

    return negated


@predicate("exists", 0, 1)
def _exists(compiler: Compiler, call: s.Call) -> Test:
    if not call.arguments:
        return _present(compiler, call)
    target = compiler.target(call)
    criteria = compiler.test(call.arguments[0])

    def exists(env: Env) -> bool:
        items = target(env)
        charge(env, len(items))
        this, index = env.this, env.index
        found = False
        for env.index, item in enumerate(items):
            env.this = [item]
            if criteria(env):
                found = True
                break
        env.this, env.index = this, index
        return found

    return exists


@predicate("all", 1)
def _all(compiler: Compiler, call: s.Call) -> Test:
    target, criteria = compiler.target(call), compiler.test(call.arguments[0])

    def every(env: Env) -> bool:
        items = target(env)
        charge(env, len(items))
        this, index = env.this, env.index
        holds = True
        for env.index, item in enumerate(items):
            env.this = [item]
            if not criteria(env):
                holds = False
                break
        env.this, env.index = this, index
        return holds

    return every


def _booleans(items: list[Any], function: str) -> list[bool]:
    values = [to_system(i) for i in items]
    if any(v.__class__ is not bool for v in values):
        raise PathError(f"{function}() needs booleans only", f"{function}() 只能用于布尔值")
    return values


@eager("allTrue")
def _all_true(_env: Env, items: list[Any]) -> list[Any]:
    return boxed(all(_booleans(items, "allTrue")))


@eager("anyTrue")
def _any_true(_env: Env, items: list[Any]) -> list[Any]:
    return boxed(any(_booleans(items, "anyTrue")))


@eager("allFalse")
def _all_false(_env: Env, items: list[Any]) -> list[Any]:
    return boxed(not any(_booleans(items, "allFalse")))


@eager("anyFalse")
def _any_false(_env: Env, items: list[Any]) -> list[Any]:
    return boxed(not all(_booleans(items, "anyFalse")))


@eager("subsetOf", 1)
def _subset_of(_env: Env, items: list[Any], other: list[Any]) -> list[Any]:
    return boxed({key(i) for i in items} <= {key(i) for i in other})


@eager("supersetOf", 1)
def _superset_of(_env: Env, items: list[Any], other: list[Any]) -> list[Any]:
    return boxed({key(i) for i in items} >= {key(i) for i in other})


@eager("count")
def _count(_env: Env, items: list[Any]) -> list[Any]:
    return [len(items)]


@eager("distinct")
def _distinct(_env: Env, items: list[Any]) -> list[Any]:
    return distinct(items)


@eager("isDistinct")
def _is_distinct(_env: Env, items: list[Any]) -> list[Any]:
    return TRUE if len(distinct(items)) == len(items) else FALSE


@eager("single")
def _single(_env: Env, items: list[Any]) -> list[Any]:
    if len(items) > 1:
        raise PathError(
            f"single() found {len(items)} items; narrow them with where()",
            f"single() 找到 {len(items)} 项；请用 where() 缩小范围",
        )
    return items


@eager("first")
def _first(_env: Env, items: list[Any]) -> list[Any]:
    return items[:1]


@eager("last")
def _last(_env: Env, items: list[Any]) -> list[Any]:
    return items[-1:]


@eager("tail")
def _tail(_env: Env, items: list[Any]) -> list[Any]:
    return items[1:]


def _whole(argument: list[Any], function: str) -> int:
    return whole(value_of(argument), function)


@eager("skip", 1)
def _skip(_env: Env, items: list[Any], number: list[Any]) -> list[Any]:
    return items[max(_whole(number, "skip"), 0) :] if number else EMPTY


@eager("take", 1)
def _take(_env: Env, items: list[Any], number: list[Any]) -> list[Any]:
    return items[: max(_whole(number, "take"), 0)] if number else EMPTY


@eager("intersect", 1)
def _intersect(_env: Env, items: list[Any], other: list[Any]) -> list[Any]:
    keys = {key(i) for i in other}
    return [i for i in distinct(items) if key(i) in keys]


@eager("exclude", 1)
def _exclude(_env: Env, items: list[Any], other: list[Any]) -> list[Any]:
    keys = {key(i) for i in other}
    return [i for i in items if key(i) not in keys]


@eager("union", 1)
def _union(env: Env, items: list[Any], other: list[Any]) -> list[Any]:
    charge(env, len(items) + len(other))
    return distinct(items + other)


@eager("combine", 1, 2)
def _combine(env: Env, items: list[Any], other: list[Any], *_order: list[Any]) -> list[Any]:
    charge(env, len(items) + len(other))
    return items + other
