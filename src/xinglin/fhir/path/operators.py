"""The operators as closures: index, polarity, arithmetic, comparison, logic, collections.

FHIRPath N1 (2.0.0) §6, http://hl7.org/fhirpath/N1/#operations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xinglin.fhir.path import arithmetic
from xinglin.fhir.path.equality import compare, distinct, equal, equivalent, key
from xinglin.fhir.path.errors import PathError
from xinglin.fhir.path.node import Node, to_system
from xinglin.fhir.path.singleton import EMPTY, bounded, charge, single

if TYPE_CHECKING:
    from collections.abc import Callable

    from xinglin.fhir.path.environment import Env

    Run = Callable[[Env], list[Any]]
    Test = Callable[[Env], "bool | None"]


def index(target: Run, index: Run) -> Run:
    """``target[index]``."""

    def at(env: Env) -> list[Any]:
        items = target(env)
        place = to_system(single(index(env)))
        if place is None or not isinstance(place, int) or place.__class__ is bool:
            if place is None:
                return EMPTY
            raise PathError("an index must be a whole number", "下标必须是整数")
        return items[place : place + 1] if place >= 0 else EMPTY

    return at


def polarity(operator: str, operand: Run) -> Run:
    """A sign before an operand."""

    def signed(env: Env) -> list[Any]:
        items = operand(env)
        if not items:
            return EMPTY
        value = arithmetic.negate(single(items))
        return [value] if operator == "-" else [arithmetic.negate(value)]

    return signed


def union(left: Run, right: Run) -> Run:
    """``|``."""

    def union(env: Env) -> list[Any]:
        items = left(env) + right(env)
        charge(env, len(items))
        return distinct(items)

    return union


def concatenate(left: Run, right: Run) -> Run:
    """``&``: an empty side counts as an empty string."""

    def text(items: list[Any]) -> str:
        value = to_system(single(items))
        if value is None:
            return ""
        if not isinstance(value, str):
            raise PathError("‘&’ joins strings; use toString()", "“&”只连接字符串，请用 toString()")
        return value

    def joined(env: Env) -> list[Any]:
        first, second = text(left(env)), text(right(env))
        bounded(len(first) + len(second))
        return [first + second]

    return joined


def calculation(act: Callable[[Any, Any], Any], left: Run, right: Run) -> Run:
    """An arithmetic operator: empty when a side is empty or there is no result."""

    def calculate(env: Env) -> list[Any]:
        a, b = single(left(env)), single(right(env))
        if a is None or b is None:
            return EMPTY
        result = act(a, b)
        return EMPTY if result is None else [result]

    return calculate


ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": arithmetic.add,
    "-": arithmetic.subtract,
    "*": arithmetic.multiply,
    "/": arithmetic.divide,
    "div": arithmetic.whole_divide,
    "mod": arithmetic.modulo,
}


def _and(left: Test, right: Test) -> Test:
    def test(env: Env) -> bool | None:
        a = left(env)
        if a is False:
            return False
        b = right(env)
        return False if b is False else None if a is None or b is None else True

    return test


def _or(left: Test, right: Test) -> Test:
    def test(env: Env) -> bool | None:
        a = left(env)
        if a:
            return True
        b = right(env)
        return True if b else None if a is None or b is None else False

    return test


def _xor(left: Test, right: Test) -> Test:
    def test(env: Env) -> bool | None:
        a, b = left(env), right(env)
        return None if a is None or b is None else a is not b

    return test


def _implies(left: Test, right: Test) -> Test:
    def test(env: Env) -> bool | None:
        a = left(env)
        if a is False:
            return True
        b = right(env)
        return b if a else True if b else None

    return test


def _equals(left: Run, right: Run) -> Test:
    return lambda env: equal(left(env), right(env))


def equals_text(left: Run, text: str) -> Test:
    """``= 'text'``: by far the most frequent comparison of invariants."""
    constant: list[Any] = [text]

    def test(env: Env) -> bool | None:
        items = left(env)
        if len(items) == 1:
            item = items[0]
            if item.__class__ is Node and item.type.system == "String" and item.value is not None:
                return item.value == text
        return equal(items, constant)

    return test


def _differs(left: Run, right: Run) -> Test:
    def test(env: Env) -> bool | None:
        same = equal(left(env), right(env))
        return None if same is None else not same

    return test


def _order(accepted: tuple[int, ...], operator: str) -> Callable[[Run, Run], Test]:
    def build(left: Run, right: Run) -> Test:
        def test(env: Env) -> bool | None:
            a, b = single(left(env)), single(right(env))
            if a is None or b is None:
                return None
            compared = compare(a, b, operator)
            return None if compared is None else compared in accepted

        return test

    return build


def _member_of(left: Run, right: Run) -> Test:
    def test(env: Env) -> bool | None:
        items = left(env)
        if not items:
            return None
        wanted = key(single(items))
        return any(key(i) == wanted for i in right(env))

    return test


LOGIC: dict[str, Callable[[Test, Test], Test]] = {
    "and": _and,
    "or": _or,
    "xor": _xor,
    "implies": _implies,
}
RELATIONS: dict[str, Callable[[Run, Run], Test]] = {
    "=": _equals,
    "!=": _differs,
    "~": lambda left, right: lambda env: equivalent(left(env), right(env)),
    "!~": lambda left, right: lambda env: not equivalent(left(env), right(env)),
    "<": _order((-1,), "<"),
    "<=": _order((-1, 0), "<="),
    ">": _order((1,), ">"),
    ">=": _order((0, 1), ">="),
    "in": _member_of,
    "contains": lambda left, right: _member_of(right, left),
}
