"""The compiler: a syntax tree to Python closures, each from an Env to a collection.

FHIRPath N1 (2.0.0) §4 (expressions); conditions compile to plain truths, not to collections.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from xinglin.fhir.path import navigation, operators
from xinglin.fhir.path import syntax as s
from xinglin.fhir.path.errors import PathError, PathSemanticError
from xinglin.fhir.path.operators import ARITHMETIC, LOGIC, RELATIONS
from xinglin.fhir.path.singleton import EMPTY, boxed, single, truth
from xinglin.fhir.path.table import FUNCTIONS, TESTS
from xinglin.fhir.path.types import TypeSpec, type_spec

T = TypeVar("T")

if TYPE_CHECKING:
    from collections.abc import Callable

    from xinglin.fhir.path.environment import Env
    from xinglin.fhir.path.table import Build

    Run = Callable[[Env], list[Any]]
    Test = Callable[[Env], "bool | None"]


class Compiler:
    """Compiles one expression.

    With ``places`` every closure gives the errors raised below it their place in the source. That
    costs a third of the time, so it is done only for an expression that has failed.
    """

    def __init__(self, source: str, *, places: bool = False) -> None:
        self.source = source
        self.places = places

    def fail(self, node: s.Node, en: str, zh: str) -> PathSemanticError:
        """Make an error with the place of a node."""
        return PathSemanticError(en, zh, at=node.at, source=self.source)

    def run(self, node: s.Node) -> Run:
        """Compile to a function that returns a collection."""
        match node:
            case s.Literal(values=values):
                constant = list(values)
                return lambda _env: constant
            case s.Scope(inner=inner):
                return _scoped(self.run(inner))
            case s.This(name=name):
                return navigation.special(name)
            case s.External(name=name):
                return self.guard(node, lambda env: env.external(name))
            case s.Member(target=None, name=name):
                return navigation.root_member(name)
            case s.Member(target=target, name=name) if target is not None:
                return navigation.member(self.run(target), name)
            case s.Call():
                return self.guard(node, self.call(node))
            case s.Index(target=target, index=index):
                return self.guard(node, operators.index(self.run(target), self.run(index)))
            case s.Polarity(operator=operator, operand=operand):
                return self.guard(node, operators.polarity(operator, self.run(operand)))
            case s.TypeOperation():
                return self.guard(node, self.type_operation(node))
            case s.Binary(operator="|", left=left, right=right):
                return operators.union(self.run(left), self.run(right))
            case s.Binary(operator="&", left=left, right=right):
                return self.guard(node, operators.concatenate(self.run(left), self.run(right)))
            case s.Binary(operator=operator) if operator in ARITHMETIC:
                left, right = self.run(node.left), self.run(node.right)
                return self.guard(node, operators.calculation(ARITHMETIC[operator], left, right))
            case _:
                test = self.test(node)
                return lambda env: boxed(test(env))

    def test(self, node: s.Node) -> Test:
        """Compile to a function that returns a truth: True, False or None for empty."""
        match node:
            case s.Scope(inner=inner):
                return _scoped(self.test(inner))
            case s.Literal(values=(bool() as value,)):
                return lambda _env: value
            case s.Binary(operator=operator) if operator in LOGIC:
                return self.guard(
                    node, LOGIC[operator](self.test(node.left), self.test(node.right))
                )
            case s.Binary(operator="=", right=s.Literal(values=(str() as text,))):
                return self.guard(node, operators.equals_text(self.run(node.left), text))
            case s.Binary(operator=operator) if operator in RELATIONS:
                left, right = self.run(node.left), self.run(node.right)
                return self.guard(node, RELATIONS[operator](left, right))
            case s.Call():
                build = TESTS.get(node.name)
                if build is not None:
                    self.function(node)
                    return self.guard(node, build(self, node))
            case _:
                pass
        run = self.run(node)
        return self.guard(node, lambda env: truth(run(env)))

    def target(self, node: s.Call) -> Run:
        """Compile what a function is called on; without a target that is ``$this``."""
        return self.run(node.target) if node.target is not None else lambda env: env.this

    def call(self, node: s.Call) -> Run:
        """Compile a function call by the table of functions."""
        return self.function(node)(self, node)

    def function(self, node: s.Call) -> Build:
        """Look up a function and check the number of its arguments."""
        function = FUNCTIONS.get(node.name)
        if function is None:
            raise self.fail(
                node,
                f"there is no function {node.name}(); check its spelling",
                f"没有函数 {node.name}()，请检查拼写",
            )
        low, high, build = function
        if not low <= len(node.arguments) <= high:
            wanted = str(low) if low == high else f"{low}-{high}"
            raise self.fail(
                node,
                f"{node.name}() takes {wanted} arguments, not {len(node.arguments)}",
                f"{node.name}() 需要 {wanted} 个参数，实际 {len(node.arguments)} 个",
            )
        return build

    def type_argument(self, node: s.Node) -> TypeSpec:
        """Read a type specifier given as an argument."""
        match node:
            case s.Member(target=None, name=name):
                return self.type_of(name, node)
            case s.Member(target=s.Member(target=None, name=space), name=name):
                return self.type_of(f"{space}.{name}", node)
            case _:
                raise self.fail(
                    node, "a type name such as Patient is needed here", "此处需要类型名，如 Patient"
                )

    def type_of(self, name: str, node: s.Node) -> TypeSpec:
        """Read a type name; PathSemanticError when no such type can exist."""
        spec = type_spec(name)
        if spec is None:
            raise self.fail(
                node, f"{name} is no type; check its spelling", f"没有类型 {name}，请检查拼写"
            )
        return spec

    def type_operation(self, node: s.TypeOperation) -> Run:
        """Compile ``is`` and ``as``; R4 search parameters use ``as`` on many items, as a filter."""
        operand, spec = self.run(node.operand), self.type_of(node.type_name, node)
        if node.operator == "is":

            def is_type(env: Env) -> list[Any]:
                items = operand(env)
                return boxed(spec.covers(single(items))) if items else EMPTY

            return is_type
        return lambda env: [i for i in operand(env) if spec.narrows(i)]

    def guard(self, node: s.Node, run: Any) -> Any:
        """Give errors raised below their place in the source, when that is wanted."""
        if not self.places:
            return run
        source, at = self.source, node.at

        def guarded(env: Env) -> Any:
            try:
                return run(env)
            except PathError as error:
                if error.at is not None:
                    raise
                raise error.placed(source, at) from None

        return guarded


def _scoped(run: Callable[[Env], T]) -> Callable[[Env], T]:
    """Forget the variables that were defined inside."""

    def scoped(env: Env) -> T:
        variables = env.variables
        result = run(env)
        env.variables = variables
        return result

    return scoped
