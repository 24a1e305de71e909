"""Which column of a spreadsheet is what, by the header names that hospitals use.

docs/howto/load-a-formulary.md lists them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from xinglin.kernel.errors import Issue, Malformed

if TYPE_CHECKING:
    from collections.abc import Sequence


class Column(msgspec.Struct, frozen=True):
    """A column: the headers it goes by, the first in each language for people."""

    headers: tuple[str, ...]
    needed: bool = False


COLUMNS: Final = {
    "code": Column(("药品编码", "编码", "药品代码", "院内编码", "代码", "code", "drug code"), True),
    "zh": Column(("药品名称", "通用名", "通用名称", "名称", "name", "generic name"), True),
    "spec": Column(
        ("规格包装", "规格", "包装规格", "specification", "strength", "strength and pack"), True
    ),
    "ingredient": Column(("成分", "活性成分", "主要成分", "ingredient", "ingredients")),
    "inn": Column(("英文名", "英文名称", "英文通用名", "english name", "inn")),
    "form": Column(("剂型", "form", "dose form", "dosage form")),
    "routes": Column(("给药途径", "用法", "途径", "route", "routes")),
    "dose": Column(("常用剂量", "单次剂量", "用量", "usual dose", "dose")),
    "frequency": Column(("常用频次", "频次", "frequency")),
    "most": Column(("日极量", "每日最大量", "daily maximum", "maximum a day")),
    "atc": Column(("ATC", "ATC编码", "ATC代码", "atc code")),
    "tier": Column(("抗菌药物分级", "抗菌药物级别", "抗菌药分级", "antibiotic tier")),
    "control": Column(("麻精毒", "管制类别", "特殊管理", "controlled", "control class")),
    "alert": Column(("高警示", "高警示药品", "高危药品", "high alert", "high-alert")),
    "alike": Column(("易混淆", "易混淆组", "看似听似", "look-alike", "lasa")),
    "test": Column(("皮试", "需皮试", "skin test")),
    "cold": Column(("冷藏", "冷链", "refrigerated")),
    "kind": Column(("药品类别", "类别", "kind", "category")),
    "barcode": Column(("69码", "商品条码", "条码", "barcode", "gtin")),
    "trace": Column(("追溯码前缀", "药品标识码", "追溯标识", "trace prefix")),
    "approval": Column(("批准文号", "国药准字", "approval number")),
    "maker": Column(("生产企业", "生产厂家", "厂家", "manufacturer", "maker")),
}  # fmt: skip
"""What a formulary can say."""


def plain(header: str) -> str:
    """A header as it is compared: without case, spaces, marks of a needed column and units."""
    text = header.strip().strip("*＊").casefold()
    for mark in ("（必填）", "(必填)", "（*）"):
        text = text.replace(mark, "")
    return " ".join(text.replace("\ufeff", "").split())


def find(headers: Sequence[str]) -> dict[str, int]:
    """Field -> place of its column; raises Malformed where a needed one is missing or twice."""
    at: dict[str, list[int]] = {}
    for place, header in enumerate(headers):
        for field, column in COLUMNS.items():
            if plain(header) in {plain(one) for one in column.headers}:
                at.setdefault(field, []).append(place)
    issues = [
        *(_missing(field) for field, one in COLUMNS.items() if one.needed and field not in at),
        *(_twice(field) for field, places in at.items() if len(places) > 1),
    ]
    if issues:
        raise Malformed(*issues)
    return {field: places[0] for field, places in at.items()}


def unknown(headers: Sequence[str]) -> list[str]:
    """Headers that say nothing to us."""
    known = {plain(one) for column in COLUMNS.values() for one in column.headers}
    return [one for one in headers if one.strip() and plain(one) not in known]


def _missing(field: str) -> Issue:
    names = COLUMNS[field].headers
    return Issue(
        "required",
        f"There is no column for the {field}; call it one of: {', '.join(names)}.",
        f"缺少列：请将其命名为以下之一：{'、'.join(names)}。",
    )


def _twice(field: str) -> Issue:
    names = COLUMNS[field].headers
    return Issue(
        "duplicate",
        f"Two columns are for the {field} ({', '.join(names)}); keep one.",
        f"有两列表示同一内容（{'、'.join(names)}），请保留一列。",
    )
