"""Settings: typed, from a file and the environment, and refused when unknown."""

from __future__ import annotations

from pathlib import Path

import pytest

from xinglin.kernel.errors import Invalid
from xinglin.kernel.settings import Settings, fields, load
from xinglin.kernel.settings_page import page

ROOT = Path(__file__).parents[3]


def write(folder: Path, text: str) -> Path:
    path = folder / "xinglin.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_defaults_need_nothing():
    assert load(None, {"PATH": "/bin"}) == Settings()


def test_the_environment_wins_over_the_file(tmp_path: Path):
    path = write(tmp_path, 'port = 9000\nprocesses = 1\n[database]\ndsn = "postgresql://a/b"\n')
    settings = load(path, {"XINGLIN_PORT": "9001", "XINGLIN_DATABASE_MAX_CONNECTIONS": "5"})
    assert (settings.port, settings.processes) == (9001, 1)
    assert (settings.database.dsn, settings.database.max_connections) == ("postgresql://a/b", 5)


def test_booleans_and_numbers_come_from_text():
    env = {"XINGLIN_FHIR_CHECK_REFERENCES": "true", "XINGLIN_FHIR_SEARCH_SECONDS": "2.5"}
    fhir = load(None, env).fhir
    assert (fhir.check_references, fhir.search_seconds) == (True, 2.5)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("prot = 1", "`port`"),
        ("[database]\ndns = 'x'", "`database.dsn`"),
        ("[databse]\ndsn = 'x'", "`database`"),
        ("port = 'x'", "wrong value"),
        ("port = 99999", "wrong value"),
        ("database = 3", "wrong value"),
        ("port = ", "cannot be read"),
    ],
)
def test_a_wrong_file_is_refused_in_both_languages(tmp_path: Path, text: str, words: str):
    with pytest.raises(Invalid, match=words) as refused:
        load(write(tmp_path, text), {})
    assert refused.value.issues[0].zh != refused.value.issues[0].en


@pytest.mark.parametrize("env", [{"XINGLIN_PRT": "1"}, {"XINGLIN_PORT": "many"}])
def test_a_wrong_variable_is_refused(env: dict[str, str]):
    with pytest.raises(Invalid, match="XINGLIN_P"):
        load(None, env)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(Invalid, match="cannot be read"):
        load(tmp_path / "none.toml", {})


def test_no_two_settings_share_a_variable():
    names = [one.variable for one in fields()]
    assert len(set(names)) == len(names)


def test_the_data_directory_has_a_default(tmp_path: Path):
    assert Settings().data_dir().name == "xinglin"
    assert Settings(data=str(tmp_path)).data_dir() == tmp_path


def test_the_reference_page_is_current():
    written = (ROOT / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")
    assert written == page(), "run `python tools/settings_page.py`"
