"""`xinglin import` and `xinglin export`: order, packing, reports, and going on after a kill."""

from __future__ import annotations

import bz2
import gzip
import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

IDENTIFIER = {"system": "urn:test", "value": "hospital"}


def xinglin(*arguments: str, status: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "xinglin.cli", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "COLUMNS": "300"},
    )
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def write(path: Path, content: Any) -> None:
    raw = b"\n".join(json.dumps(one).encode() for one in content)
    if path.suffix == ".gz":
        raw = gzip.compress(raw)
    elif path.suffix == ".bz2":
        raw = bz2.compress(raw)
    path.write_bytes(raw)


def bundle(*entries: dict[str, Any], type_: str = "transaction") -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": type_, "entry": list(entries)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A hospital, a patient of it in a file that comes before it by name, and lines."""
    folder = tmp_path / "files"
    folder.mkdir()
    hospital = {"resourceType": "Organization", "identifier": [IDENTIFIER], "name": "H"}
    create = {
        "method": "POST",
        "url": "Organization",
        "ifNoneExist": "identifier=urn:test|hospital",
    }
    write(
        folder / "z-hospital.json.gz",
        [bundle({"resource": hospital, "request": create}, type_="batch")],
    )
    patient = {
        "resourceType": "Patient",
        "managingOrganization": {"reference": "Organization?identifier=urn:test|hospital"},
    }
    write(
        folder / "a-patient.json.bz2",
        [
            bundle(
                {
                    "fullUrl": "urn:uuid:11111111-1111-4111-8111-111111111111",
                    "resource": patient,
                    "request": {"method": "POST", "url": "Patient"},
                },
                {
                    "resource": {
                        "resourceType": "Observation",
                        "status": "final",
                        "code": {"text": "x"},
                        "subject": {"reference": "urn:uuid:11111111-1111-4111-8111-111111111111"},
                    },
                    "request": {"method": "POST", "url": "Observation"},
                },
            )
        ],
    )
    write(
        folder / "lines.ndjson",
        [{"resourceType": "Basic", "id": f"b{n}", "code": {"text": "x"}} for n in range(1200)],
    )
    return folder


def total(running: Any, query: str) -> int:
    url = f"{running.fhir}/{query}&_summary=count"
    return httpx.get(url, headers=running.auth, trust_env=False).json()["total"]


def at(running: Any) -> tuple[str, ...]:
    """Which server, and who asks."""
    return ("--url", running.fhir, "--token", running.token)


def test_files_come_in_in_the_order_of_what_they_need(
    tmp_path: Path, folder: Path, dsn: str, launch: Callable[..., Any]
) -> None:
    running = launch(tmp_path / "data", dsn=dsn)
    arguments = ("import", str(folder), *at(running), "--data", str(tmp_path / "data"))
    said = xinglin(*arguments, "--institution", "Test 测试")
    assert "1,203 resources imported" in said
    assert total(running, "Patient?organization.identifier=urn:test|hospital") == 1
    assert total(running, "Organization?_tag=HTEST") == 1
    assert total(running, "Basic?code:text=x") == 1200

    said = xinglin(*arguments, "--institution", "Test 测试")
    assert "0 resources imported" in said
    assert total(running, "Patient?_count=1") == 1

    out = tmp_path / "out"
    xinglin("export", str(out), *at(running))
    lines = (out / "Basic.ndjson").read_bytes().splitlines()
    assert len(lines) == 1200
    assert json.loads(lines[0])["resourceType"] == "Basic"
    assert json.loads((out / "Observation.ndjson").read_text())["subject"]["reference"].startswith(
        "Patient/"
    )


def test_what_is_refused_is_reported_and_the_rest_comes_in(
    tmp_path: Path, dsn: str, launch: Callable[..., Any]
) -> None:
    running = launch(tmp_path / "data", dsn=dsn)
    lines = [{"resourceType": "Basic", "id": f"b{n}", "code": {"text": "x"}} for n in range(10)]
    lines[3]["nonsense"] = 1
    write(tmp_path / "lines.ndjson", lines)
    write(tmp_path / "broken.json", ["{"])
    report = tmp_path / "report.ndjson"
    said = xinglin(
        *("import", str(tmp_path / "lines.ndjson"), str(tmp_path / "broken.json")),
        *(*at(running), "--data", str(tmp_path / "data"), "--report", str(report)),
        status=2,
    )
    assert "9 resources imported" in said
    refused = [json.loads(line) for line in report.read_text().splitlines()]
    assert {(one["file"].rpartition("/")[2], one["entry"]) for one in refused} == {
        ("lines.ndjson", "line 4"),
        ("broken.json", ""),
    }
    assert any("nonsense" in one["why"] for one in refused)
    assert total(running, "Basic?code:text=x") == 9


def test_stand_ins_for_what_is_referred_to_and_missing(
    tmp_path: Path, folder: Path, dsn: str, launch: Callable[..., Any]
) -> None:
    running = launch(tmp_path / "data", dsn=dsn)
    (folder / "z-hospital.json.gz").unlink()
    (folder / "lines.ndjson").unlink()
    arguments = ("import", str(folder), *at(running), "--data", str(tmp_path / "data"))
    assert "--stand-ins" in xinglin(*arguments, status=2)
    assert "2 resources imported" in xinglin(*arguments, "--stand-ins")
    assert total(running, "Patient?organization.identifier=urn:test|hospital") == 1
    assert total(running, "Organization?_tag=HTEST&name=hospital") == 1


def test_an_import_goes_on_after_kills(
    tmp_path: Path, dsn: str, launch: Callable[..., Any]
) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(40):
        lines = [
            {
                "resourceType": "Basic",
                "id": f"k{number}-{n}",
                "code": {"coding": [{"code": "kill"}]},
            }
            for n in range(500)
        ]
        write(folder / f"{number:02}.ndjson", lines)
    data = tmp_path / "data"
    command = [sys.executable, "-m", "xinglin.cli", "import", str(folder), "--data", str(data)]
    for _ in range(2):
        running = launch(data, dsn=dsn)
        before = total(running, "Basic?code=kill")
        with subprocess.Popen([*command, *at(running)], stderr=subprocess.DEVNULL) as one:
            while total(running, "Basic?code=kill") < before + 500:
                assert one.poll() is None, "it ended before it was killed"
            os.kill(one.pid, signal.SIGKILL)  # the import, and right after it the server
            running.kill()
    running = launch(data, dsn=dsn)
    said = xinglin(*command[3:], *at(running))
    assert "0 refused" in said
    assert total(running, "Basic?code=kill") == 20_000
