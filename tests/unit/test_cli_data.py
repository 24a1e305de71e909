"""The commands that look after the data: what they refuse, and what they print."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from xinglin.cli_data import app
from xinglin.kernel import backup
from xinglin.kernel.errors import Refusal

run = CliRunner()


@pytest.mark.parametrize("moment", ["yesterday", "2026-03-01", "2026-03-01T08:30:00"])
def test_a_moment_needs_a_zone(moment: str, tmp_path: Path):
    result = run.invoke(app, ["restore", str(tmp_path), "--data", str(tmp_path), "--until", moment])
    assert isinstance(result.exception, Refusal)
    assert "zone" in str(result.exception)


@pytest.mark.parametrize("command", [["backup", "b"], ["upgrade-data"]])
def test_a_folder_without_database_is_refused(command: list[str], tmp_path: Path):
    result = run.invoke(app, [*command, "--data", str(tmp_path)])
    assert isinstance(result.exception, Refusal)
    assert "no embedded database" in str(result.exception)


def test_the_kept_folder_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(backup, "upgrade_data", lambda *_: tmp_path / "postgres-15")
    result = run.invoke(app, ["upgrade-data", "--data", str(tmp_path)])
    assert result.exit_code == 0
    assert "postgres-15" in result.output + result.stderr
