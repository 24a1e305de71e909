"""``xinglin token``: on a directory never started, and beside a running server."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.support.patience import seconds


def xinglin(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("XINGLIN_")}
    return subprocess.run(
        [sys.executable, "-m", "xinglin.cli", *words],
        capture_output=True,
        text=True,
        env={**clean, **env},
        timeout=seconds(60),
        check=False,
    )


def test_a_fresh_directory_has_an_operator(tmp_path: Path):
    done = xinglin("token", "--data", str(tmp_path / "data"), "--user", "admin")
    assert done.returncode == 0, done.stderr
    token = done.stdout.removesuffix("\n")
    assert len(token) == 43
    assert "\n" not in token


def test_with_another_database_and_an_unknown_user(dsn: str, tmp_path: Path):
    words = ("token", "--data", str(tmp_path), "--user")
    fine = xinglin(*words, "admin", XINGLIN_DATABASE_DSN=dsn)
    assert fine.returncode == 0, fine.stderr
    refused = xinglin(*words, "nobody", XINGLIN_DATABASE_DSN=dsn)
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert "没有账号" in refused.stderr
    assert "no account" in refused.stderr
