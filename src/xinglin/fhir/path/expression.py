"""A compiled expression: parse once, evaluate often.

FHIRPath N1 (2.0.0), http://hl7.org/fhirpath/N1/; the latest compiled expressions are kept.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from xinglin.fhir.path import functions
from xinglin.fhir.path.check import check
from xinglin.fhir.path.compiler import Compiler
from xinglin.fhir.path.environment import Conforms, Env, Resolver, Terminology, Trace, items
from xinglin.fhir.path.errors import PathError, PathLimitError
from xinglin.fhir.path.node import plain
from xinglin.fhir.path.parser import parse
from xinglin.fhir.path.syntax import Member, Node, This

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from xinglin.fhir.path.compiler import Run, Test

_CACHED = 4096
_NO_VARIABLES: dict[str, Any] = {}


class Expression:
    """An expression that has been parsed and compiled; it has no state and may be shared."""

    __slots__ = ("_run", "_test", "source", "tree")

    def __init__(self, source: str, tree: Node | None = None) -> None:
        self.source = source
        self.tree = parse(source) if tree is None else tree
        self._run: Run = Compiler(source).run(self.tree)
        self._test: Test | None = None

    def __repr__(self) -> str:
        return f"Expression({self.source!r})"

    def evaluate(
        self,
        value: Any,
        *,
        variables: Mapping[str, Any] | None = None,
        type_hint: str | None = None,
        resolver: Resolver | None = None,
        terminology: Terminology | None = None,
        conforms: Conforms | None = None,
        now: datetime | None = None,
        trace: Trace | None = None,
    ) -> list[Any]:
        """Evaluate on a resource, or on an element of the type ``type_hint``.

        Returns plain JSON values, moments as text. PathError when it cannot be evaluated.
        ``variables`` are the ``%names``, ``resource`` and ``rootResource`` among them;
        ``resolver`` gets the text of a reference and returns a resource or None; ``conforms`` gets
        a value and a profile address; ``now`` is the aware moment of now(), whose time zone is also
        that of today() (UTC when it is left out).
        """
        this = items(value, type_hint)
        known = variables or _NO_VARIABLES
        env = Env(this, this, known, known, resolver, terminology, conforms, now, trace)
        return [plain(item) for item in self._evaluated(env)]

    def items(
        self,
        value: Any,
        *,
        variables: Mapping[str, Any] | None = None,
        type_hint: str | None = None,
        resolver: Resolver | None = None,
        terminology: Terminology | None = None,
        now: datetime | None = None,
    ) -> list[Any]:
        """Evaluate like :meth:`evaluate`, but keep types and places: ``Node`` and System values."""
        this = items(value, type_hint)
        known = variables or _NO_VARIABLES
        env = Env(this, this, known, known, resolver, terminology, now=now)
        return list(self._evaluated(env))

    def evaluate_bool(
        self,
        value: Any,
        *,
        variables: Mapping[str, Any] | None = None,
        type_hint: str | None = None,
        resolver: Resolver | None = None,
        terminology: Terminology | None = None,
        conforms: Conforms | None = None,
        now: datetime | None = None,
    ) -> bool | None:
        """Evaluate as a truth by the singleton rule: True, False, or None for empty.

        An invariant is broken when it is False; one that is empty says nothing.
        """
        if self._test is None:
            self._test = Compiler(self.source).test(self.tree)
        this = items(value, type_hint)
        known = variables or _NO_VARIABLES
        env = Env(this, this, known, known, resolver, terminology, conforms, now)
        try:
            return self._test(env)
        except (PathError, RecursionError) as error:
            raise self._placed(env, error, truth=True) from None

    def check(self, *type_names: str, ordered: bool = False) -> tuple[str, ...]:
        """Check against types; PathSemanticError when an element cannot be in any of them.

        Returns the names of the types the result may have, none when anything is possible. With
        ``ordered``, going by position in what has no order is an error too.
        """
        return check(self.source, self.tree, type_names, ordered=ordered)

    def split(self) -> tuple[Expression, str] | None:
        """Split a path that ends in an element name into its owner and that name, else None."""
        tree = self.tree
        if not isinstance(tree, Member):
            return None
        owner = tree.target if tree.target is not None else This(tree.at, "$this")
        return Expression(self.source, owner), tree.name

    def _evaluated(self, env: Env) -> list[Any]:
        try:
            return self._run(env)
        except (PathError, RecursionError) as error:
            raise self._placed(env, error, truth=False) from None

    def _placed(self, env: Env, error: PathError | RecursionError, *, truth: bool) -> PathError:
        """Evaluate again with closures that know their place, to say where the error arose."""
        if isinstance(error, RecursionError):
            return PathError("nested too deep here; simplify it", "此处嵌套过深，请简化")
        if error.at is not None or isinstance(error, PathLimitError):
            return error
        compiler = Compiler(self.source, places=True)
        again = compiler.test(self.tree) if truth else compiler.run(self.tree)
        env.restart()
        try:
            again(env)
        except PathError as placed:
            return placed
        return error


@lru_cache(maxsize=_CACHED)
def compile(source: str) -> Expression:  # noqa: A001 (the name that callers know)
    """Compile an expression, or return the one compiled before; PathError when it is none."""
    return Expression(source)


__all__ = ["Expression", "compile", "functions"]
