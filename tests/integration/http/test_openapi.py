"""Schemathesis asks the API whatever its OpenAPI document allows: never a 500, always an outcome.

OpenAPI 3.0.3; bounded here, longer in `make endure`.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from tests.integration.conftest import Running


@pytest.mark.parametrize("seconds", [40, pytest.param(900, marks=pytest.mark.endure)])
def test_schemathesis_finds_nothing(running: Running, seconds: int, tmp_path: Path) -> None:
    tool = Path(os.sys.executable).with_name("schemathesis")
    document = httpx.get(f"{running.url}/openapi.json", trust_env=False)
    assert document.json()["openapi"] == "3.0.3"
    command = [str(tool), "run", f"{running.url}/openapi.json", "--seed", "1"]
    command += ["--header", f"Authorization: Bearer {running.token}"]
    command += [
        "--checks",
        "not_a_server_error,response_schema_conformance,content_type_conformance",
    ]
    command += ["--max-time", str(seconds), "--phases", "examples,fuzzing", "--max-examples", "20"]
    command += ["--generation-database", "none", "--no-color"]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=seconds + 60, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stdout[-6000:]
