"""Own rules, which no general linter knows. Prints each breach as path:line rule.

Design, section 6; CONTRIBUTING.md says why each rule is there.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
Breach = tuple[int, str]

MOST_LINES = 400
_SQL = re.compile(
    r"^\s*(select\s.+\sfrom\s|insert\s+into\s|update\s+\w+\s+set\s|delete\s+from\s|with\s+\w+\s+as\s*\()",
    re.IGNORECASE | re.DOTALL,
)
# The only places with SQL (design, section 6, rule 4).
_SQL_PLACES = re.compile(r"src/xinglin/(cdr/|kernel/|terminology/|[\w/]+/queries\.py$)")
# Session state outlives the request on a pooled connection that is not reset.
_SESSION = re.compile(
    r"^\s*(set\s+(?!local\b|transaction\b)(session\s+)?\w+\s*(=|to)\s|prepare\s|declare\s+\w+\s+cursor\s+with\s+hold)",
    re.IGNORECASE,
)
_CONFIG = re.compile(r"set_config\([^)]*,\s*false\s*\)", re.IGNORECASE)
_GENERATED = re.compile(r"src/xinglin/fhir/(datatypes\.py|resources/)")
_TODO = re.compile(r"\b(TODO|FIXME|XXX)\b(?!\([\w-]+\): \S)")


_ABOUT_RULES = {"tools/lint.py", "tests/architecture/test_own_rules.py"}


def python_breaches(path: str, text: str) -> Iterator[Breach]:
    """The rules for one Python file."""
    lines = text.splitlines()
    tree = ast.parse(text)
    generated = _GENERATED.match(path) is not None
    if len(lines) > MOST_LINES and not generated:
        yield 1, f"{len(lines)} lines; the most is {MOST_LINES}"
    if path.startswith("src/") and tree.body:
        yield from _docstring(ast.get_docstring(tree))
    for number, line in enumerate(lines, 1):
        if _TODO.search(line) and path not in _ABOUT_RULES:
            yield number, "a TODO needs an owner and a reason: TODO(name): why"
    if path.startswith("src/"):
        yield from _strings(path, tree)


def _docstring(said: str | None) -> Iterator[Breach]:
    parts = (said or "").split("\n", 2)
    if len(parts) < 3 or parts[1] or not parts[2].strip():
        yield 1, "module docstring: first what it is, then (after an empty line) clause or page"


def _strings(path: str, tree: ast.AST) -> Iterator[Breach]:
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        if id(node) in docstrings:
            continue
        if _SQL.match(node.value) and not _SQL_PLACES.match(path):
            yield node.lineno, "SQL only in queries.py, cdr/, terminology/ and kernel/"
        if _SESSION.match(node.value) or _CONFIG.search(node.value):
            yield node.lineno, "session state only inside a transaction: set local"


def access_breaches(path: str, text: str) -> Iterator[Breach]:
    """A clinical query takes an Access: public functions of queries.py do, but below the clinic.

    ``trust`` asks only its own tables (accounts, audit), which no Access describes.
    """
    if not re.match(r"src/xinglin/(?!kernel/|terminology/|trust/)[\w/]*queries\.py$", path):
        return
    for node in ast.parse(text).body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        names = {one.arg for one in (*node.args.args, *node.args.kwonlyargs)}
        if not node.name.startswith("_") and "access" not in names:
            yield node.lineno, f"{node.name} is a clinical query and takes no `access`"


def migration_breaches(names: list[str]) -> Iterator[tuple[str, int, str]]:
    """Numbers run from 0001 without gap, each once."""
    numbers = Counter(name[:4] for name in names)
    for number, count in numbers.items():
        if count > 1:
            yield f"migrations/{number}_*.sql", 1, "two migrations have this number"
    if sorted(numbers) != [f"{one:04d}" for one in range(1, len(numbers) + 1)]:
        yield "migrations", 1, "migration numbers have a gap"


def breaches() -> Iterator[tuple[str, int, str]]:
    """All breaches of the checkout."""
    listed = subprocess.run(
        ["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    for path in listed:
        if not (ROOT / path).exists():
            continue
        text = (ROOT / path).read_text(encoding="utf-8")
        for rule in (python_breaches, access_breaches):
            for line, what in rule(path, text):
                yield path, line, what
    yield from migration_breaches([path.name for path in (ROOT / "migrations").glob("*.sql")])


if __name__ == "__main__":
    found = list(breaches())
    for path, line, what in found:
        print(f"{path}:{line} {what}")
    sys.exit(bool(found))
