"""An operator's spreadsheet: headers in both languages, rows taken and rows refused."""

from pathlib import Path

import openpyxl
import pytest

from xinglin.group.catalogue.formulary import read
from xinglin.group.catalogue.formulary.reading import right_barcode
from xinglin.kernel.errors import Malformed

HEAD = "药品编码,药品名称,规格,成分,英文名,剂型,给药途径,常用剂量,频次,抗菌药物分级,麻精毒,高警示,皮试,冷藏,69码,追溯码前缀,批准文号,生产企业"
GOOD = "Y001,阿莫西林胶囊,0.25g*24粒/盒,,,,,0.5g,tid,非限制使用级,,,是,否,,,国药准字H20230001,某厂"


def written(folder: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path = folder / "formulary.csv"
    path.write_text("\n".join(lines), encoding=encoding)
    return path


def test_a_chinese_sheet_with_gaps_filled_from_the_dictionary(tmp_path):
    found = read(written(tmp_path, HEAD, GOOD))
    assert found.refused == ()
    drug = found.rows[0].drug
    assert drug.display == "阿莫西林胶囊 0.25g×24粒/盒"
    assert drug.flags == ("AB1", "ST")
    assert (drug.form, drug.routes, drug.ingredients[0].en) == ("cap", ("po",), "amoxicillin")
    assert (drug.approval, drug.maker) == ("国药准字H20230001", "某厂")
    assert set(found.rows[0].filled) == {"ingredient", "inn", "form", "routes"}


def test_gb18030_and_english_headers(tmp_path):
    lines = (
        "code,generic name,strength and pack,ingredient,inn,dose form,route,antibiotic tier,notes",
        "Z9,某新药片,10mg×7片/盒,某新药,newdrug,tablets,by mouth,,anything",
    )
    found = read(written(tmp_path, *lines, encoding="gb18030"))
    assert found.unknown == ("notes",)
    assert found.rows[0].drug.en == "Newdrug tablets"


def test_a_workbook_with_numbers(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["编码", "通用名", "规格", "条码", "追溯码前缀", "抗菌药物分级"])
    sheet.append([1001, "阿莫西林胶囊", "0.5g×24粒/盒", 6901234567892, 8123456, "非限制"])
    path = tmp_path / "目录.xlsx"
    book.save(path)
    found = read(path)
    assert found.refused == ()
    drug = found.rows[0].drug
    assert (drug.code, drug.barcode, drug.trace) == ("1001", "6901234567892", "8123456")


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        (("0.25g*24粒/盒", "0.25g"), "规格"),
        (("非限制使用级", "最高级"), "抗菌药物分级"),
        (("0.5g,tid", "0.5g,sometimes"), "频次"),
        (("0.5g,tid", "0.5g,"), "频次"),
        (("0.5g,tid", "5ml,tid"), "剂量单位"),
        ((",是,否,", ",也许,否,"), "是"),
        (("国药准字H20230001", "国药H2"), "批准文号"),
        (("Y001", "Y 001"), "编码"),
        (("Y001", ""), "药品编码"),
        (("阿莫西林胶囊", "字典里没有的药"), "成分"),
        (("否,,,国药", "否,6901234567890,,国药"), "条码"),
        (("否,,,国药", "否,,12,国药"), "7 位"),
        (("非限制使用级,,", "非限制使用级,麻醉,阿片类"), "抗菌药物"),
    ],
)
def test_a_bad_row_is_refused_with_its_number_and_reason(tmp_path, changed, why):
    bad = GOOD.replace(*changed)
    assert bad != GOOD
    good = GOOD.replace("Y001", "Y002")
    found = read(written(tmp_path, HEAD, good, "", bad))
    assert len(found.rows) == 1
    assert [one.number for one in found.refused] == [4]
    assert why in found.refused[0].zh
    assert found.refused[0].en


def test_the_second_row_of_a_code_is_refused(tmp_path):
    found = read(written(tmp_path, HEAD, GOOD, GOOD))
    assert len(found.rows) == 1
    assert "第 2 行" in found.refused[0].zh


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b""),
        ("a.csv", "编码,规格\n1,2".encode()),
        ("a.csv", "编码,代码,名称,规格\n1,2,3,4".encode()),
        ("a.csv", b"\xff\xff\xff\x00"),
        ("a.xlsx", b"no workbook"),
        ("a.pdf", b"%PDF"),
    ],
)
def test_a_bad_file_is_refused_as_a_whole(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(Malformed):
        read(path)


def test_check_digits():
    assert right_barcode("6901234567892")
    assert not right_barcode("6901234567893")
    assert not right_barcode("690123456789")
    assert not right_barcode("69O1234567892")
