"""Filtering, projection and iteration: where, select, repeat, aggregate, sort, iif, ofType.

FHIRPath N1 (2.0.0) §5.2 (filtering), §5.5.1 (iif), §7 (aggregates).
"""

from __future__ import annotations

from collections import deque
from functools import cmp_to_key
from typing import TYPE_CHECKING, Any

from xinglin.fhir.path import syntax as s
from xinglin.fhir.path.environment import is_reserved
from xinglin.fhir.path.equality import compare, key, type_label
from xinglin.fhir.path.errors import PathError, PathLimitError
from xinglin.fhir.path.functions.registry import predicate, special, string
from xinglin.fhir.path.node import Node, to_system
from xinglin.fhir.path.singleton import EMPTY, charge, single

if TYPE_CHECKING:
    from xinglin.fhir.path.compiler import Compiler, Run, Test
    from xinglin.fhir.path.environment import Env

MAX_MADE = 5_000


@special("where", 1)
def _where(compiler: Compiler, call: s.Call) -> Run:
    target, criteria = compiler.target(call), compiler.test(call.arguments[0])

    def where(env: Env) -> list[Any]:
        items = target(env)
        if not items:
            return EMPTY
        charge(env, len(items))
        this, index = env.this, env.index
        out: list[Any] = []
        for env.index, item in enumerate(items):
            env.this = [item]
            if criteria(env):
                out.append(item)
        env.this, env.index = this, index
        return out

    return where


@special("select", 1)
def _select(compiler: Compiler, call: s.Call) -> Run:
    target, projection = compiler.target(call), compiler.run(call.arguments[0])

    def select(env: Env) -> list[Any]:
        items = target(env)
        if not items:
            return EMPTY
        charge(env, len(items))
        this, index = env.this, env.index
        out: list[Any] = []
        for env.index, item in enumerate(items):
            env.this = [item]
            out += projection(env)
        env.this, env.index = this, index
        return out

    return select


@special("repeat", 1)
def _repeat(compiler: Compiler, call: s.Call) -> Run:
    target, projection = compiler.target(call), compiler.run(call.arguments[0])

    def repeat(env: Env) -> list[Any]:
        waiting = deque(target(env))
        this, index = env.this, env.index
        found: dict[Any, Any] = {}
        made = 0
        while waiting:
            charge(env, 1)
            env.this, env.index = [waiting.popleft()], None
            for item in projection(env):
                same = key(item)
                if same not in found:
                    found[same] = item
                    waiting.append(item)
                    made += item.__class__ is not Node
            if made > MAX_MADE:
                raise PathLimitError(
                    f"repeat() makes more than {MAX_MADE} values; it may never end",
                    f"repeat() 产生超过 {MAX_MADE} 个值，可能永不结束",
                )
        env.this, env.index = this, index
        return list(found.values())

    return repeat


@special("aggregate", 1, 2)
def _aggregate(compiler: Compiler, call: s.Call) -> Run:
    target, aggregator = compiler.target(call), compiler.run(call.arguments[0])
    start = compiler.run(call.arguments[1]) if len(call.arguments) == 2 else None

    def aggregate(env: Env) -> list[Any]:
        items = target(env)
        charge(env, len(items))
        this, index, total = env.this, env.index, env.total
        env.total = start(env) if start is not None else []
        for env.index, item in enumerate(items):
            env.this = [item]
            env.total = aggregator(env)
        result = env.total
        env.this, env.index, env.total = this, index, total
        return result

    return aggregate


@special("sort", 0, 10)
def _sort(compiler: Compiler, call: s.Call) -> Run:
    target = compiler.target(call)
    keys = [_sort_key(compiler, a) for a in call.arguments] or [(lambda env: env.this, 1)]

    def sort(env: Env) -> list[Any]:
        items = target(env)
        charge(env, len(items))
        this, index = env.this, env.index
        rows: list[tuple[list[Any], Any]] = []
        for env.index, item in enumerate(items):
            env.this = [item]
            rows.append(([single(run(env)) for run, _ in keys], item))
        env.this, env.index = this, index
        signs = [sign for _, sign in keys]
        rows.sort(key=cmp_to_key(lambda a, b: _order(a[0], b[0], signs)))
        return [item for _, item in rows]

    return sort


def _sort_key(compiler: Compiler, argument: s.Node) -> tuple[Run, int]:
    """A minus before the key means descending, also for what cannot be negated."""
    if isinstance(argument, s.Scope):
        argument = argument.inner
    if isinstance(argument, s.Polarity) and argument.operator == "-":
        return compiler.run(argument.operand), -1
    return compiler.run(argument), 1


def _order(a: list[Any], b: list[Any], signs: list[int]) -> int:
    for x, y, sign in zip(a, b, signs, strict=True):
        if x is None or y is None:
            found = (x is None) - (y is None)
        else:
            found = compare(x, y, "sort()") or 0
        if found:
            return found * sign
    return 0


@special("iif", 2, 3)
def _iif(compiler: Compiler, call: s.Call) -> Run:
    target = compiler.target(call)
    criterion, then = compiler.run(call.arguments[0]), compiler.run(call.arguments[1])
    otherwise = compiler.run(call.arguments[2]) if len(call.arguments) == 3 else None
    own_this = call.target is not None

    def iif(env: Env) -> list[Any]:
        items = target(env)
        if own_this:
            single(items)
        this = env.this
        env.this = items
        holds = _condition(criterion(env))
        env.this = items
        result = then(env) if holds else otherwise(env) if otherwise is not None else EMPTY
        env.this = this
        return result

    return iif


def _condition(items: list[Any]) -> bool:
    value = to_system(single(items))
    if value is None or value.__class__ is bool:
        return bool(value)
    label = type_label(value)
    raise PathError(
        f"the criterion of iif() must be a boolean, not {label}",
        f"iif() 的条件必须是布尔值，而不是 {label}",
    )


@special("ofType", 1)
def _of_type(compiler: Compiler, call: s.Call) -> Run:
    target, spec = compiler.target(call), compiler.type_argument(call.arguments[0])
    return lambda env: [i for i in target(env) if spec.narrows(i)]


@special("as", 1)
def _as(compiler: Compiler, call: s.Call) -> Run:
    """Filter like ofType: invariants of R4 (dom-3) use it on many items; check() is strict."""
    target, spec = compiler.target(call), compiler.type_argument(call.arguments[0])

    return lambda env: [i for i in target(env) if spec.narrows(i)]


@predicate("is", 1)
def _is(compiler: Compiler, call: s.Call) -> Test:
    target, spec = compiler.target(call), compiler.type_argument(call.arguments[0])

    def is_type(env: Env) -> bool | None:
        items = target(env)
        return spec.covers(single(items)) if items else None

    return is_type


@special("trace", 1, 2)
def _trace(compiler: Compiler, call: s.Call) -> Run:
    target, name = compiler.target(call), compiler.run(call.arguments[0])
    projection = compiler.run(call.arguments[1]) if len(call.arguments) == 2 else None

    def trace(env: Env) -> list[Any]:
        items = target(env)
        if env.trace is not None:
            this = env.this
            shown = items
            if projection is not None:
                env.this = items
                shown = projection(env)
                env.this = this
            env.trace(str(to_system(single(name(env)))), shown)
        return items

    return trace


@special("defineVariable", 1, 2)
def _define_variable(compiler: Compiler, call: s.Call) -> Run:
    """Define %name for what follows, as in later versions of FHIRPath; the value is the input."""
    target, name = compiler.target(call), compiler.run(call.arguments[0])
    value = compiler.run(call.arguments[1]) if len(call.arguments) == 2 else None

    def define(env: Env) -> list[Any]:
        items = target(env)
        key = string(to_system(single(name(env))), "defineVariable")
        if key in env.variables or is_reserved(key):
            raise PathError(
                f"%{key} is defined already; take another name", f"%{key} 已有定义，请换一个名称"
            )
        this = env.this
        env.this = items
        found = value(env) if value is not None else items
        env.this = this
        env.variables = {**env.variables, key: found}
        return items

    return define
