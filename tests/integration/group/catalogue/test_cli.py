"""``xinglin catalogue`` as people call it: lists, checks, a preview and an applied formulary."""

from __future__ import annotations

from pathlib import Path

import httpx
import openpyxl
from tests.integration.conftest import Running
from typer.testing import CliRunner

from xinglin.cli import app

HEAD = ["药品编码", "通用名", "规格包装", "冷藏", "备注"]
ROW = ["CLI1", "甘精胰岛素注射液", "3ml:300单位/支", "是", "随便"]


def call(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["catalogue", *words])
    return result.exit_code, result.output


def test_terms_and_check() -> None:
    code, told = call("terms", "routes")
    assert code == 0
    assert "ivgtt\t静脉滴注\tintravenous drip" in told
    assert call("terms", "nothing")[0] == 1
    assert call("check")[0] == 0


def test_a_formulary_is_shown_then_written(
    running: Running, fhir: httpx.Client, tmp_path: Path
) -> None:
    path, report = tmp_path / "f.xlsx", tmp_path / "report.csv"
    book = openpyxl.Workbook()
    book.active.append(HEAD)
    book.active.append(ROW)
    book.active.append(["CLI2", "甘精胰岛素注射液", "没有规格", "", ""])
    book.save(path)
    base = ("formulary", str(path), "--url", running.fhir, "--token", running.token, "--partial")
    assert call(*base, "--report", str(report))[0] == 0
    lines = report.read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(",")[:3] for line in lines[1:]] == [
        ["new", "2", "CLI1"],
        ["refused", "3", "CLI2"],
    ]
    assert call(*base, "--apply")[0] == 2
    assert fhir.get("/Medication/xc-drug-CLI1").status_code == 404
    assert call(*base, "--apply", "--without-refused")[0] == 0
    made = fhir.get("/MedicationKnowledge/xc-drug-CLI1").json()
    assert made["medicineClassification"][0]["classification"][0]["coding"][0]["code"] == "COLD"
