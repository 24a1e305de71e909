"""The table of functions, filled by the modules in ``functions``.

FHIRPath N1 (2.0.0) §5; it stands apart so that compiler and functions need not import each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from xinglin.fhir.path import syntax as s
    from xinglin.fhir.path.compiler import Compiler, Run, Test

    Build = Callable[[Compiler, s.Call], Run]
    BuildTest = Callable[[Compiler, s.Call], Test]

FUNCTIONS: dict[str, tuple[int, int, Build]] = {}
"""Name -> least and greatest number of arguments, and what compiles a call."""

TESTS: dict[str, BuildTest] = {}
"""The functions whose result is a truth, compiled without boxing it."""
