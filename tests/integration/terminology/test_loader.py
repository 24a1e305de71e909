"""Code files of an operator: spreadsheets and text, GB18030 and UTF-8, with their mistakes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import openpyxl
import pytest

from xinglin.kernel.errors import Malformed
from xinglin.terminology import Terminology, load

if TYPE_CHECKING:
    from pathlib import Path

    from xinglin.kernel.database import Database

ICD = "主要编码,疾病名称\nA00,霍乱\nA00.0,霍乱，由于O1群\nA00.000x001,古典生物型霍乱\n,无码\nA00.0,别名\nB01,\n"


async def test_a_gb18030_file_keeps_its_hierarchy_and_reports_bad_rows(
    db: Database, tmp_path: Path
) -> None:
    path = tmp_path / "icd.csv"
    path.write_bytes(ICD.encode("gb18030"))
    report = await load(db, path, "icd10-clinical", version="2.0", source="operator")
    assert report.concepts == 3
    assert [(row.row, row.code) for row in report.refused] == [(5, ""), (6, "A00.0"), (7, "B01")]
    terminology = Terminology(db)
    assert await terminology.subsumes(report.system, "A00", "A00.000x001") == "subsumes"


async def test_loading_the_same_version_again_replaces_it_and_versions_stand_side_by_side(
    db: Database, tmp_path: Path
) -> None:
    path = tmp_path / "codes.csv"
    terminology = Terminology(db)
    for version, text in (("1", "code,display\na,Old\n"), ("2", "code,display\na,New\n")):
        path.write_text(text)
        for _ in range(2):
            await load(db, path, "table", version=version, source="operator", system="urn:x")
    assert (await terminology.validate_in_system("urn:x", "a")).display == "New"
    assert (await terminology.validate_in_system("urn:x", "a", version="1")).display == "Old"
    assert await db.fetchval("select count(*) from code_system where url = 'urn:x'") == 2


async def test_spreadsheets(db: Database, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (("编码", "名称"), ("00.1", "手术"), ("00.11", "下级手术"), (None, None)):
        book.active.append(row)
    path = tmp_path / "操作.xlsx"
    book.save(path)
    report = await load(db, path, "icd9cm3-clinical", version="3.0", source="operator")
    assert (report.concepts, report.refused) == (2, ())
    assert await Terminology(db).lineage(report.system, "00.11", above=True) == ["00.11", "00.1"]


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "empty"), (b"x,y\n1,2\n", "none of the columns"), (b"\xff\xff\xff", "neither UTF-8")],
)
async def test_files_that_cannot_be_read_are_refused_whole(
    db: Database, tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(Malformed, match=said):
        await load(db, path, "table", version="1", source="operator", system="urn:x")
    assert await db.fetchval("select count(*) from code_system where url = 'urn:x'") == 0


@pytest.mark.shared_data
async def test_the_who_atc_index(db: Database, shared_data: Path) -> None:
    path = next((shared_data / "drug" / "atc-ddd").glob("*.csv"))
    report = await load(db, path, "atc", version="2026-04-25", source="WHOCC, operator's copy")
    assert report.concepts > 6_000
    terminology = Terminology(db)
    assert await terminology.subsumes(report.system, "J01", "J01CA04") == "subsumes"
    found = await terminology.expand(
        {
            "compose": {
                "include": [
                    {
                        "system": report.system,
                        "filter": [{"property": "concept", "op": "is-a", "value": "J01CA"}],
                    }
                ]
            }
        }
    )
    assert "J01CA04" in {member.code for member in found.members}
