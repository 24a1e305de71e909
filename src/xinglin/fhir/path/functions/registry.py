"""Registering functions: the ways a function can take its arguments.

FHIRPath N1 (2.0.0) §5 (functions); arguments are evaluated with the outer ``$this``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xinglin.fhir.path.equality import type_label
from xinglin.fhir.path.errors import PathError
from xinglin.fhir.path.node import Node, to_system
from xinglin.fhir.path.singleton import EMPTY, boxed, single
from xinglin.fhir.path.table import FUNCTIONS, TESTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from xinglin.fhir.path import syntax as s
    from xinglin.fhir.path.compiler import Compiler, Run
    from xinglin.fhir.path.environment import Env
    from xinglin.fhir.path.table import Build, BuildTest


def special(name: str, low: int = 0, high: int | None = None) -> Callable[[Build], Build]:
    """Register a function that compiles its own arguments."""

    def register(build: Build) -> Build:
        FUNCTIONS[name] = (low, low if high is None else high, build)
        return build

    return register


def predicate(name: str, low: int = 0, high: int | None = None) -> Callable[[BuildTest], BuildTest]:
    """Register a function with a truth as its result, usable without boxing it."""

    def register(build: BuildTest) -> BuildTest:
        def run(compiler: Compiler, call: s.Call) -> Run:
            test = build(compiler, call)
            return lambda env: boxed(test(env))

        TESTS[name] = build
        FUNCTIONS[name] = (low, low if high is None else high, run)
        return build

    return register


def eager(name: str, low: int = 0, high: int | None = None) -> Callable[[Any], Any]:
    """Register ``f(env, items, *arguments)``: all evaluated beforehand, each a collection."""

    def register(act: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
        def build(compiler: Compiler, call: s.Call) -> Run:
            target = compiler.target(call)
            arguments = [compiler.run(a) for a in call.arguments]
            if not arguments:
                return lambda env: act(env, target(env))
            if len(arguments) == 1:
                only = arguments[0]
                return lambda env: act(env, target(env), only(env))
            return lambda env: act(env, target(env), *[a(env) for a in arguments])

        FUNCTIONS[name] = (low, low if high is None else high, build)
        return act

    return register


def scalar(name: str, low: int = 0, high: int | None = None) -> Callable[[Any], Any]:
    """Register ``f(value, *arguments)`` on single System values; any empty one gives empty.

    A result of None is the empty collection, a list is a collection.
    """

    def register(act: Callable[..., Any]) -> Callable[..., Any]:
        def apply(_env: Env, items: list[Any], *arguments: list[Any]) -> list[Any]:
            if not items:
                return EMPTY
            values = [value_of(items)]
            for argument in arguments:
                if not argument:
                    return EMPTY
                values.append(value_of(argument))
            if None in values:
                return EMPTY
            result = act(*values)
            return EMPTY if result is None else result if result.__class__ is list else [result]

        eager(name, low, high)(apply)
        return act

    return register


def value_of(items: list[Any]) -> Any:
    """Return the single System value of a collection; None for a primitive without a value."""
    value = to_system(single(items))
    return None if value.__class__ is Node and value.type.system else value


def string(value: Any, function: str) -> str:
    """Check that a value is a string."""
    if isinstance(value, str):
        return value
    raise wrong(value, function, "a string", "字符串")


def whole(value: Any, function: str) -> int:
    """Check that a value is an integer."""
    if isinstance(value, int) and value.__class__ is not bool:
        return value
    raise wrong(value, function, "a whole number", "整数")


def wrong(value: Any, function: str, en: str, zh: str) -> PathError:
    """Say that a function got a value of the wrong type."""
    label = type_label(value)
    return PathError(
        f"{function}() needs {en}, not {label}; convert it first",
        f"{function}() 需要{zh}，而不是 {label}，请先转换",
    )
