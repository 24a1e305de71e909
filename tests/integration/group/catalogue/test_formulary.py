"""A formulary against a real server: previewed, applied as a whole, changed, partly gone.

docs/howto/load-a-formulary.md
"""

from __future__ import annotations

from pathlib import Path

import pytest
import pytest_asyncio
from tests.integration.conftest import Running

from xinglin.group.catalogue import formulary
from xinglin.group.catalogue.loading import transaction
from xinglin.kernel.errors import Invalid
from xinglin.loading.catalogues import Remote
from xinglin.loading.client import Client, Server

HEAD = "编码,药品名称,规格,抗菌药物分级,麻精毒,高警示,皮试"
AMOXICILLIN = "FA1,阿莫西林胶囊,0.25g×24粒/盒,非限制,,,是"
MORPHINE = "FA2,盐酸吗啡片,10mg×10片/盒,,麻醉,阿片类,"
SALINE = "FA3,0.9%氯化钠注射液,250ml:2.25g/袋,,,,"


@pytest_asyncio.fixture
async def target(running: Running):
    async with Client(Server(running.fhir, running.token)) as client:
        yield Remote(client)


def sheet(folder: Path, *lines: str) -> formulary.Read:
    path = folder / "f.csv"
    path.write_text("\n".join((HEAD, *lines)), encoding="utf-8")
    return formulary.read(path)


def kinds(found: formulary.Preview) -> list[tuple[str, int, str]]:
    """What it says of the drugs of this file; the server is shared with other tests."""
    return [(one.kind, one.row, one.code) for one in found.changes if one.code.startswith("F")]


async def test_from_preview_to_retirement(target: Remote, tmp_path: Path) -> None:
    first = sheet(tmp_path, AMOXICILLIN, MORPHINE, "FA9,什么,片,,,,")
    found = await formulary.preview(target, first, partial=True)
    assert kinds(found) == [("new", 2, "FA1"), ("new", 3, "FA2"), ("refused", 4, "FA9")]
    assert await target.fetch("Medication/xc-drug-FA1") is None
    assert await formulary.apply(target, found) == 4

    again = await formulary.preview(target, sheet(tmp_path, AMOXICILLIN, MORPHINE), partial=True)
    assert [one.kind for one in again.changes] == ["same", "same"]
    assert await formulary.apply(target, again) == 0

    changed = AMOXICILLIN.replace("×24粒", "×12粒")
    next_ = await formulary.preview(target, sheet(tmp_path, changed, SALINE))
    assert kinds(next_) == [("changed", 2, "FA1"), ("new", 3, "FA3"), ("gone", 0, "FA2")]
    assert "0.25g×24粒/盒 → 阿莫西林胶囊 0.25g×12粒/盒" in next_.changes[0].zh
    only = await formulary.preview(target, sheet(tmp_path, changed), partial=True)
    assert kinds(only) == [("changed", 2, "FA1")]
    assert await formulary.apply(target, next_) >= 6
    for type_ in ("Medication", "MedicationKnowledge"):
        assert (await target.fetch(f"{type_}/xc-drug-FA2") or {})["status"] == "inactive"
        assert (await target.fetch(f"{type_}/xc-drug-FA3") or {})["status"] == "active"
    back = await formulary.preview(target, sheet(tmp_path, changed, SALINE, MORPHINE))
    assert [one[0] for one in kinds(back)] == ["same", "same", "changed"]


async def test_nothing_is_written_when_one_entry_fails(target: Remote, tmp_path: Path) -> None:
    lines = (SALINE.replace("FA3", "FB1"), SALINE.replace("FA3", "FB2"))
    found = await formulary.preview(target, sheet(tmp_path, *lines), partial=True)
    # Somebody writes one of them in between.
    await target.carry_out(transaction([found.entries[2]["resource"]]))
    with pytest.raises(Invalid):
        await formulary.apply(target, found)
    assert await target.fetch("Medication/xc-drug-FB1") is None


async def test_a_refused_row_is_not_gone(target: Remote, tmp_path: Path) -> None:
    row = SALINE.replace("FA3", "FC1")
    await formulary.apply(
        target, await formulary.preview(target, sheet(tmp_path, row), partial=True)
    )
    found = await formulary.preview(target, sheet(tmp_path, row.replace("250ml:2.25g/袋", "?")))
    assert ("refused", 2, "FC1") in kinds(found)
    assert "FC1" not in [one.code for one in found.changes if one.kind == "gone"]
