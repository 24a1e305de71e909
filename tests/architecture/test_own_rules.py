"""The own rules catch what they are for."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
spec = importlib.util.spec_from_file_location("lint", ROOT / "tools" / "lint.py")
assert spec is not None
assert spec.loader is not None
lint = importlib.util.module_from_spec(spec)
spec.loader.exec_module(lint)

HEAD = '"""What.\n\nClause.\n"""\n'


@pytest.mark.parametrize(
    ("path", "text", "words"),
    [
        ("src/xinglin/care/model.py", '"""What."""\nx = 1\n', "docstring"),
        ("src/xinglin/care/model.py", HEAD + 'x = "select a from b"\n', "SQL only"),
        ("src/xinglin/care/model.py", HEAD + 'x = "update t set a = 1"\n', "SQL only"),
        ("src/xinglin/cdr/x.py", HEAD + 'x = "set work_mem = 1"\n', "session state"),
        ("src/xinglin/cdr/x.py", HEAD + "x = \"select set_config('a', 'b', false)\"\n", "session"),
        ("src/xinglin/cdr/x.py", HEAD + "# TODO later\n", "owner"),
        ("tests/x.py", "x = 1\n" * 401, "401 lines"),
    ],
)
def test_a_breach_is_found(path: str, text: str, words: str):
    assert any(words in what for _, what in lint.python_breaches(path, text))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("src/xinglin/care/queries.py", HEAD + 'x = "select a from b"\n'),
        ("src/xinglin/care/model.py", HEAD + 'x = "select a drug from the list"\n'[:13] + '"\n'),
        ("src/xinglin/cdr/x.py", HEAD + 'x = "set local work_mem = 1"\n'),
        ("src/xinglin/cdr/x.py", HEAD + "# TODO(li): when R5 comes\n"),
        ("src/xinglin/fhir/datatypes.py", HEAD + "x = 1\n" * 500),
    ],
)
def test_what_is_allowed_is_not_found(path: str, text: str):
    assert list(lint.python_breaches(path, text)) == []


def test_a_clinical_query_takes_an_access():
    bad = "def rows(db): ...\ndef _own(db): ...\nasync def good(db, access): ...\n"
    found = list(lint.access_breaches("src/xinglin/care/queries.py", bad))
    assert [line for line, _ in found] == [1]
    assert list(lint.access_breaches("src/xinglin/terminology/queries.py", bad)) == []


def test_migration_numbers_are_unique_and_without_gap():
    assert list(lint.migration_breaches(["0001_a.sql", "0002_b.sql"])) == []
    assert len(list(lint.migration_breaches(["0001_a.sql", "0001_b.sql"]))) == 1
    assert len(list(lint.migration_breaches(["0001_a.sql", "0003_b.sql"]))) == 1
